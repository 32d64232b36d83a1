"""Structural similarity: Wang et al., IEEE TIP 2004; Gaussian window 11 x 11, sigma 1.5, K1 0.01,
K2 0.03, population covariance.
"""

from __future__ import annotations

import cv2
import numpy as np

from .arrays import Array, check_same_shape, luma_codes

_WINDOW = (11, 11)
_SIGMA = 1.5
_BORDER_PX = 5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(picture: Array, true_picture: Array, where: Array | None = None) -> float:
    """Return the mean similarity of luma, -1 ... 1, higher is better.

    Args:
        picture: (H, W, 3), 0 ... 1 or uint8.
        true_picture: the same shape.
        where: (H, W) bool, the windows' centres that count, or None for all. The outermost 5 px
            never count: their windows are not whole.
    """
    check_same_shape(picture, true_picture)
    similar = ssim_map(luma_codes(picture), luma_codes(true_picture))
    counts = np.zeros(similar.shape, bool)
    inner = slice(_BORDER_PX, -_BORDER_PX)
    counts[inner, inner] = True if where is None else where[inner, inner]
    return float(similar[counts].mean()) if counts.any() else 1.0


def ssim_map(luma: Array, true_luma: Array) -> Array:
    """Return the similarity of each window of two (H, W) pictures in codes, float64."""
    # float64: the variances are small differences of large squares.
    one, other = luma.astype(np.float64), true_luma.astype(np.float64)
    mean_1, mean_2 = _window(one), _window(other)
    both = _window(one * other) - mean_1 * mean_2
    spread = _window(one * one) - mean_1**2 + _window(other * other) - mean_2**2
    top = (2 * mean_1 * mean_2 + _C1) * (2 * both + _C2)
    return top / ((mean_1**2 + mean_2**2 + _C1) * (spread + _C2))


def _window(values: Array) -> Array:
    return cv2.GaussianBlur(values, _WINDOW, _SIGMA, borderType=cv2.BORDER_REFLECT)
