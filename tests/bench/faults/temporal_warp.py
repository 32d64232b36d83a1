"""Temporal warp: shapes swim, the picture bends differently in each frame."""

from __future__ import annotations

from ..metrics.arrays import Array
from .fields import bend, displacements_px


def apply(frames: Array, size: float, seed: int) -> Array:
    """Return frames that swim.

    Args:
        frames: (T, H, W, 3) float32, 0 ... 1.
        size: rms displacement, px.
        seed: of the displacements.
    """
    return bend(frames, size * displacements_px(frames.shape, seed))
