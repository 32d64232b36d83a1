"""A small picture that is mostly empty, made large."""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array


def enlarged(small: Array, size: tuple[int, int]) -> Array:
    """Return a reduced plane at ``size`` (width, height), bilinearly.

    Where the size is a multiple of the small one's only what is not 0 is computed.

    Args:
        small: (h, w) of integers.
        size: larger than that.
    """
    height, width = small.shape
    x, y = size[0] // width, size[1] // height
    if (x * width, y * height) != size:
        return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR))
    out = np.zeros(size[::-1], small.dtype)
    start, first, wide, high = cv2.boundingRect((small > 0).view(np.uint8))
    if not wide:
        return out
    top, left = max(first - 2, 0), max(start - 2, 0)
    bottom, right = min(first + high + 2, height), min(start + wide + 2, width)
    part = np.s_[y * top : y * bottom, x * left : x * right]
    shape = (x * (right - left), y * (bottom - top))
    # At the part's border there is nothing, or the picture's own border.
    out[part] = cv2.resize(small[top:bottom, left:right], shape, interpolation=cv2.INTER_LINEAR)
    return out
