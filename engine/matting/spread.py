"""Spreads known values over unknown ones: pull-push interpolation (Gortler et al. 1996).

Weighted averages are pulled up a pyramid until every hole is covered, then pushed down again, so
that near a hole's edge the nearest known values win and far from it the wide averages do.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .channels import times


def spread(values: Array, weights: Array, smooth: float = 0.0) -> Array:
    """Return ``values`` with the places of little weight filled from their surroundings.

    Args:
        values: (H, W, C) float32.
        weights: (H, W) float32, 0 (unknown) ... 1 (known).
        smooth: 0 keeps known values as they are; up to 1 also averages them with their
            surroundings.

    Returns:
        (H, W, C) float32; zeros where nothing is known anywhere.
    """
    kept = weights * np.float32(1.0 - smooth)
    height, width = weights.shape
    if min(height, width) <= 2:
        total = max(float(weights.sum()), 1e-6)
        mean = (values * weights[..., None]).sum((0, 1)) / total
        return _blend(values, kept, np.broadcast_to(mean, values.shape))
    size = ((width + 1) // 2, (height + 1) // 2)
    amount = cv2.resize(weights, size, interpolation=cv2.INTER_AREA)
    summed = cv2.resize(times(values, weights), size, interpolation=cv2.INTER_AREA)
    coarse = times(summed, 1 / np.maximum(amount, np.float32(1e-6)))
    # A cell that is a quarter known is as good as known one level up.
    coarse = spread(coarse, np.minimum(amount * 4.0, 1.0), smooth)
    below = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return _blend(values, kept, below)


def _blend(values: Array, weights: Array, below: Array) -> Array:
    below = np.ascontiguousarray(below, np.float32)
    return np.asarray(cv2.add(below, times(cv2.subtract(values, below), weights)))
