"""Temporal error of mattes: Erofeev et al., "Perceptually Motivated Benchmark for Video Matting",
BMVC 2015, as RVM's evaluation computes it.
"""

from __future__ import annotations

import numpy as np

from .arrays import Array, as_float, check_same_shape


def dtssd(alpha: Array, true_alpha: Array) -> float:
    """Return 1e2 x the rms of the change that the truth does not have, mean over frames.

    Frame 0 counts as 0 and is averaged in, so that numbers compare with the published ones.

    Args:
        alpha: (T, H, W), 0 ... 1 or uint8.
        true_alpha: the same shape.
    """
    check_same_shape(alpha, true_alpha)
    change = np.diff(as_float(alpha) - as_float(true_alpha), axis=0)
    rms = np.sqrt((change**2).mean(axis=(1, 2), dtype=np.float64))
    return float(1e2 * rms.sum() / len(alpha))
