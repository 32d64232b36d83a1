"""Blocky patches: here and there a codec's 8 px blocks have lost their detail."""

from __future__ import annotations

import cv2
import numpy as np

from ..metrics.arrays import Array

_BLOCK_PX = 8
_PATCHES = 3
#: Side of a patch, in blocks.
_BLOCKS = 8


def apply(frames: Array, size: float, seed: int) -> Array:
    """Return frames with blocky patches, in all frames at the same place.

    Args:
        frames: (T, H, W, 3) float32, 0 ... 1.
        size: share of the detail that the blocks have lost, 0 ... 1.
        seed: of the patches' places.
    """
    random = np.random.default_rng(seed)
    blocky = frames.copy()
    side = _BLOCKS * _BLOCK_PX
    for _ in range(_PATCHES):
        top, left = (
            _BLOCK_PX * int(random.integers(0, (length - side) // _BLOCK_PX + 1))
            for length in frames.shape[1:3]
        )
        patch = (slice(None), slice(top, top + side), slice(left, left + side))
        means = np.stack([_block_means(one) for one in frames[patch]])
        blocky[patch] = frames[patch] + size * (means - frames[patch])
    return blocky


def _block_means(patch: Array) -> Array:
    small = cv2.resize(patch, (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, patch.shape[1::-1], interpolation=cv2.INTER_NEAREST)
