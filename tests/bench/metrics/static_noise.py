"""How much of fresh noise a matting method passes on: the same scene in every frame, new noise.

The test of our own research: a matte must not shimmer where nothing moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Array, as_float, check_same_shape, unknown_band
from .dtssd import dtssd

_RADIUS_PX = 10


@dataclass(frozen=True)
class StaticNoise:
    """Shimmer of a matte of a still scene.

    Attributes:
        std: temporal standard deviation (population) of alpha, mean over the unknown band.
        dtssd: against the still true matte, over the whole frame.
    """

    std: float
    dtssd: float


def static_noise(alpha: Array, true_alpha: Array, radius_px: int = _RADIUS_PX) -> StaticNoise:
    """Return the shimmer of a matte.

    Args:
        alpha: (T, H, W), 0 ... 1 or uint8, of T frames of one still scene with fresh noise each.
        true_alpha: (H, W), the scene's matte; the band is where 0 < g < 1, grown by ``radius_px``.
        radius_px: radius of the disc.
    """
    check_same_shape(alpha[0], true_alpha)
    found, truth = as_float(alpha), as_float(true_alpha)
    band = unknown_band(truth[None], radius_px)[0]
    spread = found.std(axis=0, dtype=np.float64)[band]
    still = np.broadcast_to(truth, found.shape)
    return StaticNoise(std=float(spread.mean()) if len(spread) else 0.0, dtssd=dtssd(found, still))
