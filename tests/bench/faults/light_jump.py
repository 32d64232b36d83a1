"""Light jump: from one frame on everything is brighter, as where two generated segments meet."""

from __future__ import annotations

import numpy as np

from ..metrics.arrays import Array


def apply(frames: Array, size: float, seed: int) -> Array:
    """Return frames with a jump near the middle.

    Args:
        frames: (T, H, W, 3) float32, 0 ... 1.
        size: how much brighter the later part is, per cent.
        seed: of the joint's place, within the middle third.
    """
    count = len(frames)
    joint = int(np.random.default_rng(seed).integers(count // 3, count - count // 3 + 1))
    jumped = frames.copy()
    jumped[joint:] *= np.float32(1.0 + size / 100.0)
    return np.clip(jumped, 0.0, 1.0)
