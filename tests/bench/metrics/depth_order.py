"""Order of depth in pairs of pixels, as DA-2K asks it (Yang et al., "Depth Anything V2", 2024)."""

from __future__ import annotations

import numpy as np

from .arrays import Array, check_same_shape

_PAIRS = 20000
#: A pair counts when the true depths differ by this share of the nearer one.
_LEAST_RATIO = 0.05


def depth_order(
    depth: Array,
    true_depth: Array,
    seed: int,
    pairs: int = _PAIRS,
    least_ratio: float = _LEAST_RATIO,
) -> float:
    """Return the share of pixel pairs that the estimate puts in the true order; higher is better.

    Args:
        depth: (H, W), larger is farther, any scale.
        true_depth: (H, W), > 0, larger is farther.
        seed: of the sampled pairs.
        pairs: how many are sampled; those whose true depths are nearly equal are left out.
        least_ratio: how much farther the farther pixel must be.

    Returns:
        0 ... 1; an estimate that calls both equal is wrong. NaN if no pair counts.
    """
    check_same_shape(depth, true_depth)
    chosen = np.random.default_rng(seed).integers(0, depth.size, (2, pairs))
    first, second = depth.ravel()[chosen].astype(np.float64)
    true_first, true_second = true_depth.ravel()[chosen].astype(np.float64)
    nearer = np.minimum(true_first, true_second)
    counts = np.abs(true_first - true_second) > least_ratio * nearer
    right = np.sign(first - second) == np.sign(true_first - true_second)
    return float(right[counts].mean()) if counts.any() else float("nan")
