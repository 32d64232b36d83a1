"""What one pass over a clip finds out about its depth, as it is kept in the store."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ...clip.clip import Array

_CODES = 65535


@dataclass(frozen=True)
class Anchor:
    """The background of one frame, which stands for those around it.

    Attributes:
        frame: which frame.
        nearness: (h, w) float32, relative inverse depth, 0 ... 1; 1 is the nearest of the clip.
        plane: (3,) the ground's nearness, see :mod:`.ground_plane`.
        height: of the horizon at the middle, in parts of the picture's height.
        spread: its standard deviation.
        source: what the horizon was read from.
        belief: 0 (the picture was read as a stage) ... 1 (parallax was measured).
        grounded: 0 ... 1, in how much of the width ground is seen.
    """

    frame: int
    nearness: Array = field(repr=False, compare=False)
    plane: tuple[float, float, float]
    height: float
    spread: float
    source: str
    belief: float
    grounded: float

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write; nearness as compressed 16 bit codes."""
        codes = np.rint(np.clip(self.nearness, 0.0, 1.0) * _CODES).astype("<u2")
        packed = base64.b64encode(zlib.compress(codes.tobytes())).decode("ascii")
        return {
            "frame": self.frame,
            "size": [codes.shape[1], codes.shape[0]],
            "nearness": packed,
            "plane": list(self.plane),
            "height": self.height,
            "spread": self.spread,
            "source": self.source,
            "belief": self.belief,
            "grounded": self.grounded,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Anchor:
        """Return the anchor that :meth:`to_json` wrote."""
        width, height = value["size"]
        codes = np.frombuffer(zlib.decompress(base64.b64decode(value["nearness"])), "<u2")
        nearness = codes.reshape(height, width).astype(np.float32) / np.float32(_CODES)
        rest = {key: item for key, item in value.items() if key not in ("size", "nearness")}
        a, b, c = rest.pop("plane")
        return cls(nearness=nearness, plane=(a, b, c), **rest)


class Standing(NamedTuple):
    """One piece of the subject in one frame: a slab that stands on the ground.

    Attributes:
        frame: which frame.
        left: its leftmost column, in parts of the picture's width.
        right: its rightmost.
        foot: its lowest row, in parts of the height.
        nearness: 0 ... 1.
    """

    frame: int
    left: float
    right: float
    foot: float
    nearness: float


@dataclass(frozen=True)
class Scenery:
    """A clip's background and who stands before it.

    Attributes:
        anchors: at least one, in order.
        people: pieces of the subject in the frames that were looked at, in order.
    """

    anchors: tuple[Anchor, ...]
    people: tuple[Standing, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write."""
        return {
            "anchors": [anchor.to_json() for anchor in self.anchors],
            "people": [list(one) for one in self.people],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Scenery:
        """Return the scenery that :meth:`to_json` wrote."""
        return cls(
            tuple(Anchor.from_json(anchor) for anchor in value["anchors"]),
            tuple(Standing(*one) for one in value["people"]),
        )
