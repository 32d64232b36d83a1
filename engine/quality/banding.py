"""Banding: long, faint steps between areas of one value, where a smooth gradient should be.

In the spirit of CAMBI (Tandon et al., "CAMBI: Contrast-aware Multiscale Banding Index", PCS 2021):
what shows is a small step with flat area on both sides. Grain, dither or texture on either side
hide it, and stop it from being counted.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array

#: Pixels of one value on each side of a step, where the picture's short side is 1080 px, and the
#: least at any size: codecs leave short flat runs everywhere.
_FLAT_PX, _LEAST_FLAT_PX = 14, 9
#: A contour is at least this many times as long.
_LONG = 2
#: Steps up to this many 8-bit codes are banding; more is an edge.
_LARGEST = 3.0


def banding(luma: Array, max_value: float) -> float:
    """Return the visible length of contours for each thousand pixels of a 1080 px picture.

    Args:
        luma: (h, w) native integers at full size.
        max_value: the native value that means 1.0.
    """
    flat = max(_LEAST_FLAT_PX, round(_FLAT_PX * min(luma.shape) / 1080))
    unit = max_value / 255.0
    found = _contours(luma, flat, unit) + _contours(np.ascontiguousarray(luma.T), flat, unit)
    return float(1000.0 * found / luma.size * min(luma.shape) / 1080)


def _contours(values: Array, flat: int, unit: float) -> float:
    """Return the length of contours that cross the last axis, weighted by squared height."""
    if values.shape[1] < 2 * flat + 1:
        return 0.0
    change = cv2.absdiff(values[:, 1:], values[:, :-1])
    level = (change == 0).astype(np.uint8)
    # ``flat`` equal pixels have flat - 1 level differences before the step, and as many after.
    run = np.ones((1, flat - 1), np.uint8)
    before = cv2.erode(level, run, anchor=(flat - 2, 0))
    after = cv2.erode(level, run, anchor=(0, 0))
    step = np.zeros_like(level)
    np.logical_and(before[:, :-2], after[:, 2:], out=step[:, 1:-1], casting="unsafe")
    step &= (change > 0) & (change <= _LARGEST * unit)
    long = _long_parts(step, _LONG * flat)
    height = np.minimum(change[long] / unit, 1.0)
    return float((height**2).sum())


def _long_parts(step: Array, length: int) -> Array:
    """Return where ``step`` runs on (straight or slanting) over ``length`` rows."""
    joined = cv2.dilate(step, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    keep = stats[:, cv2.CC_STAT_HEIGHT] >= length
    keep[0] = False
    long: Array = keep[labels] & (step > 0)
    return long
