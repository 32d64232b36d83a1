"""Outlines of a matte: the course of alpha 0.5, evenly sampled, and what it is like along it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from .arrays import Array

_ENLARGED = 4
_SMOOTH_PX = 8.0
#: Points of the outline are this far apart.
STEP_PX = 0.25
#: Shorter outlines are specks.
_SHORTEST_PX = 64.0
#: Points this near to the picture's border do not count: the outline runs along it.
_BORDER_PX = 2.0


def outlines(alpha: Array) -> Iterator[Array]:
    """Yield the closed outlines of a matte (H, W), (n, 2) float64 px each; specks are left out.

    They are found in the matte enlarged four times.
    """
    size = (alpha.shape[1] * _ENLARGED, alpha.shape[0] * _ENLARGED)
    large = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR)
    mask = (large >= 0.5).astype(np.uint8)
    found, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    for outline in found:
        # Centres of enlarged pixels in px of the matte.
        points = _evenly((outline[:, 0].astype(np.float64) + 0.5) / _ENLARGED - 0.5)
        if len(points) * STEP_PX >= _SHORTEST_PX:
            yield points


def residual_px(points: Array) -> Array:
    """Return how far each point (n, 2) is off the smooth course, along its normal."""
    course = smooth(points)
    off = points - course
    residual: Array = slow_off((off * normals(course)).sum(axis=1))
    return residual


def slow_off(across: Array) -> Array:
    """Return offsets (n,) without what changes slowly along the outline.

    Smoothing pulls a bent outline inwards; that, and a shift of all of it, is slow.
    """
    return across - smooth(across[:, None])[:, 0]


def normals(points: Array) -> Array:
    """Return (n, 2) unit normals of a closed course."""
    tangent = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, :1], tangent[:, 1:]), 1e-9)
    return np.column_stack([-tangent[:, 1], tangent[:, 0]])


def smooth(values: Array, sigma_px: float = _SMOOTH_PX) -> Array:
    """Return (n, c) smoothed along a closed outline."""
    reach = min(len(values), int(4 * sigma_px / STEP_PX))
    wide = np.vstack([values[-reach:], values, values[:reach]])
    at = np.arange(-reach, reach + 1) * STEP_PX / sigma_px
    weights = np.exp(-(at**2) / 2.0)
    weights /= weights.sum()
    columns = [np.convolve(column, weights, mode="valid") for column in wide.T]
    return np.column_stack(columns)


def inside(points: Array, shape: tuple[int, ...], border_px: float = _BORDER_PX) -> Array:
    """Return which points (n, 2) are not at the border of a picture (H, W), (n,) bool."""
    last = np.array([shape[1], shape[0]]) - 1.0 - border_px
    found: Array = ((points >= border_px) & (points <= last)).all(axis=1)
    return found


def read(values: Array, points: Array) -> Array:
    """Return (n[, C]) values of (H, W[, C]) float32 at (n, 2) places, bilinear."""
    fixed: Any = None
    # OpenCV reads no more than 32767 places at once; a ragged outline has more.
    parts = np.array_split(points.astype(np.float32), len(points) // 16384 + 1)
    found = [cv2.remap(values, part[None], fixed, cv2.INTER_LINEAR)[0] for part in parts]
    return np.concatenate(found)


def _evenly(points: Array) -> Array:
    """Return a closed outline (n, 2) resampled at even steps."""
    closed = np.vstack([points, points[:1]])
    length = np.r_[0.0, np.cumsum(np.hypot(*np.diff(closed, axis=0).T))]
    at = np.arange(0.0, length[-1], STEP_PX)
    return np.column_stack([np.interp(at, length, closed[:, i]) for i in range(2)])
