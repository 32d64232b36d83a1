"""Area averaging: a frame made small without aliasing."""

from __future__ import annotations

import cv2
import numpy as np

from .clip import Array


def area_average(frame: Array, size: tuple[int, int]) -> Array:
    """Return a native frame averaged to ``size`` (width, height), not larger than it is.

    A frame of that size is returned itself: do not write into it. One 2, 4, 8 ... times as large
    is halved until it fits: each pixel averages the same area, and OpenCV's halving takes a
    fraction of the time that its averaging of any area does. Integers are rounded each time.
    """
    width, height = size
    while frame.shape[1] % (2 * width) == 0 and frame.shape[0] % (2 * height) == 0:
        half = frame.shape[1] // 2, frame.shape[0] // 2
        frame = np.asarray(cv2.resize(frame, half, interpolation=cv2.INTER_AREA))
    if (frame.shape[1], frame.shape[0]) == size:
        return frame
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))


def fitted(frame: Array, size: tuple[int, int]) -> Array:
    """Return a native frame in another ``size`` (width, height): averaged down, linear up."""
    if size[0] <= frame.shape[1] and size[1] <= frame.shape[0]:
        return area_average(frame, size)
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR))
