"""The weighted median."""

from __future__ import annotations

import numpy as np

from ..clip.clip import Array


def weighted_median(values: Array, weights: Array) -> float:
    """Return the value that halves the total weight; arrays of one shape, weights >= 0."""
    order = np.argsort(values, axis=None)
    reached = np.cumsum(weights.ravel()[order])
    return float(values.ravel()[order[np.searchsorted(reached, reached[-1] / 2)]])
