"""How steadily a matte moves with its subject: what it changes along the true motion that the true
matte does not. The idea of MESSDdt of Erofeev et al. (BMVC 2015), with the true flow.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .arrays import Array, as_float, check_same_shape
from .motion import fetch, seen

#: The outline's shift is judged in tiles of this side, which must hold half of it in outline.
_TILE_PX = 24
_EDGE_SHARE = 0.5


@dataclass(frozen=True)
class AlphaStability:
    """What the estimated matte changes beyond the true one.

    Attributes:
        pixels: 1e2 x rms over what both frames show, mean over pairs of frames. Everything that
            changes counts: jitter, crawling stair steps, noise.
        shift_px: rms jump of the outline in px. Gains and losses are summed up over tiles first,
            so that stair steps and noise cancel and only movement of the outline is left.
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
    squares = np.concatenate([*shifts, np.zeros(0)]) ** 2
    shift_px = float(np.sqrt(squares.mean())) if len(squares) else 0.0
    return AlphaStability(pixels=float(1e2 * np.mean(rms)), shift_px=shift_px)


def _shifts_px(change: Array, true_alpha: Array) -> Array:
    """Return the outline's shift in each tile that holds enough of it."""
    height, width = change.shape
    grid = (max(1, round(width / _TILE_PX)), max(1, round(height / _TILE_PX)))
    area_px = height * width / (grid[0] * grid[1])
    gained = cv2.resize(change, grid, interpolation=cv2.INTER_AREA) * area_px
    length_px = cv2.resize(_slope(true_alpha), grid, interpolation=cv2.INTER_AREA) * area_px
    edge = length_px >= _EDGE_SHARE * _TILE_PX
    shifts: Array = gained[edge] / length_px[edge]
    return shifts


def _slope(alpha: Array) -> Array:
    """Return the gradient's size; summed up over an area it is the length of outline in px."""
    across = cv2.Sobel(alpha, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(alpha, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return cv2.magnitude(across, down)
