"""The camera's motion as a value: one transform per frame, its curve, and their JSON form."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ...clip.clip import Array

#: What a solved camera can be called.
KINDS = (
    "static", "pan", "tilt", "zoom", "roll", "truck", "dolly in", "dolly out", "handheld", "mixed",
)  # fmt: skip

Row = tuple[float, float, float]
Matrix = tuple[Row, Row, Row]


class CameraPose(NamedTuple):
    """Where the camera looks in one frame, relative to frame 0.

    Attributes:
        pan_x_px: how far the picture's centre has moved right in frame 0, in pixels.
        tilt_y_px: how far it has moved down.
        zoom: magnification; above 1 the camera went in.
        roll_deg: turn of the camera, clockwise as seen in the picture.
    """

    pan_x_px: float
    tilt_y_px: float
    zoom: float
    roll_deg: float


class Parallax(NamedTuple):
    """How much further near things have moved in the picture than far ones since frame 0.

    Attributes:
        right_px: to the right.
        down_px: down.
        outward_px: away from the picture's middle, at its longer half.
    """

    right_px: float
    down_px: float
    outward_px: float


@dataclass(frozen=True)
class CameraShot:
    """A stretch without a cut.

    Attributes:
        first: its first frame.
        last: its last frame.
        kind: one of KINDS.
        stability: as of the whole motion.
    """

    first: int
    last: int
    kind: str
    stability: float

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class CameraMotion:
    """How the camera moved through a clip.

    Where the camera changed its place, transforms follow what is far away; what is near moves
    further, by ``parallax``.

    Attributes:
        kind: one of KINDS; "mixed" also where shots differ. A truck goes sideways or up and down,
            a dolly along the line of sight.
        transforms: per frame a 3x3 matrix, row by row, that takes pixel positions of that frame to
            frame 0 (full size; (0, 0) is the centre of the top-left pixel; last entry 1).
        curve: per frame the same in the artist's terms.
        stability: 1 is a tripod, 0 a violently shaken camera; a planned move does not lower it.
        confidence: per frame, 0 (no measurement, taken from its neighbours) to 1.
        cuts: frames at which another scene begins; the camera counts as resting across them.
        notes: what a user should know, in sentences.
        shots: the stretches between the cuts.
        parallax: per frame; at rest where the camera only turned or nothing tells.
    """

    kind: str
    transforms: tuple[Matrix, ...] = field(repr=False)
    curve: tuple[CameraPose, ...] = field(repr=False)
    stability: float
    confidence: tuple[float, ...] = field(repr=False)
    cuts: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    shots: tuple[CameraShot, ...] = ()
    parallax: tuple[Parallax, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.transforms)

    def matrix(self, index: int) -> Array:
        """Return the (3, 3) float64 matrix that takes frame ``index`` to frame 0."""
        return np.array(self.transforms[index], np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write; :meth:`from_json` gives an equal value."""
        return {
            "kind": self.kind,
            "stability": self.stability,
            "cuts": list(self.cuts),
            "notes": list(self.notes),
            "curve": [pose._asdict() for pose in self.curve],
            "shots": [asdict(shot) for shot in self.shots],
            "confidence": list(self.confidence),
            "parallax": [shift._asdict() for shift in self.parallax],
            "transforms": [[list(row) for row in matrix] for matrix in self.transforms],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> CameraMotion:
        """Return the motion that :meth:`to_json` wrote."""
        return cls(
            kind=value["kind"],
            transforms=tuple(as_matrix(matrix) for matrix in value["transforms"]),
            curve=tuple(CameraPose(**pose) for pose in value["curve"]),
            stability=value["stability"],
            confidence=tuple(value["confidence"]),
            cuts=tuple(value["cuts"]),
            notes=tuple(value["notes"]),
            shots=tuple(CameraShot(**shot) for shot in value["shots"]),
            parallax=tuple(Parallax(**shift) for shift in value["parallax"]),
        )

    def to_text(self) -> str:
        """Return the motion in words."""
        lines = [f"Camera: {self.kind}, stability {self.stability:.2f}"]
        if self.kind != "static" and self.curve:
            pans, tilts, zooms, rolls = np.array(self.curve).T
            lines.append(
                f"  pan {_span(pans)} px, tilt {_span(tilts)} px, "
                f"zoom {zooms.min():.3f} to {zooms.max():.3f}, roll {_span(rolls)} degrees"
            )
        if len(self.shots) > 1:
            told = (f"frames {one.first} to {one.last} {one.kind}" for one in self.shots)
            lines.append(f"  shots: {', '.join(told)}")
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


def as_matrix(rows: Any) -> Matrix:
    """Return a 3x3 array or nested list as rows of plain floats."""
    first, second, third = ((float(a), float(b), float(c)) for a, b, c in rows)
    return first, second, third


def _span(values: Array) -> str:
    return f"{values.min():+.1f} to {values.max():+.1f}"
