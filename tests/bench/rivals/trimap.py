"""A trimap from the true matte: what an artist would paint by hand around the edge, and the
makeshift of Composition-1k (Xu et al., "Deep Image Matting", CVPR 2017). It knows the answer, so
the rivals that are given it start ahead.
"""

from __future__ import annotations

import numpy as np

from ..metrics.arrays import Array, dilate


def trimap(true_alpha: Array, radius_px: int = 10) -> Array:
    """Return background 0, unknown 0.5 and subject 1, (H, W) float32.

    Args:
        true_alpha: (H, W), 0 ... 1.
        radius_px: what lies this close to neither subject nor background is unknown.
    """
    seen, solid = true_alpha > 0.0, true_alpha >= 1.0
    maybe, sure = dilate(seen, radius_px), ~dilate(~solid, radius_px)
    return np.where(sure, 1.0, np.where(maybe, 0.5, 0.0)).astype(np.float32)


def is_solvable(known: Array) -> bool:
    """Return whether a trimap knows some subject and some background, and not everything."""
    return bool((known == 1.0).any() and (known == 0.0).any() and (known == 0.5).any())
