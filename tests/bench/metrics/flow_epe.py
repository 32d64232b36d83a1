"""End-point error of optical flow (Baker et al., "A Database and Evaluation Methodology for Optical
Flow", IJCV 2011).
"""

from __future__ import annotations

import numpy as np

from .arrays import Array, check_same_shape


def flow_epe(flow: Array, true_flow: Array, where: Array | None = None) -> float:
    """Return the mean distance between flow vectors, px; 0 where nothing counts.

    Args:
        flow: (..., H, W, 2) px.
        true_flow: the same shape.
        where: (..., H, W) bool, the pixels that count, or None for all.
    """
    check_same_shape(flow, true_flow)
    difference = flow.astype(np.float64) - true_flow
    error = np.hypot(difference[..., 0], difference[..., 1])
    counted = error if where is None else error[where]
    return float(counted.mean()) if counted.size else 0.0
