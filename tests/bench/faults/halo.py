"""Halo: a bright rim round the subject, as a matte leaves that is a little too wide."""

from __future__ import annotations

import cv2
import numpy as np

from ..metrics.arrays import Array

_WIDTH_PX = 2.0


def apply(frames: Array, size: float, seed: int, alpha: Array) -> Array:
    """Return frames with a rim.

    Args:
        frames: (T, H, W, 3) float32, 0 ... 1.
        size: brightness that the rim adds where it is strongest, in codes.
        seed: not used: a halo is the same everywhere.
        alpha: (T, H, W) float32 of the subject.
    """
    lit: Array = np.clip(frames + size / 255.0 * rim(alpha)[..., None], 0.0, 1.0)
    return lit


def rim(alpha: Array) -> Array:
    """Return the rim's weight, (T, H, W) float32: 1 just outside, soft to both sides."""
    near = np.stack([cv2.GaussianBlur(one, (0, 0), _WIDTH_PX) for one in alpha])
    # Outside, the blurred matte is still half there at the outline and soon gone.
    return np.clip(2.0 * near * (1.0 - alpha), 0.0, 1.0)
