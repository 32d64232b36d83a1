"""Shape of a matte's edge: how jagged the outline is, and how wide the transition.

The outline is followed at alpha 0.5 with sub-pixel steps along its normals; what is left after
smoothing along the outline is stair steps. A well antialiased edge is off its smooth outline by
less than a tenth of a pixel, a binary one by a quarter.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array
from .motion import sample

#: Shorter outlines (px) are specks; only the longest are followed, up to this many.
_SHORTEST_PX = 48
_OUTLINES = 12
#: Smoothing along the outline, in px: for its course and normals, and to tell stair steps from
#: folds and hair, which are longer.
_COURSE_PX = 4.0
_STEPS_PX = 2.0
#: The outline is judged in stretches of this length.
_STRETCH_PX = 24
#: Percentile over the stretches: hair may be rough in places, steps are everywhere.
_TYPICAL = 40
#: Reach and step of the profiles across the edge, in px.
_REACH_PX = 12.0
_STEP_PX = 0.25


@dataclass(frozen=True)
class EdgeShape:
    """The edge of one matte.

    Attributes:
        jagged_px: how far the outline of a typical stretch is off its smooth course, rms.
        width_px: typical width of the transition from 0 to 1.
    """

    jagged_px: float
    width_px: float


def edge_shape(alpha: Array) -> EdgeShape | None:
    """Return the shape of the edge of ``alpha``, (h, w) float32 in 0 ... 1; None without one."""
    mask = (alpha >= 0.5).astype(np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    outlines = sorted((o for o in outlines if len(o) >= _SHORTEST_PX), key=len)[-_OUTLINES:]
    jagged: list[Array] = []
    widths: list[Array] = []
    for outline in outlines:
        _follow(alpha, outline[:, 0].astype(np.float32), jagged, widths)
    steps = np.concatenate([*jagged, np.empty(0, np.float32)])
    if not len(steps):
        return None
    return EdgeShape(
        jagged_px=float(np.percentile(steps, _TYPICAL)),
        width_px=float(np.median(np.concatenate(widths))),
    )


def _follow(alpha: Array, points: Array, jagged: list[Array], widths: list[Array]) -> None:
    """Add the steps of each stretch and the widths of one closed outline (n, 2)."""
    course = _along(points, _COURSE_PX)
    tangent = np.roll(course, -1, axis=0) - np.roll(course, 1, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, :1], tangent[:, 1:]), 1e-6)
    normal = tangent[:, ::-1] * np.array([-1, 1], np.float32)
    offsets = np.arange(-_REACH_PX, _REACH_PX + _STEP_PX / 2, _STEP_PX, dtype=np.float32)
    where = course[:, None] + offsets[:, None] * normal[:, None]
    profiles = sample(alpha, where)
    crossing = _crossing(profiles, offsets)
    height, width = alpha.shape
    inside = (course > 2).all(axis=1) & (course < [width - 3, height - 3]).all(axis=1)
    steps = crossing - _along(crossing[:, None], _STEPS_PX)[:, 0]
    # A profile that meets the outline far away, or not at all, met another part of the subject.
    good = inside & np.isfinite(steps) & (np.abs(crossing) < 3.0)
    count = len(steps) // _STRETCH_PX
    if count:
        whole = good[: count * _STRETCH_PX].reshape(count, -1).all(axis=1)
        stretches = steps[: count * _STRETCH_PX].reshape(count, -1)[whole]
        jagged.append(np.sqrt((stretches**2).mean(axis=1)))
    widths.append(6.0 * (profiles * (1.0 - profiles)).sum(axis=1)[good] * _STEP_PX)


def _crossing(profiles: Array, offsets: Array) -> Array:
    """Return where each profile (n, m) passes 0.5 nearest to the middle; NaN if it does not."""
    over = profiles - 0.5
    passes = over[:, :-1] * over[:, 1:] <= 0
    drop = over[:, :-1] - over[:, 1:]
    share = over[:, :-1] / np.where(np.abs(drop) < 1e-6, 1.0, drop)
    at = offsets[:-1] + share * _STEP_PX
    distance = np.where(passes, np.abs(at), np.inf)
    nearest = distance.argmin(axis=1)[:, None]
    found = np.take_along_axis(distance, nearest, axis=1)[:, 0]
    crossing: Array = np.take_along_axis(at, nearest, axis=1)[:, 0]
    return np.where(np.isfinite(found), crossing, 0.0).astype(np.float32)


def _along(values: Array, sigma_px: float) -> Array:
    """Return (n, c) values smoothed along a closed outline."""
    reach = min(int(3 * sigma_px), len(values) // 2)
    padded = np.concatenate([values[-reach:], values, values[:reach]])
    smooth = cv2.GaussianBlur(
        padded, (1, 2 * reach + 1), sigmaX=sigma_px, sigmaY=sigma_px, borderType=cv2.BORDER_REFLECT
    )
    return smooth.reshape(padded.shape)[reach : reach + len(values)]
