"""GrabCut with its edge softened by a grey guided filter (He, Sun and Tang, "Guided Image
Filtering", ECCV 2010): what makes hair of a hard mask without a trimap.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..metrics.arrays import Array, luma_codes
from .grabcut import Box, grabcut

#: Of radii from 2 to 16 and epsilons from 1e-5 to 1e-2, a good choice on hair at 540 lines.
_RADIUS_PX = 4
_EPSILON = 1e-4


def grabcut_guided(frame: Array, box: Box) -> Array:
    """Return the matte of what stands in a box, (H, W) float32, 0 ... 1.

    Args as ``grabcut``.
    """
    return guided(luma_codes(frame) / np.float32(255.0), grabcut(frame, box))


def guided(
    guide: Array, matte: Array, radius_px: int = _RADIUS_PX, epsilon: float = _EPSILON
) -> Array:
    """Return a matte brought to a picture's edges, (H, W) float32, 0 ... 1.

    Args:
        guide: (H, W) float32 luma, 0 ... 1.
        matte: the same shape, 0 ... 1.
        radius_px: half the side of the window.
        epsilon: variance of the guide below which a window counts as flat.
    """
    # In float32 the variance of a bright, flat window is lost in E[g^2] - E[g]^2.
    guide, values = guide.astype(np.float64), matte.astype(np.float64)
    mean_guide, mean = _box(guide, radius_px), _box(values, radius_px)
    variance = _box(guide * guide, radius_px) - mean_guide**2
    slope = (_box(guide * values, radius_px) - mean_guide * mean) / (variance + epsilon)
    offset = mean - slope * mean_guide
    found = _box(slope, radius_px) * guide + _box(offset, radius_px)
    inside: Array = np.clip(found, 0.0, 1.0)
    return inside.astype(np.float32)


def _box(picture: Array, radius_px: int) -> Array:
    side = 2 * radius_px + 1
    return cv2.boxFilter(picture, -1, (side, side), borderType=cv2.BORDER_REFLECT)
