"""Shape of a matte's edge: how jagged its outline is, and how wide its transition.

Our own definition (metrics research, 2.3): the outline at alpha 0.5, found in the matte enlarged
four times, against the same outline smoothed along its length. Blur hides steps, so the width must
be looked at too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from .arrays import Array, as_clip

_ENLARGED = 4
_SMOOTH_PX = 8.0
#: Points of the outline are this far apart.
_STEP_PX = 0.25
#: Shorter outlines are specks.
_SHORTEST_PX = 64.0
#: Points this near to the picture's border do not count: the outline runs along it.
_BORDER_PX = 2.0


@dataclass(frozen=True)
class Jaggedness:
    """The edge of a matte, mean over frames.

    Attributes:
        jagged_px: rms distance of the outline from its smooth course. A well antialiased edge has
            less than 0.1, a binary one 0.2 and more.
        width_px: width of the transition, 1 / the 90th percentile of the slope on the outline; an
            antialiased edge has about 2 (slopes are Sobel's).
    """

    jagged_px: float
    width_px: float


def jaggedness(alpha: Array) -> Jaggedness | None:
    """Return the shape of the edge; None where no frame has an outline.

    Args:
        alpha: (T, H, W) or (H, W), 0 ... 1 or uint8.
    """
    found = [one for one in map(_frame, as_clip(alpha)) if one]
    return Jaggedness(*np.mean(found, axis=0).tolist()) if found else None


def _frame(alpha: Array) -> tuple[float, float] | None:
    size = (alpha.shape[1] * _ENLARGED, alpha.shape[0] * _ENLARGED)
    large = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR)
    mask = (large >= 0.5).astype(np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    slope = _slope(alpha)
    residuals, slopes = [], []
    for outline in outlines:
        # Centres of enlarged pixels in px of the matte.
        points = _evenly((outline[:, 0].astype(np.float64) + 0.5) / _ENLARGED - 0.5)
        if len(points) * _STEP_PX < _SHORTEST_PX:
            continue
        inside = _inside(points, alpha.shape)
        residuals.append(_residual_px(points)[inside])
        slopes.append(_read(slope, points)[inside])
    if not sum(map(len, residuals)):
        return None
    steepest = float(np.percentile(np.concatenate(slopes), 90))
    jagged_px = float(np.sqrt((np.concatenate(residuals) ** 2).mean()))
    return jagged_px, 1.0 / max(steepest, 1e-6)


def _evenly(points: Array) -> Array:
    """Return a closed outline (n, 2) resampled at even steps."""
    closed = np.vstack([points, points[:1]])
    length = np.r_[0.0, np.cumsum(np.hypot(*np.diff(closed, axis=0).T))]
    at = np.arange(0.0, length[-1], _STEP_PX)
    return np.column_stack([np.interp(at, length, closed[:, i]) for i in range(2)])


def _residual_px(points: Array) -> Array:
    """Return how far each point is off the smooth course, along the normal."""
    course = _smooth(points)
    tangent = np.roll(course, -1, axis=0) - np.roll(course, 1, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, :1], tangent[:, 1:]), 1e-9)
    off = points - course
    across = off[:, 1] * tangent[:, 0] - off[:, 0] * tangent[:, 1]
    # Smoothing pulls a bent outline inwards: that part is slow, and taken off.
    residual: Array = across - _smooth(across[:, None])[:, 0]
    return residual


def _smooth(values: Array) -> Array:
    """Return (n, c) smoothed along a closed outline."""
    reach = min(len(values), int(4 * _SMOOTH_PX / _STEP_PX))
    wide = np.vstack([values[-reach:], values, values[:reach]])
    at = np.arange(-reach, reach + 1) * _STEP_PX / _SMOOTH_PX
    weights = np.exp(-(at**2) / 2.0)
    weights /= weights.sum()
    columns = [np.convolve(column, weights, mode="valid") for column in wide.T]
    return np.column_stack(columns)


def _inside(points: Array, shape: tuple[int, ...]) -> Array:
    last = np.array([shape[1], shape[0]]) - 1.0 - _BORDER_PX
    inside: Array = ((points >= _BORDER_PX) & (points <= last)).all(axis=1)
    return inside


def _slope(alpha: Array) -> Array:
    across = cv2.Sobel(alpha, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(alpha, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return cv2.magnitude(across, down)


def _read(values: Array, points: Array) -> Array:
    fixed: Any = None
    # OpenCV reads no more than 32767 places at once; a ragged outline has more.
    parts = np.array_split(points.astype(np.float32), len(points) // 16384 + 1)
    read = [cv2.remap(values, part[None], fixed, cv2.INTER_LINEAR)[0] for part in parts]
    return np.concatenate(read)
