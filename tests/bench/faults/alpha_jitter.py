"""Alpha jitter: the matte's outline jumps to and fro, everywhere differently."""

from __future__ import annotations

from ..metrics.arrays import Array
from .fields import bend, displacements_px


def apply(alpha: Array, size: float, seed: int) -> Array:
    """Return a restless matte.

    Args:
        alpha: (T, H, W) float32, 0 ... 1.
        size: rms displacement of the outline, px.
        seed: of the displacements.
    """
    return bend(alpha, size * displacements_px(alpha.shape, seed))
