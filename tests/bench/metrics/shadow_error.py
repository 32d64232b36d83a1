"""Error of a cast shadow: the mask's balanced error rate (Vicente et al., ECCV 2016), direction."""

from __future__ import annotations

import numpy as np

from .arrays import Array, check_same_shape
from .light_error import azimuth_error_deg


def balanced_error(mask: Array, true_mask: Array, where: Array | None = None) -> float:
    """Return half the share of shadow missed plus half the share of light called shadow, 0 ... 1.

    Args:
        mask: (..., H, W) bool.
        true_mask: the same shape. Of a class that the truth lacks, nothing can be wrong.
        where: the same shape, bool, the pixels that count (the ground, say); None for all.
    """
    check_same_shape(mask, true_mask)
    counts = np.ones(mask.shape, bool) if where is None else where
    found, truth = mask.astype(bool)[counts], true_mask.astype(bool)[counts]
    missed = np.count_nonzero(truth & ~found) / max(1, np.count_nonzero(truth))
    invented = np.count_nonzero(~truth & found) / max(1, np.count_nonzero(~truth))
    return 0.5 * (missed + invented)


def shadow_direction_deg(mask: Array, foot: tuple[float, float]) -> float:
    """Return which way a shadow falls from the foot (x, y) px: 0 right, 90 down, in the picture.

    Args:
        mask: (H, W) weights or bool; the shadow's centre of mass is taken.
        foot: where the shadow begins.
    """
    weights = mask.astype(np.float64)
    rows, columns = np.indices(weights.shape)
    total = weights.sum()
    x, y = (columns * weights).sum() / total - foot[0], (rows * weights).sum() / total - foot[1]
    return float(np.degrees(np.arctan2(y, x)) % 360.0)


def direction_error_deg(mask: Array, true_mask: Array, foot: tuple[float, float]) -> float:
    """Return the angle between the directions of two shadows of one foot, 0 ... 180 degrees."""
    found, truth = shadow_direction_deg(mask, foot), shadow_direction_deg(true_mask, foot)
    return azimuth_error_deg(found, truth)
