"""The subject laid over the plate in display light and nothing else: no matching, no shadow (Porter
and Duff, "Compositing Digital Images", SIGGRAPH 1984, on encoded values, as most editors do).
"""

from __future__ import annotations

import numpy as np

from ..metrics.arrays import Array


def plain_over(foreground: Array, alpha: Array, background: Array) -> Array:
    """Return alpha F + (1 - alpha) B, (..., H, W, 3) float32, 0 ... 1.

    Args:
        foreground: (..., H, W, 3) RGB, 0 ... 1, straight colour.
        alpha: (..., H, W), 0 ... 1.
        background: like ``foreground``.
    """
    weight = alpha.astype(np.float32)[..., None]
    behind = background.astype(np.float32)
    over: Array = behind + weight * (foreground.astype(np.float32) - behind)
    return over
