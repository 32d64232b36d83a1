"""A matte by GrabCut from a rectangle, frame by frame (Rother, Kolmogorov and Blake, "GrabCut",
SIGGRAPH 2004), as OpenCV has it: hard, and with no memory of the frame before.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ..metrics.arrays import Array

Box = tuple[int, int, int, int]

_ROUNDS = 5


def grabcut(frame: Array, box: Box) -> Array:
    """Return the matte of what stands in a box, (H, W) float32, 0 or 1.

    Args:
        frame: (H, W, 3) RGB uint8.
        box: x0, y0, x1, y1 px, the last two exclusive; what lies outside is background for sure.
            An empty box gives an empty matte.
    """
    height, width = frame.shape[:2]
    x0, y0, x1, y1 = _inside(box, height, width)
    if x1 - x0 < 1 or y1 - y0 < 1:
        return np.zeros((height, width), np.float32)
    return _cut(frame.tobytes(), frame.shape, (x0, y0, x1 - x0, y1 - y0)).copy()


@lru_cache(maxsize=16)
def _cut(pixels: bytes, shape: tuple[int, ...], rectangle: Box) -> Array:
    """Return the matte of a rectangle (x, y, width, height).

    The last few are kept: another rival begins with the same.
    """
    frame = np.frombuffer(pixels, np.uint8).reshape(shape)
    labels = np.zeros(shape[:2], np.uint8)
    # The colour models start from k-means, which draws from OpenCV's generator of this thread.
    cv2.setRNGSeed(0)
    outside, inside = np.zeros((2, 1, 65))
    cv2.grabCut(frame, labels, rectangle, outside, inside, _ROUNDS, cv2.GC_INIT_WITH_RECT)
    # Both "foreground" and "probable foreground" are odd.
    return (labels & 1).astype(np.float32)


def _inside(box: Box, height: int, width: int) -> Box:
    """Return the box cut to the frame; a box that fills it leaves a rim to learn from."""
    x0, x1 = np.clip((box[0], box[2]), 0, width).tolist()
    y0, y1 = np.clip((box[1], box[3]), 0, height).tolist()
    if (x0, y0, x1, y1) == (0, 0, width, height):
        return 1, 1, width - 1, height - 1
    return x0, y0, x1, y1
