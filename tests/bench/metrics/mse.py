"""Mean squared difference of mattes, as in the evaluation of RVM (arXiv 2108.11515)."""

from __future__ import annotations

import numpy as np

from .arrays import Array, as_float, check_same_shape


def mse(alpha: Array, true_alpha: Array) -> float:
    """Return 1e3 x the mean of (p - g)^2 over the whole frames; no trimap.

    Args:
        alpha: (T, H, W) or (H, W), 0 ... 1 or uint8.
        true_alpha: the same shape.
    """
    check_same_shape(alpha, true_alpha)
    return float(1e3 * ((as_float(alpha) - as_float(true_alpha)) ** 2).mean(dtype=np.float64))
