"""Temporal warps: shapes that swim, that is motion between frames that the scene does not have.

Our own definition. Each frame is brought onto the next along the true motion; what optical flow
(Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016) still finds between the
two is motion that should not be. An affine part is camera shake, not a warp, and is taken off; and
motion counts only as far as it explains the difference, which flow finds in blocks and noise too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from .arrays import Array, luma_codes
from .motion import fetch, grid_px, seen

_TILE_PX = 24
#: A tile counts when this share of its pixels does, and when they have texture: rms codes per px.
_LEAST_SHARE = 0.5
_LEAST_SLOPE = 1.0


@dataclass(frozen=True)
class Warp:
    """Size of the unwanted motion from frame to frame, px.

    Attributes:
        typical_px: median over the tiles, rms over time: the picture as a whole swims.
        worst_px: median over time of the worst tile: one thing in it does.
    """

    typical_px: float
    worst_px: float


def warp(
    frames: Array,
    back_flow: Array,
    visible: Array | None = None,
    truth: Array | None = None,
) -> Warp | None:
    """Return the unwanted motion; None where no tile can be judged.

    Args:
        frames: (T, H, W, 3), 0 ... 1 or uint8.
        back_flow: (T - 1, H, W, 2) px, the true motion.
        visible: (T - 1, H, W) bool, what counts; leave out the edge of a matte that is not the true
            one. None for all.
        truth: the same shape as ``frames``; what flow finds there in error is taken off.
    """
    counts = seen(back_flow, visible)
    sizes = np.stack(
        [
            _tiles_px(*_pair(frames, truth, t, flow), counts[t].astype(np.float32))
            for t, flow in enumerate(back_flow)
        ]
    )
    if np.isnan(sizes).all():
        return None
    typical = np.array([np.median(one[~np.isnan(one)]) for one in sizes if not np.isnan(one).all()])
    always = ~np.isnan(sizes).any(axis=0)
    worst = np.median(sizes[:, always], axis=0).max(initial=0.0)
    return Warp(typical_px=float(np.sqrt((typical**2).mean())), worst_px=float(worst))


def _pair(frames: Array, truth: Array | None, t: int, flow: Array) -> tuple[Array, Array, Array]:
    """Return frame t + 1, frame t brought onto it, and the motion between the two, px."""
    picture, expected = luma_codes(frames[t + 1]), fetch(luma_codes(frames[t]), flow)
    extra = _flow_px(picture, expected)
    if truth is not None:
        true_picture, true_expected = luma_codes(truth[t + 1]), fetch(luma_codes(truth[t]), flow)
        extra = extra - _flow_px(true_picture, true_expected)
    return picture, expected, extra


def _flow_px(picture: Array, other: Array) -> Array:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    # At the preset's half of that resolution a third of a short wave's height is lost.
    search.setFinestScale(1)
    fresh: Any = None
    flow: Array = search.calc(_bytes(picture), _bytes(other), fresh)
    return flow


def _tiles_px(picture: Array, expected: Array, extra: Array, weights: Array) -> Array:
    """Return the size of the non-affine motion of each tile, NaN where it cannot be judged."""
    share = _mean(weights)
    moved = np.dstack([_mean(extra[..., i] * weights) / np.maximum(share, 1e-6) for i in (0, 1)])
    good = (share >= _LEAST_SHARE) & (_slope(picture) >= _LEAST_SLOPE)
    left = moved - _affine_part(moved, good)
    before = _mean((picture - expected) ** 2 * weights)
    after = _mean((picture - fetch(expected, extra)) ** 2 * weights)
    explained = np.clip(1.0 - after / np.maximum(before, 1e-3), 0.0, 1.0)
    return np.where(good, explained * np.hypot(left[..., 0], left[..., 1]), np.nan)


def _affine_part(moved: Array, good: Array) -> Array:
    """Return the affine motion that fits the good tiles best, (rows, columns, 2)."""
    rows, columns = good.shape
    if np.count_nonzero(good) < 6:
        return np.zeros_like(moved)
    basis = np.dstack([grid_px(rows, columns), np.ones((rows, columns), np.float32)])
    fit, *_ = np.linalg.lstsq(basis[good], moved[good], rcond=None)
    return basis @ fit


def _slope(luma: Array) -> Array:
    across = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.sqrt(_mean(across**2 + down**2))


def _mean(values: Array) -> Array:
    height, width = values.shape
    grid = (max(1, round(width / _TILE_PX)), max(1, round(height / _TILE_PX)))
    return cv2.resize(values, grid, interpolation=cv2.INTER_AREA)


def _bytes(codes: Array) -> Array:
    return np.clip(codes + 0.5, 0, 255).astype(np.uint8)
