"""Spreading a few known values over a picture, up to the borders of its colours.

Weighted least squares on the grid of pixels (Levin, Lischinski and Weiss, SIGGRAPH 2004; Farbman
et al., SIGGRAPH 2008): known values pull by their weights, neighbours of like colour hold
together. Solved by conjugate gradients, from coarse to fine.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array

#: Difference of colour, in parts of the full range, across which neighbours hold much less.
_COLOUR = 0.05
#: How firmly neighbours of like colour hold, and how firmly at least.
_HOLD, _LEAST_HOLD = 4.0, 0.002
_STEPS = 40
_COARSEST = 4


def densify(guide: Array, value: Array, weight: Array) -> Array:
    """Return (H, W) float32, known values spread to where they are not known.

    Args:
        guide: (H, W, 3) uint8, the picture.
        value: (H, W) known values; anything where the weight is 0.
        weight: (H, W) how well each is known, about 1 for one that is measured; not all 0.
    """
    height, width = value.shape
    heavy = (weight * value).astype(np.float32)
    light = weight.astype(np.float32)
    start = np.full(value.shape, heavy.sum() / max(float(light.sum()), 1e-9), np.float32)
    if min(height, width) >= 2 * _COARSEST:
        half = (width // 2, height // 2)
        small_light = cv2.resize(light, half, interpolation=cv2.INTER_AREA)
        small_heavy = cv2.resize(heavy, half, interpolation=cv2.INTER_AREA)
        small = densify(
            cv2.resize(guide, half, interpolation=cv2.INTER_AREA),
            small_heavy / np.maximum(small_light, 1e-9),
            4.0 * small_light,
        )
        start = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
    right, down = _holds(guide)
    return _solved(heavy, light, right, down, start)


def _holds(guide: Array) -> tuple[Array, Array]:
    """Return how firmly pixels hold their right (H, W - 1) and lower (H - 1, W) neighbours."""
    colour = guide.astype(np.float32) / np.float32(255.0)

    def hold(step: Array) -> Array:
        apart = np.square(step).sum(axis=2) / np.float32(2 * _COLOUR**2)
        held = np.float32(_HOLD) * np.exp(-np.minimum(apart, np.float32(30.0)))
        return np.asarray(held + np.float32(_LEAST_HOLD))

    return hold(np.diff(colour, axis=1)), hold(np.diff(colour, axis=0))


def _solved(heavy: Array, light: Array, right: Array, down: Array, start: Array) -> Array:
    """Return the solution by conjugate gradients, preconditioned by the diagonal."""
    diagonal = light.copy()
    diagonal[:, :-1] += right
    diagonal[:, 1:] += right
    diagonal[:-1] += down
    diagonal[1:] += down

    def applied(values: Array) -> Array:
        result = diagonal * values
        result[:, :-1] -= right * values[:, 1:]
        result[:, 1:] -= right * values[:, :-1]
        result[:-1] -= down * values[1:]
        result[1:] -= down * values[:-1]
        return result

    values = start
    gap = heavy - applied(values)
    toward = gap / diagonal
    inner = float((gap * toward).sum())
    enough = 1e-8 * max(float((heavy * heavy / diagonal).sum()), 1e-12)
    search = toward
    for _ in range(_STEPS):
        if inner <= enough:
            break
        moved = applied(search)
        length = np.float32(inner / max(float((search * moved).sum()), 1e-20))
        values = values + length * search
        gap = gap - length * moved
        toward = gap / diagonal
        following = float((gap * toward).sum())
        search = toward + np.float32(following / inner) * search
        inner = following
    return values
