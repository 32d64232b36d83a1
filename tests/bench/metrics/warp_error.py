"""Warping error: Lai et al., "Learning Blind Video Temporal Consistency", ECCV 2018."""

from __future__ import annotations

import numpy as np

from .arrays import Array, as_float
from .motion import fetch, seen


def warp_error(frames: Array, forward_flow: Array, visible: Array | None = None) -> float:
    """Return the mean over pairs of sum(M (W(V[t + 1]) - V[t])^2) / sum(M), values 0 ... 1.

    Args:
        frames: (T, H, W, 3), 0 ... 1 or uint8.
        forward_flow: (T - 1, H, W, 2) px on the grid of the EARLIER frame, as the paper has it:
            what frame t shows at (x, y) is at (x, y) + forward_flow[t] in frame t + 1. Of the
            unprocessed video, or the true one.
        visible: (T - 1, H, W) bool, not occluded; None for all.
    """
    counts = seen(forward_flow, visible)
    errors = []
    for t, flow in enumerate(forward_flow):
        difference = fetch(as_float(frames[t + 1]), flow) - as_float(frames[t])
        counted = difference[counts[t]]
        errors.append((counted**2).mean(dtype=np.float64) if counted.size else 0.0)
    return float(np.mean(errors))
