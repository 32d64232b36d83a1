"""The ground as a plane: its inverse depth is linear in the picture, and 0 at the horizon."""

from __future__ import annotations

import numpy as np

from ...clip.clip import Array

_TRIES, _SEED = 120, 11
#: How far from the plane a point of the ground may be, in parts of its range over the picture.
_NEAR = 0.06
#: A ground rises toward the horizon by less than this tangent from side to side.
_MOST_TILT = 0.45
#: Share of the points in the lower third that must lie on it.
_LEAST_SHARE = 0.5
_FEWEST = 12


def plane_of(height: float, tilt: float = 0.0) -> Array:
    """Return (3,) a, b, c: inverse depth a + b u + c v, 1 at the middle of the lower border.

    Args:
        height: of the horizon in the picture's middle, in parts of its height.
        tilt: how much lower (parts of the height) it is at the right border than at the left.
    """
    scale = 1.0 / max(1.0 - height, 0.05)
    return scale * np.array([-height + 0.5 * tilt, -tilt, 1.0])


def inverse_depth(plane: Array, u: Array, v: Array) -> Array:
    """Return a + b u + c v, not below 0 (above the horizon there is no ground).

    Args:
        plane: (3,) a, b, c.
        u: positions across in parts of the width.
        v: positions down in parts of the height.
    """
    return np.asarray(np.maximum(plane[0] + plane[1] * u + plane[2] * v, 0.0))


def horizon_of(plane: Array) -> tuple[float, float]:
    """Return height in the middle and tilt, in parts of the height, of where the plane ends."""
    return float(-(plane[0] + 0.5 * plane[1]) / plane[2]), float(-plane[1] / plane[2])


def fit_ground(u: Array, v: Array, nearness: Array, weight: Array) -> tuple[Array, float] | None:
    """Return the plane that points in the lower part of the picture lie on, and their share.

    Args:
        u: (N,) across, in parts of the width.
        v: (N,) down, in parts of the height.
        nearness: (N,) inverse depth, any scale.
        weight: (N,) how well it is known.

    Returns:
        None where the lower part of the picture is no plane that comes nearer downwards.
    """
    low = np.flatnonzero(v > min(0.55, float(np.quantile(v, 0.6))))
    if len(low) < _FEWEST:
        return None
    design = np.stack([np.ones(len(u)), u, v], axis=1)
    generator = np.random.default_rng(_SEED)
    reach = _NEAR * float(np.ptp(np.quantile(nearness, [0.02, 0.98])))
    best, chosen = 0.0, None
    for _ in range(_TRIES):
        three = generator.choice(low, 3, replace=False)
        if abs(np.linalg.det(design[three])) < 2e-3:
            continue
        plane = np.linalg.solve(design[three], nearness[three])
        if plane[2] <= 0 or abs(plane[1]) > _MOST_TILT * plane[2]:
            continue
        off = (design[low] @ plane - nearness[low]) / reach
        score = float((weight[low] * np.maximum(0.0, 1.0 - off**2)).sum())
        if score > best:
            best, chosen = score, plane
    if chosen is None:
        return None
    return _refined(design, nearness, weight, chosen, reach, low)


def _refined(
    design: Array, nearness: Array, weight: Array, plane: Array, reach: float, low: Array
) -> tuple[Array, float] | None:
    for _ in range(4):
        off = (design[low] @ plane - nearness[low]) / reach
        heavy = weight[low] * np.where(np.abs(off) < 1.5, 1.0, 0.0)
        if (heavy > 0).sum() < _FEWEST:
            return None
        side = design[low] * heavy[:, None]
        plane = np.linalg.solve(side.T @ design[low] + 1e-9 * np.eye(3), side.T @ nearness[low])
    if plane[2] <= 0 or abs(plane[1]) > _MOST_TILT * plane[2]:
        return None
    bottom = design[:, 2] > min(0.67, float(np.quantile(design[:, 2], 0.7)))
    on = np.abs(design[bottom] @ plane - nearness[bottom]) < 1.5 * reach
    share = float(np.average(on, weights=weight[bottom])) if bottom.any() else 0.0
    return (plane, share) if share >= _LEAST_SHARE else None
