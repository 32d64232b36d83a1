"""Error of mattes in the band a trimap leaves unknown, as on Composition-1k (Xu et al., "Deep Image
Matting", CVPR 2017).
"""

from __future__ import annotations

import numpy as np

from .arrays import Array, as_clip, check_same_shape, unknown_band

_RADIUS_PX = 10


def sad_unknown(alpha: Array, true_alpha: Array, radius_px: int = _RADIUS_PX) -> float:
    """Return the sum of |p - g| in the unknown band / 1000, mean over frames.

    Args:
        alpha: (T, H, W) or (H, W), 0 ... 1 or uint8.
        true_alpha: the same shape; unknown is where 0 < g < 1, grown by ``radius_px``.
        radius_px: radius of the disc.
    """
    check_same_shape(alpha, true_alpha)
    found, truth = as_clip(alpha), as_clip(true_alpha)
    error = np.abs(found - truth) * unknown_band(truth, radius_px)
    return float(error.sum(axis=(1, 2), dtype=np.float64).mean() / 1000.0)


def mse_unknown(alpha: Array, true_alpha: Array, radius_px: int = _RADIUS_PX) -> float:
    """Return 1e3 x the mean of (p - g)^2 in the unknown band, mean over frames.

    Args as ``sad_unknown``. Frames without a band count as 0.
    """
    check_same_shape(alpha, true_alpha)
    found, truth = as_clip(alpha), as_clip(true_alpha)
    band = unknown_band(truth, radius_px)
    error = ((found - truth) ** 2 * band).sum(axis=(1, 2), dtype=np.float64)
    return float(1e3 * (error / np.maximum(band.sum(axis=(1, 2)), 1)).mean())
