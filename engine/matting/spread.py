"""Spreads known values over unknown ones: pull-push interpolation (Gortler et al. 1996).

Weighted averages are pulled up a pyramid until every hole is covered, then pushed down again, so
that near a hole's edge the nearest known values win and far from it the wide averages do.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array


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
    summed = cv2.resize(values * weights[..., None], size, interpolation=cv2.INTER_AREA)
    summed = summed.reshape(*amount.shape, -1)
    coarse = summed / np.maximum(amount, 1e-6)[..., None]
    # A cell that is a quarter known is as good as known one level up.
    coarse = spread(coarse, np.minimum(amount * 4.0, 1.0), smooth)
    below = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return _blend(values, kept, below.reshape(values.shape))


def _blend(values: Array, weights: Array, below: Array) -> Array:
    result: Array = below + (values - below) * weights[..., None]
    return np.asarray(result, np.float32)
