"""What one frame shows of the subject's surface: guessed normals and colours, without hair.

Only pixels that the matte gives wholly to the subject are kept; where a matte is soft over a wide
area, as over hair and motion blur, neither colour nor outline can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array
from ...color import linear_table, luma
from ..passes import Look
from .rounded import expected_normals

#: The longer side of the subject's box as it is looked at.
_SIDE = 200
#: Codes of the matte from which a pixel is the subject's alone, and outside of which it is mixed.
_WHOLE, _MIXED = 243, (20, 235)
#: Side in pixels of the square, and the share of mixed pixels in it, that are hair.
_AROUND, _HAIR = 13, 0.3
#: Subjects of fewer pixels are not read.
_FEWEST = 150


@dataclass(frozen=True)
class Surface:
    """N pixels of a subject.

    Attributes:
        frame: which frame.
        normals: (N, 3) float32 expected normals, y up, z toward the camera; not longer than 1.
        colour: (N, 3) float32 linear RGB.
        light: (N,) float32 luminance.
        row: (N,) float32, 0 is the picture's top, 1 its bottom.
        part: (N,) float32, 0 is the subject's top, 1 its bottom.
    """

    frame: int
    normals: Array
    colour: Array
    light: Array
    row: Array
    part: Array


def read_surface(look: Look) -> Surface | None:
    """Return the subject of a frame, or None where too little of it is seen."""
    if look.alpha is None:
        return None
    box = _box(look.alpha)
    if box is None:
        return None
    rgb, alpha = _cropped(look.rgb, box), _cropped(look.alpha, box)
    colour = cv2.LUT(rgb, linear_table())
    light = luma(colour)
    kept = _own(alpha) & (rgb.max(axis=2) < 250) & (light > 0.0015)
    y, x = np.nonzero(kept)
    if len(y) < _FEWEST:
        return None
    top, bottom, *_ = box
    part = (y + 0.5) / len(kept)
    return Surface(
        frame=look.index,
        normals=expected_normals(alpha > 127)[y, x],
        colour=colour[y, x],
        light=light[y, x],
        row=((top + part * (bottom - top)) / len(look.alpha)).astype(np.float32),
        part=part.astype(np.float32),
    )


def _box(alpha: Array) -> tuple[int, int, int, int] | None:
    """Return the subject's top, bottom, left and right, with a margin; None without one."""
    inside = alpha > 64
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if len(rows) < 8 or len(columns) < 8:
        return None
    height, width = alpha.shape
    return (
        max(int(rows[0]) - 3, 0),
        min(int(rows[-1]) + 4, height),
        max(int(columns[0]) - 3, 0),
        min(int(columns[-1]) + 4, width),
    )


def _cropped(plane: Array, box: tuple[int, int, int, int]) -> Array:
    top, bottom, left, right = box
    part = plane[top:bottom, left:right]
    scale = min(1.0, _SIDE / max(part.shape[:2]))
    size = max(round(scale * part.shape[1]), 4), max(round(scale * part.shape[0]), 4)
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA)


def _own(alpha: Array) -> Array:
    whole = cv2.erode((alpha >= _WHOLE).astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)
    mixed = ((alpha > _MIXED[0]) & (alpha < _MIXED[1])).astype(np.float32)
    return (whole > 0) & (cv2.blur(mixed, (_AROUND, _AROUND)) < _HAIR)
