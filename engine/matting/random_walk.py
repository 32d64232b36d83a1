"""Smooths odds along a picture's edges: random walks with priors (Grady, CVPR 2005).

From every pixel a walk sets out that crosses edges of the picture unwillingly and ends, the sooner
the more its place is sure, as subject or as background; the share that ends as subject is the
answer. It solves one sparse linear system, here by conjugate gradients.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ..clip.clip import Array

#: How readily a walk ends where the odds are sure.
READY = 0.15
#: And where they are given.
FIXED = 10.0
#: Least willingness to cross an edge.
LEAST = 1e-3
ROUNDS, ENOUGH = 60, 1e-3


def random_walk(frame: Array, odds: Array, given: Array) -> Array:
    """Return the share (H, W) float32 of each pixel's walks that end as subject.

    Args:
        frame: (H, W, 3) uint8.
        odds: (H, W) float32, log odds of subject.
        given: (H, W) bool, where the sign of the odds is certain.
    """
    smooth = cv2.GaussianBlur(frame, (0, 0), 0.7).astype(np.float32)
    beside = np.square(smooth[:, 1:] - smooth[:, :-1]).sum(2)
    below = np.square(smooth[1:] - smooth[:-1]).sum(2)
    common = max(1e-3, float(beside.mean() + below.mean()) / 2)
    across, down = (np.exp(step * (-0.5 / common)) + LEAST for step in (beside, below))
    ends = np.where(given, FIXED, READY * np.abs(np.tanh(odds / 2))).astype(np.float32)
    total = ends.copy()
    total[:, 1:] += across
    total[:, :-1] += across
    total[1:] += down
    total[:-1] += down

    def step(share: Array) -> Array:
        out = total * share
        out[:, 1:] -= across * share[:, :-1]
        out[:, :-1] -= across * share[:, 1:]
        out[1:] -= down * share[:-1]
        out[:-1] -= down * share[1:]
        return np.asarray(out)

    start = np.asarray(1 / (1 + np.exp(-odds)), np.float32)
    rest = ends * (odds > 0) - step(start)
    return np.clip(_conjugate_gradients(step, start, rest, total), 0, 1)


def _conjugate_gradients(
    step: Callable[[Array], Array], share: Array, rest: Array, diagonal: Array
) -> Array:
    """Return the solution of ``step(share) = ...`` from a start that leaves ``rest``."""
    scaled = rest / diagonal
    way, power = scaled, float((rest * scaled).sum())
    for _ in range(ROUNDS):
        if power < ENOUGH:
            break
        there = step(way)
        length = np.float32(power / max(float((way * there).sum()), 1e-12))
        share = share + length * way
        rest = rest - length * there
        scaled = rest / diagonal
        before, power = power, float((rest * scaled).sum())
        way = scaled + np.float32(power / before) * way
    return share
