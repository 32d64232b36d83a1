"""Smooth random fields, for faults that bend pictures, and clips bent by them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..metrics.arrays import Array
from ..metrics.motion import grid_px

#: How far apart, in px, parts of a picture move independently of each other.
_REACH_PX = 24.0


def displacements_px(shape: tuple[int, ...], seed: int) -> Array:
    """Return (T, H, W, 2) float32, smooth in space, new in each frame, rms length 1 px."""
    frames, height, width = shape[:3]
    random = np.random.default_rng(seed)
    noise = random.standard_normal((frames, height, width, 2)).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(one, (0, 0), _REACH_PX) for one in noise])
    # Each frame for itself, and about zero: a common shift would be camera shake.
    smooth -= smooth.mean(axis=(1, 2), keepdims=True)
    length = np.sqrt((smooth**2).sum(axis=-1).mean(axis=(1, 2), dtype=np.float64))
    scaled: Array = smooth / length[:, None, None, None].astype(np.float32)
    return scaled


def bend(clip: Array, shifts_px: Array) -> Array:
    """Return each frame of (T, H, W[, C]) read at its own pixels plus ``shifts_px``."""
    fixed: Any = None
    own = grid_px(*clip.shape[1:3])
    bent = [
        cv2.remap(frame, own + shift, fixed, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        for frame, shift in zip(clip, shifts_px, strict=True)
    ]
    return np.clip(np.stack(bent), 0.0, 1.0)
