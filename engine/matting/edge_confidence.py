"""How sure a matte is of its edge: where to look, and where to correct.

Two doubts add up, weighted as they foretell the error of mattes whose truth is known. What is half
transparent may be wrong either way; and the colours of both sides, spread into the edge from where
alpha is sure, may tell another alpha than the matte does.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip
from ..clip.operations import check_same_size, map_frames
from .matte import Matte
from .two_sides import two_sides
from .window import around

#: Short side of the picture that is judged on, pixels.
COARSE_PX = 270
#: Alpha this close to 0 and 1 is sure in itself.
SURE = 0.02
#: What is known of the edge reaches this far beside it, pixels of the reduced picture.
REACH_PX = 3
#: Doubt of a half-transparent pixel, more of it where colours cannot tell the sides apart, and of
#: alpha that is all other than they tell.
SOFT, BLIND, OTHER = 0.4, 0.4, 1.1
BITS = 8


def edge_confidence(clip: Clip, matte: Matte) -> Matte:
    """Return how sure ``matte`` is, as a matte: 1 is sure, away from the edge always. Lazy.

    Args:
        clip: RGB, as large and as long as the matte.
        matte: what is judged.

    Raises:
        ClipMismatchError: if clip and matte differ in size or length.
    """
    check_same_size([clip, matte.alpha], "edge confidence")
    top, full = clip.format.max_value, matte.alpha.format.max_value

    def judged(_: int, frame: Array, alpha: Array) -> Array:
        return _judged(frame[..., :3], alpha, top, full)

    found = map_frames(judged, [clip, matte.alpha], "edge_confidence/1", channels=1, bits=BITS)
    return Matte(found)


def _judged(frame: Array, alpha: Array, top: float, full: float) -> Array:
    height, width = alpha.shape
    shrink = max(1.0, min(height, width) / COARSE_PX)
    size = (max(2, round(width / shrink)), max(2, round(height / shrink)))
    coarse = area_average(alpha, size).astype(np.float32) * np.float32(1 / full)
    doubt = np.zeros(coarse.shape, np.float32)
    window = around((coarse > SURE) & (coarse < 1 - SURE))
    if window is not None:
        small = area_average(frame, size)[window].astype(np.float32) * np.float32(1 / top)
        doubt[window] = _doubt(small, coarse[window])
    sure = 1 - cv2.resize(doubt, (width, height), interpolation=cv2.INTER_LINEAR)
    code = np.float32((1 << BITS) - 1)
    return np.asarray((np.clip(sure, 0, 1) * code + np.float32(0.5)).astype(np.uint8))


def _doubt(picture: Array, alpha: Array) -> Array:
    """Return the doubt of ``alpha`` (H, W) float32, 0 ... 1, on a ``picture`` (H, W, 3)."""
    sides = two_sides(picture, alpha)
    soft = 4 * alpha * (1 - alpha) * (np.float32(SOFT) + np.float32(BLIND) * (1 - sides.telling))
    other = np.float32(OTHER) * np.abs(alpha - sides.share) * sides.telling
    size = 2 * REACH_PX + 1
    edge = ((alpha > SURE) & (alpha < 1 - SURE)).astype(np.float32)
    near = cv2.blur(cv2.dilate(edge, np.ones((size, size), np.uint8)), (3, 3))
    return np.asarray((soft + other) * near)
