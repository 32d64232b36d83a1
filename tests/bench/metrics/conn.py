"""Connectivity error of mattes: Rhemann et al., CVPR 2009, with the steps of RVM's evaluation.

A pixel is connected at threshold t when the largest 4-connected region where both mattes reach t
holds it; what a matte claims beyond the last threshold at which a pixel was still connected counts.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from .arrays import Array, as_clip, check_same_shape

_STEPS = np.arange(0.0, 1.05, 0.1)
#: Less than this above the last connected threshold does not count.
_THETA = 0.15


def conn(alpha: Array, true_alpha: Array) -> float:
    """Return the sum of |phi_p - phi_g| / 1000 of each frame, mean over frames (512 px variant).

    Args:
        alpha: (T, H, W) or (H, W), 0 ... 1 or uint8.
        true_alpha: the same shape.
    """
    check_same_shape(alpha, true_alpha)
    pairs = zip(as_clip(alpha), as_clip(true_alpha), strict=True)
    return float(np.mean([_error(one, other) for one, other in pairs]))


def _error(alpha: Array, true_alpha: Array) -> float:
    last = _last_connected(alpha, true_alpha)
    return float(np.abs(_phi(alpha, last) - _phi(true_alpha, last)).sum() / 1000.0)


def _last_connected(alpha: Array, true_alpha: Array) -> Array:
    """Return the last threshold at which each pixel was connected, 1 if at all of them."""
    last = np.full(alpha.shape, -1.0)
    # Thresholds meet values such as 0.3 exactly; float32 values against float64 steps would not.
    both = np.minimum(alpha, true_alpha).astype(np.float64) + 1e-7
    for before, step in pairwise(_STEPS):
        lost = (last < 0) & ~_largest_region(both >= step)
        last[lost] = before
    last[last < 0] = 1.0
    return last


def _largest_region(mask: Array) -> Array:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas):
        return np.zeros(mask.shape, bool)
    largest: Array = labels == 1 + int(np.argmax(areas))
    return largest


def _phi(alpha: Array, last: Array) -> Array:
    beyond = alpha - last
    return 1.0 - beyond * (beyond >= _THETA)
