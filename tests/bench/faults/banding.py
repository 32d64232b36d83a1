"""Banding: too few steps of brightness, so that soft gradients show contours."""

from __future__ import annotations

import numpy as np

from ..metrics.arrays import Array


def apply(frames: Array, size: float, seed: int) -> Array:
    """Return frames rounded to few values.

    Args:
        frames: (T, H, W, 3) float32, 0 ... 1.
        size: distance of neighbouring values, in 8-bit codes.
        seed: where the values begin.
    """
    start = np.random.default_rng(seed).uniform(0.0, 1.0)
    steps = np.round(frames * (255.0 / size) + start) - start
    banded: Array = np.clip(steps * (size / 255.0), 0.0, 1.0).astype(np.float32)
    return banded
