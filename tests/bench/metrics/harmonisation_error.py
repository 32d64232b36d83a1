"""Foreground MSE of harmonisation: iHarmony4 (Cong et al., "DoveNet", CVPR 2020), as PCT-Net's
evaluation computes it.
"""

from __future__ import annotations

import numpy as np

from .arrays import Array, as_float, check_same_shape


def foreground_mse(frames: Array, true_frames: Array, mask: Array) -> float:
    """Return sum(mask d^2) / (3 sum(mask)), d in codes, mean over frames.

    Args:
        frames: (T, H, W, 3) or (H, W, 3), 0 ... 1 or uint8.
        true_frames: the same shape.
        mask: the same shape without channels, bool or 0 ... 1; empty ones count as 0.
    """
    check_same_shape(frames, true_frames)
    check_same_shape(frames[..., 0], mask)
    square = ((as_float(frames).astype(np.float64) - as_float(true_frames)) * 255.0) ** 2
    weights = mask.astype(np.float64)
    total = (square.sum(axis=-1) * weights).sum(axis=(-2, -1))
    amount = 3.0 * weights.sum(axis=(-2, -1))
    return float(np.mean(np.where(amount > 0, total / np.where(amount > 0, amount, 1.0), 0.0)))
