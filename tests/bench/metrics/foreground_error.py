"""Error of the subject's own colour where it is mixed with the background (RVM's foreground MSE,
arXiv 2108.11515, in the soft band, where it matters).
"""

from __future__ import annotations

import numpy as np

from .arrays import Array, as_float, check_same_shape


def foreground_error(foreground: Array, true_foreground: Array, true_alpha: Array) -> float:
    """Return 1e3 x the mean squared error of straight colour where 0 < true alpha < 1.

    Args:
        foreground: (T, H, W, 3) or (H, W, 3), 0 ... 1 or uint8, not premultiplied.
        true_foreground: the same shape.
        true_alpha: the same shape without the channels.

    Returns:
        The error over pixels and channels, 0 where there is no soft pixel.
    """
    check_same_shape(foreground, true_foreground)
    check_same_shape(foreground[..., 0], true_alpha)
    truth = as_float(true_alpha)
    soft = (truth > 0.0) & (truth < 1.0)
    error = (as_float(foreground)[soft] - as_float(true_foreground)[soft]) ** 2
    return float(1e3 * error.mean(dtype=np.float64)) if error.size else 0.0
