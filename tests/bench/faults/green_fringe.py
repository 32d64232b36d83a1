"""Green fringe: the subject's rim has the screen's colour, at the brightness it should have."""

from __future__ import annotations

import numpy as np

from ..metrics.arrays import Array
from .halo import rim

#: The way to green that leaves Rec. 709 luma as it is.
_TO_GREEN = np.array([-0.7152, 0.2848, -0.7152], np.float32)


def apply(frames: Array, size: float, seed: int, alpha: Array) -> Array:
    """Return frames with a green rim.

    Args:
        frames: (T, H, W, 3) float32, 0 ... 1.
        size: how much further green is from red and blue where the rim is strongest, in codes.
        seed: not used: the rim is the same everywhere.
        alpha: (T, H, W) float32 of the subject.
    """
    tinted: Array = np.clip(frames + size / 255.0 * rim(alpha)[..., None] * _TO_GREEN, 0.0, 1.0)
    return tinted
