"""What is known of a clip's depth as a value, and its JSON form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Vector = tuple[float, float, float]


class Horizon(NamedTuple):
    """The horizon in one frame: where a level ground would end.

    Attributes:
        y_px: its height at the picture's middle column, from the top; may lie outside the picture.
        tilt_deg: its slope; positive falls toward the right.
    """

    y_px: float
    tilt_deg: float


class GroundPlane(NamedTuple):
    """The ground under the subject in the camera's axes: x right, y up, z toward the camera.

    Attributes:
        normal: unit vector, pointing up.
        height: of the camera above the ground, in the unit of length in which a nearness of 1 is
            a distance of 1 along the camera's axis.
        focal_px: the focal length that was taken for it; a lens is not measured.
        confidence: 0 ... 1.
    """

    normal: Vector
    height: float
    focal_px: float
    confidence: float


@dataclass(frozen=True)
class DepthInfo:
    """The depth of a clip in a few numbers.

    Nearness is relative inverse depth: 0 is infinitely far, 1 the nearest of the clip; twice the
    nearness is half the distance. A network's may be off by a constant.

    Attributes:
        method: ``"parallax"``, ``"ground"`` (the picture read as a stage: ground, what stands on
            it, sky), ``"model"`` or ``"given"``.
        confidence: 0 (a guess) ... 1, in the order of near and far.
        horizon: of the first frame, in pixels of the full-size frame.
        horizon_confidence: 0 ... 1.
        horizons: one per frame, moved with the camera.
        ground: of the first frame; None where no ground is seen.
        subject: the subject's nearness, median over time; None without a matte.
        separation: the nearness of the plane that parts foreground from background.
        notes: what a user should know, in sentences.
    """

    method: str
    confidence: float
    horizon: Horizon
    horizon_confidence: float
    horizons: tuple[Horizon, ...] = field(repr=False)
    ground: GroundPlane | None
    subject: float | None
    separation: float
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write; :meth:`from_json` gives an equal value."""
        ground = self.ground
        return {
            "method": self.method,
            "confidence": self.confidence,
            "horizon": self.horizon._asdict(),
            "horizon_confidence": self.horizon_confidence,
            "horizons": [list(one) for one in self.horizons],
            "ground": None
            if ground is None
            else {**ground._asdict(), "normal": list(ground.normal)},
            "subject": self.subject,
            "separation": self.separation,
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> DepthInfo:
        """Return the info that :meth:`to_json` wrote."""
        ground = value["ground"]
        if ground is not None:
            ground = GroundPlane(**{**ground, "normal": tuple(ground["normal"])})
        return cls(
            **{
                **value,
                "horizon": Horizon(**value["horizon"]),
                "horizons": tuple(Horizon(*one) for one in value["horizons"]),
                "ground": ground,
                "notes": tuple(value["notes"]),
            }
        )

    def to_text(self) -> str:
        """Return the depth in words."""
        how = {
            "parallax": "measured by parallax",
            "ground": "read from ground and horizon",
            "model": "estimated by a network",
            "given": "given",
        }[self.method]
        subject = "" if self.subject is None else f"subject at {self.subject:.2f}, "
        tilt = f"tilted {self.horizon.tilt_deg:+.1f} degrees"
        lines = [
            f"Depth: {how}, confidence {self.confidence:.2f}",
            f"  {subject}parted from the background at {self.separation:.2f} (1 is nearest)",
            f"  horizon at {self.horizon.y_px:.0f} px, {tilt}, "
            f"confidence {self.horizon_confidence:.2f}",
        ]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])
