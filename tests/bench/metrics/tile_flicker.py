"""Flicker: what the brightness of tiles changes to and fro along the motion.

Our own definition (metrics research, 2.3). SSIM along the motion does not see flicker and jumps at
noise; tile means do the reverse. Differences of successive changes drop what changes steadily.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .arrays import Array, luma_codes
from .motion import fetch, seen

_TILE_PX = 48
#: A tile counts when this share of its pixels does.
_LEAST_SHARE = 0.25
#: Percentile over time that stands for the rms, and what it is of normally distributed values.
_TYPICAL, _TYPICAL_OF_NORMAL = 70, 1.0364
#: Detail finer than this is smoothed, px, before brightness and motion are told apart.
_CALM_PX = 3.0
_RIDGE = 0.01
#: Keeps ratios of dark tiles sane, codes.
_DARK_CODES = 8.0


@dataclass(frozen=True)
class TileFlicker:
    """Temporal high-pass of the tiles' brightness along the motion, in codes.

    Attributes:
        overall: rms over tiles and time.
        worst: rms over time of the worst tile.
        shared: what the whole picture does at once, as a gain times the mean brightness.
        local: of the worst tile, after the shared gain is taken off.

    For the last two a tile's change is the part that is a gain and not motion, and time is summed
    up by a percentile, scaled to an rms: a single step is a jump of light, no flicker.
    """

    overall: float
    worst: float
    shared: float
    local: float


def tile_flicker(
    frames: Array,
    back_flow: Array,
    visible: Array | None = None,
    truth: Array | None = None,
) -> TileFlicker:
    """Return the flicker of a clip.

    Args:
        frames: (T, H, W, 3), T >= 3, 0 ... 1 or uint8.
        back_flow: (T - 1, H, W, 2) px, the true motion.
        visible: (T - 1, H, W) bool, what counts; leave out the edge of a matte that is not the true
            one. None for all.
        truth: the same shape as ``frames``, whose own changes (noise, light, sampling) are taken
            off; None to leave them in.
    """
    counts = seen(back_flow, visible)
    changes = _changes(frames, back_flow)
    if truth is not None:
        changes = changes - _changes(truth, back_flow)
    share = np.stack([_mean(one) for one in counts.astype(np.float32)])
    means = np.stack([_mean(one) for one in changes * counts]) / np.maximum(share, 1e-6)
    swing, both = np.diff(means, axis=0) / 2.0, _in_both(share)
    always = both.all(axis=0)
    shared, local = _typical(changes, counts, np.stack([luma_codes(one) for one in frames[1:]]))
    return TileFlicker(
        overall=float(np.sqrt((swing[both] ** 2).mean())) if both.any() else 0.0,
        worst=float(np.sqrt((swing**2).mean(axis=0)[always].max(initial=0.0))),
        shared=shared,
        local=local,
    )


def _changes(frames: Array, back_flow: Array) -> Array:
    """Return the change of luma along the motion, (T - 1, H, W) codes."""
    lumas = [luma_codes(frame) for frame in frames]
    return np.stack([lumas[t + 1] - fetch(lumas[t], flow) for t, flow in enumerate(back_flow)])


def _typical(changes: Array, counts: Array, lumas: Array) -> tuple[float, float]:
    """Return the shared and the worst tile's own flicker, codes."""
    weights = counts.astype(np.float32)
    shares = np.stack([_mean(one) for one in weights])
    gains = np.stack([_gains(*one) for one in zip(changes, weights, lumas, strict=True)])
    counted = shares >= _LEAST_SHARE
    shared = np.array(
        [np.median(g[w]) if w.any() else 0.0 for g, w in zip(gains, counted, strict=True)]
    )
    bright = np.stack([_mean(one) for one in lumas])
    own = np.diff((gains - shared[:, None, None]) * bright, axis=0) / 2.0
    local = _typical_size(own)[_in_both(shares).all(axis=0)]
    whole = _typical_size(np.diff(shared) / 2.0) * lumas.mean()
    return float(whole), float(local.max(initial=0.0))


def _typical_size(swings: Array) -> Array:
    """Return the rms over time, taken from a percentile that a single step does not reach."""
    size: Array = np.percentile(np.abs(swings), _TYPICAL, axis=0, method="lower")
    return size / _TYPICAL_OF_NORMAL


def _gains(change: Array, weights: Array, luma: Array) -> Array:
    """Return the relative change of brightness of each tile, (rows, columns).

    Least squares of change = gain x luma + shift x slope: a tile into which something brighter has
    moved is not brighter for it.
    """
    known = np.maximum(_calm(weights), 1e-3)
    smooth, even = _calm(change * weights) / known, _calm(luma)
    across = cv2.Sobel(even, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(even, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    causes = (np.maximum(even, _DARK_CODES), across, down)
    normal = np.stack([[_mean(one * other * weights) for other in causes] for one in causes])
    target = np.stack([_mean(one * smooth * weights) for one in causes])
    # Slopes of a tenth of a code are noise; a flat tile's shift is then none.
    normal += np.diag([_RIDGE] * 3)[:, :, None, None]
    fit = np.linalg.solve(
        np.moveaxis(normal, (0, 1), (2, 3)), np.moveaxis(target, 0, -1)[..., None]
    )
    gain: Array = fit[..., 0, 0]
    return gain


def _calm(values: Array) -> Array:
    return cv2.GaussianBlur(values, (0, 0), _CALM_PX)


def _in_both(share: Array) -> Array:
    """Return which tiles count in two changes in a row, (T - 2, ...) bool."""
    counted = share >= _LEAST_SHARE
    return counted[1:] & counted[:-1]


def _mean(values: Array) -> Array:
    height, width = values.shape
    grid = (max(1, round(width / _TILE_PX)), max(1, round(height / _TILE_PX)))
    return cv2.resize(values, grid, interpolation=cv2.INTER_AREA)
