"""Measuring noise taken out of a camera's path, and nothing that the camera did.

Compression moves whole regions of a picture by hundredths of a pixel, anew in every frame, and no
number of tracks averages that out. Cubics fitted to windows of frames do (Savitzky and Golay,
Analytical Chemistry 36, 1964); the window is the one that foretells each left-out frame best
(Allen's PRESS, Technometrics 16, 1974), so that a shaky path gets a short one. What is taken away
is limited by how well the frames were measured, and to what compression does: a step shakes a
camera from one frame to the next just as noise would, but by more, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .geometry import corners_of

#: Frames on each side that a polynomial is fitted to, and its degree.
_RADII = (2, 3, 4, 6, 9)
_DEGREE = 3
#: Scatter up to this many expected errors is noise. Tracks of a region err together, which the
#: expected error does not know, so that noise scatters by two to three of them,
_NOISE = 3.0
#: but never by more than this, in pixels: larger is what the camera did.
_MOST_PX = 0.12


class _Window(NamedTuple):
    """A window's radius, how far (T, 4, 2) it moves each frame's corners, and how badly it guesses.

    The last is the mean square error, in pixels, for frames that are left out.
    """

    radius: int
    away: Array
    left_out: float


def steadied(matrices: Array, errors_px: Array, size: Size) -> Array:
    """Return one shot's frames without their measuring noise.

    Args:
        matrices: (T, 3, 3), each frame to a common one.
        errors_px: (T,) their expected errors at the corners.
        size: of the frames.
    """
    windows = list(_windows(matrices, corners_of(size)))
    if not windows:
        return matrices
    best = min(windows, key=lambda window: window.left_out)
    scatter = _around(np.square(best.away).sum(axis=2).mean(axis=1), best.radius)
    allowed = _NOISE**2 * _around(np.square(errors_px), best.radius)
    allowed = np.minimum(allowed, _MOST_PX**2)
    share = np.minimum(1.0, np.square(allowed / np.maximum(scatter, 1e-12)))
    corners = corners_of(size).astype(np.float32)
    places = (corners + share[:, None, None] * best.away).astype(np.float32)
    noise = np.stack([cv2.getPerspectiveTransform(corners, place) for place in places])
    return np.asarray(matrices @ noise)


def _windows(matrices: Array, corners: Array) -> Iterator[_Window]:
    """Yield what each window makes of the path, every frame seen in its own pixels."""
    count = len(matrices)
    for radius in _RADII:
        span = 2 * radius + 1
        if span > count:
            return
        powers = np.vander(np.arange(span) - radius, _DEGREE + 1, increasing=True)
        fit = powers @ np.linalg.pinv(powers)
        start = (np.arange(count) - radius).clip(0, count - span)
        row = np.arange(count) - start
        back = np.linalg.inv(matrices)
        away = np.zeros((count, *corners.shape)) - corners
        for step in range(span):
            seen = _moved(corners, back @ matrices[start + step])
            away += fit[row, step][:, None, None] * seen
        missed = away[radius : count - radius] / (1.0 - fit[radius, radius])
        yield _Window(radius, away, float(np.square(missed).sum(axis=2).mean()))


def _moved(points: Array, matrices: Array) -> Array:
    """Return (..., K, 2): (K, 2) points taken through (..., 3, 3) matrices."""
    moved = np.column_stack([points, np.ones(len(points))]) @ np.swapaxes(matrices, -1, -2)
    return np.asarray(moved[..., :2] / moved[..., 2:])


def _around(values: Array, radius: int) -> Array:
    """Return each value's mean with those within ``radius`` frames."""
    ones = np.ones(2 * radius + 1)
    return np.asarray(
        np.convolve(values, ones, mode="same")[: len(values)]
        / np.convolve(np.ones(len(values)), ones, mode="same")[: len(values)]
    )
