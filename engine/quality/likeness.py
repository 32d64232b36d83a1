"""Likeness along the motion: structural similarity of a frame with its neighbour moved onto it.

Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP
2004. What boils, jumps or slides differently from its surroundings cannot be moved onto the next
frame and loses structure; grain is averaged out first.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .motion import Motion

_WINDOW = (11, 11)
_WINDOW_SIGMA = 1.5
_GRAIN_SIGMA = 1.0
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def likeness(before: Array, now: Array, motion: Motion) -> float:
    """Return the mean structural similarity, 0 ... 1, over the pixels seen in both frames.

    Args:
        before: (h, w) uint8.
        now: the same shape.
        motion: of ``now`` to ``before``.
    """
    if not motion.visible.any():
        return 0.0
    first = _calm(motion.fetch(before))
    second = _calm(now)
    mean_1, mean_2 = _window(first), _window(second)
    both = _window(first * second) - mean_1 * mean_2
    spread = _window(first * first) - mean_1**2 + _window(second * second) - mean_2**2
    similar = (2 * mean_1 * mean_2 + _C1) * (2 * both + _C2)
    similar /= (mean_1**2 + mean_2**2 + _C1) * (spread + _C2)
    return float(np.clip(similar[motion.visible].mean(), 0.0, 1.0))


def _calm(picture: Array) -> Array:
    return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _GRAIN_SIGMA)


def _window(values: Array) -> Array:
    return cv2.GaussianBlur(values, _WINDOW, _WINDOW_SIGMA)
