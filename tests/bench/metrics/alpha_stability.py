"""How steadily a matte moves with its subject: what it changes along the true motion that the true
matte does not. The idea of MESSDdt of Erofeev et al. (BMVC 2015), with the true flow.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .arrays import Array, as_float, check_same_shape
from .jaggedness import jaggedness
from .motion import fetch, seen

#: The outline's shift is judged in tiles of this side, which must hold half of it in outline.
_TILE_PX = 24
_EDGE_SHARE = 0.5
#: Jumps of tiles that crawling stairs cause, as a share of the stairs' rms: on mattes with steps of
#: 1 to 2.5 px that is 0.4 at most.
_CRAWL = 0.4


@dataclass(frozen=True)
class AlphaStability:
    """What the estimated matte changes beyond the true one.

    Attributes:
        pixels: 1e2 x rms over what both frames show, mean over pairs of frames. Everything that
            changes counts: jitter, crawling stair steps, noise.
        shift_px: rms jump of the outline in px, as far as neighbouring tiles of 24 px agree on it.
            Stair steps and noise are summed up over a tile, and what is left of them is another
            thing in each tile; so only movement of the outline counts. Where the outline is nearly
            level or upright, stairs are longer than a tile and do move it: what the matte's own
            jaggedness explains of the jumps is taken off.
    """

    pixels: float
    shift_px: float


def alpha_stability(
    alpha: Array, true_alpha: Array, back_flow: Array, visible: Array | None = None
) -> AlphaStability:
    """Return the motion-compensated instability of a matte.

    Args:
        alpha: (T, H, W), 0 ... 1 or uint8.
        true_alpha: the same shape.
        back_flow: (T - 1, H, W, 2) px, the true motion of what the matte shows.
        visible: (T - 1, H, W) bool, or None for all.
    """
    check_same_shape(alpha, true_alpha)
    found, truth = as_float(alpha), as_float(true_alpha)
    error, counts = found - truth, seen(back_flow, visible)
    rms, shifts = [], []
    for t, flow in enumerate(back_flow):
        # Fetching is linear, so the change of the error is the difference of both changes.
        change = (error[t + 1] - fetch(error[t], flow)) * counts[t]
        rms.append(np.sqrt((change**2).sum(dtype=np.float64) / max(1, counts[t].sum())))
        shifts.append(_shifts_px(change, truth[t + 1]))
    agreed = np.concatenate([_products(one) for one in shifts])
    square = float(agreed.mean()) if len(agreed) else 0.0
    square -= (_CRAWL * _stairs_px(found, truth)) ** 2
    return AlphaStability(
        pixels=float(1e2 * np.mean(rms)), shift_px=float(np.sqrt(max(0.0, square)))
    )


def _shifts_px(change: Array, true_alpha: Array) -> Array:
    """Return the outline's shift in each tile, NaN where a tile holds too little of it."""
    height, width = change.shape
    grid = (max(1, round(width / _TILE_PX)), max(1, round(height / _TILE_PX)))
    area_px = height * width / (grid[0] * grid[1])
    gained = cv2.resize(change, grid, interpolation=cv2.INTER_AREA) * area_px
    length_px = cv2.resize(_slope(true_alpha), grid, interpolation=cv2.INTER_AREA) * area_px
    edge = length_px >= _EDGE_SHARE * _TILE_PX
    return np.where(edge, gained / np.maximum(length_px, 1e-6), np.nan)


def _stairs_px(alpha: Array, true_alpha: Array) -> float:
    """Return how much more jagged a matte is than the true one, rms px."""
    found, truth = jaggedness(alpha), jaggedness(true_alpha)
    if found is None or truth is None:
        return 0.0
    return float(np.sqrt(max(0.0, found.jagged_px**2 - truth.jagged_px**2)))


def _products(shifts: Array) -> Array:
    """Return the product of each two neighbouring tiles' shifts, (n,)."""
    beside, below = shifts[:, 1:] * shifts[:, :-1], shifts[1:] * shifts[:-1]
    products = np.concatenate([beside.ravel(), below.ravel()])
    return products[~np.isnan(products)]


def _slope(alpha: Array) -> Array:
    """Return the gradient's size; summed up over an area it is the length of outline in px."""
    across = cv2.Sobel(alpha, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(alpha, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return cv2.magnitude(across, down)
