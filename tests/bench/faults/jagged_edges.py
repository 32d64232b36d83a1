"""Jagged edges: a binary matte, coarser than the picture: its outline has stairs."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..metrics.arrays import Array


def apply(alpha: Array, size: float, seed: int) -> Array:
    """Return a matte of square steps, 0 or 1.

    Args:
        alpha: (T, H, W) float32, 0 ... 1.
        size: side of a step, px; 1 is the binarised matte.
        seed: where the steps begin, in each frame the same.
    """
    begin = np.random.default_rng(seed).uniform(0.0, 1.0, 2) * (size - 1.0)
    height, width = alpha.shape[1:]
    x, y = (
        _centres(length, size, start) for length, start in zip((width, height), begin, strict=True)
    )
    where = np.dstack(np.meshgrid(x, y))
    fixed: Any = None
    coarse = [
        cv2.remap(one, where, fixed, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for one in alpha
    ]
    return (np.stack(coarse) >= 0.5).astype(np.float32)


def _centres(length: int, size: float, start: float) -> Array:
    """Return the centre of the step that each pixel lies in, px."""
    step = np.floor((np.arange(length) + 0.5 + start) / size)
    return ((step + 0.5) * size - start - 0.5).astype(np.float32)
