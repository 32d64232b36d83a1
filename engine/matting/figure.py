"""Faces, and where the rest of whoever they belong to is: a head and shoulders, drawn loosely.

Clothes say nothing of themselves and are often of the background's colours; where a face is seen,
the figure below it is known well enough to weigh as much as colours do (as the shape priors of
Freedman and Zhang, CVPR 2005, do for graph cuts).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array
from .head import skin
from .surroundings import Box

#: Smallest face, as a share of the frame, and how many are looked at.
SMALLEST, MOST = 0.003, 2
#: What belongs to a face, from its middle, in faces: to the sides (elbows with it), up and down.
SHOULDERS, ELBOWS, CROWN, BODY = 1.9, 3.1, 1.1, 7.0
#: Outline of a figure, in faces from the face's middle: how far down, how far to the side it is
#: surely filled, and from where on it surely is not.
OUTLINE = np.array(
    [
        (-1.3, 0.0, 0.7),
        (-0.85, 0.0, 1.15),
        (-0.5, 0.45, 1.45),
        (0.0, 0.52, 1.55),
        (0.45, 0.42, 1.75),
        (0.7, 0.38, 2.3),
        (1.0, 0.8, 2.8),
        (1.5, 1.1, 3.1),
        (3.0, 1.1, 3.2),
        (4.0, 0.8, 3.0),
        (7.0, 0.3, 2.4),
    ],
    np.float32,
)
#: Log odds of what is surely filled and of what surely is not.
FILLED, EMPTY = 3.5, 3.0


@dataclass(frozen=True)
class Face:
    """A face: its middle and size, pixels."""

    x: float
    y: float
    wide: float
    high: float

    def box(self, shape: tuple[int, ...], aside: float = SHOULDERS, body: float = BODY) -> Box:
        """Return the box of whom it may belong to, so many faces to the sides and down."""
        height, width = shape[:2]
        return Box(
            max(0, int(self.x - aside * self.wide)),
            max(0, int(self.y - CROWN * self.high)),
            min(width, int(self.x + aside * self.wide)),
            min(height, int(self.y + body * self.high)),
        )


def find_faces(frame: Array) -> list[Face]:
    """Return what may be faces in an 8-bit RGB frame, the largest first: compact parts of skin."""
    height, width = frame.shape[:2]
    bare: Array = skin(frame, 50).view(np.uint8)
    size = max(3, min(height, width) // 40) | 1
    bare = cv2.morphologyEx(bare, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    count, _, stats, centres = cv2.connectedComponentsWithStats(bare)
    found = []
    for label in range(1, count):
        _, _, wide, high, area = (int(value) for value in stats[label])
        compact = area > 0.45 * wide * high and 0.7 < high / wide < 2.2
        if compact and area > SMALLEST * width * height and centres[label][1] < 0.65 * height:
            x, y = (float(place) for place in centres[label])
            found.append((area, Face(x, y, wide, high)))
    return [face for _, face in sorted(found, key=lambda one: -one[0])[:MOST]]


def figure_odds(face: Face, shape: tuple[int, ...]) -> Array:
    """Return log odds (H, W) float32 that a pixel is of whoever a face belongs to.

    Args:
        face: whose.
        shape: (H, W, ...) of the frame.
    """
    height, width = shape[:2]
    # A neck may be part of what was found, a forehead under hair may not: width tells best.
    high = min(face.high, 1.45 * face.wide)
    wide = min(face.wide, 0.95 * face.high)
    down = (np.arange(height, dtype=np.float32) - face.y) / high
    inner, outer = (np.interp(down, OUTLINE[:, 0], OUTLINE[:, k]) for k in (1, 2))
    aside = np.abs(np.arange(width, dtype=np.float32) - face.x)[None] / wide
    inner, outer = inner[:, None], np.maximum(outer[:, None], inner[:, None] + 0.05)
    share = np.clip((outer - aside) / (outer - inner), 0, 1)
    share[down < OUTLINE[0, 0]] = 0
    # All that lies between is left to the colours.
    sure = np.clip((share - 0.75) / 0.25, 0, 1) * (inner > 0)
    return np.asarray(FILLED * sure - EMPTY * np.clip(1 - share / 0.25, 0, 1), np.float32)
