"""The plane that parts the foreground from the background, as a nearness."""

from __future__ import annotations

import numpy as np

from ...clip.clip import Array

_BINS = 64
#: Most of what lies behind a subject is not nearer than this quantile of it.
_MOST = 0.75


def separation(nearness: Array, subject: float | None) -> float:
    """Return the nearness midway between a subject and most of what lies behind it.

    Args:
        nearness: any shape, 0 ... 1, of the background.
        subject: its nearness; None is not known: then the two groups of depths are parted.
    """
    if subject is None:
        return parted(nearness)
    behind = nearness[nearness < subject]
    return (subject + (float(np.quantile(behind, _MOST)) if behind.size else 0.0)) / 2


def parted(nearness: Array) -> float:
    """Return the value that parts two groups best (Otsu, IEEE Trans. SMC 1979)."""
    counts, edges = np.histogram(nearness, _BINS, (0.0, 1.0))
    middles = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts)[:-1], np.cumsum(counts * middles)
    above, total, sums = counts.sum() - below, sums[-1], sums[:-1]
    means = sums / np.maximum(below, 1), (total - sums) / np.maximum(above, 1)
    between = below.astype(np.float64) * above * np.square(means[0] - means[1])
    # Where nothing lies between the groups, the middle of the gap.
    best = np.flatnonzero(between >= between.max() * (1.0 - 1e-9))
    return float(edges[1:-1][best].mean())
