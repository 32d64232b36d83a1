"""Global flicker: the brightness of whole frames goes up and down."""

from __future__ import annotations

import numpy as np

from ..metrics.arrays import Array


def apply(frames: Array, size: float, seed: int) -> Array:
    """Return frames with flicker.

    Args:
        frames: (T, H, W, 3) float32, 0 ... 1.
        size: standard deviation of the brightness, per cent.
        seed: of the course.
    """
    gain = 1.0 + size / 100.0 * course(len(frames), seed)
    flickering: Array = np.clip(frames * gain[:, None, None, None], 0.0, 1.0)
    return flickering


def course(count: int, seed: int) -> Array:
    """Return a course of (T,) float32 that is up and down by turns, at random heights.

    Its mean is 0, its standard deviation 1.
    """
    heights = np.random.default_rng(seed).uniform(0.5, 1.5, count)
    values = heights * np.where(np.arange(count) % 2, 1.0, -1.0)
    return ((values - values.mean()) / values.std()).astype(np.float32)
