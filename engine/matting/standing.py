"""What moves with the background although it lies in the subject's shape: it was taken along.

Two motions are tried on each pixel, the background's homography and the subject's own, smoothed
from the flow within it. Where the first explains the picture and the second does not, background
shows (layers by motion: Wang and Adelson 1994). Where both agree, or nothing has texture, nothing
is said.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..clip.clip import Array
from ..clip.vectors import norm
from .channels import channel_max, times
from .window import Window, around

#: How far the subject's motion is smoothed, as a share of the short side.
SMOOTH = 0.06
#: Least difference of the two motions that tells, and fully tells, pixels.
LEAST_PX, CLEAR_PX = 1.0, 2.0
#: Codes by which the background must explain a pixel better, from and fully, and may miss it.
BETTER, CLEARLY, MISSED = 6.0, 20.0, 14.0


def stands(before: Array, after: Array, place: Array, motion: Array, moved: Array) -> Array:
    """Return how surely pixels of ``after`` move with the background, (H, W) float32 0 ... 1.

    Args:
        before: (H, W, 3) uint8.
        after: (H, W, 3) uint8, the next frame.
        place: (H, W, 2) float32, where each pixel was in ``before``, by flow.
        motion: 3x3, the background's motion from ``after`` to ``before``.
        moved: (H, W) float32, alpha carried to ``after`` by the flow.
    """
    out = np.zeros(moved.shape, np.float32)
    at = around(moved > 0.05)
    if at is not None:
        smooth_px = SMOOTH * min(moved.shape)
        out[at] = _stands(before, after[at], place[at], _seen_at(motion, at), moved[at], smooth_px)
    return out


def _seen_at(motion: Array, at: Window) -> Array:
    """Return where pixels of a window were before if they move with the background, (H, W, 2)."""
    rows, columns = (np.arange(part.start, part.stop, dtype=np.float32) for part in at)
    grid = np.dstack(np.meshgrid(columns, rows))
    if np.array_equal(motion, np.eye(3)):
        return grid
    moved = cv2.perspectiveTransform(grid.reshape(1, -1, 2), motion)
    return np.asarray(moved.reshape(grid.shape))


def _stands(
    before: Array, after: Array, place: Array, with_back: Array, moved: Array, smooth_px: float
) -> Array:
    own = _smoothed(place - with_back, moved, smooth_px)
    apart = norm(*cv2.split(own))
    told = np.clip((apart - LEAST_PX) / (CLEAR_PX - LEAST_PX), 0, 1) * (moved > 0.05)
    if not told.any():
        return np.asarray(told)
    back, subject = (_misses(before, after, where) for where in (with_back, with_back + own))
    better = np.clip((subject - back - BETTER) / (CLEARLY - BETTER), 0, 1)
    return np.asarray(told * better * np.clip(2 - back / MISSED, 0, 1))


def _smoothed(motion: Array, weight: Array, smooth_px: float) -> Array:
    """Return ``motion`` (H, W, 2) averaged over the subject (``weight``), at a quarter size."""
    height, width = weight.shape
    size = max(4, width // 4), max(4, height // 4)
    within = (weight > 0.5).astype(np.float32)
    planes = cv2.merge([*cv2.split(times(motion, within)), within])
    planes = cv2.resize(planes, size, interpolation=cv2.INTER_AREA)
    planes = cv2.GaussianBlur(planes, (0, 0), max(1.0, smooth_px / 4))
    mean = planes[..., :2] / np.maximum(planes[..., 2:], 1e-3)
    return np.asarray(cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR))


def _misses(before: Array, after: Array, place: Array) -> Array:
    """Return by how many codes ``before`` at ``place`` misses ``after``, (H, W) float32."""
    none: Any = None
    seen = cv2.remap(
        before,
        np.asarray(place, np.float32),
        none,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return channel_max(cv2.blur(cv2.absdiff(seen, after), (5, 5))).astype(np.float32)
