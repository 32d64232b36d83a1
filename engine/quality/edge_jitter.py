"""Edge jitter: how far the subject's outline jumps back and forth between frames.

What the matte gains and loses between frames is summed up along the motion in small tiles; divided
by the length of outline in the tile it is a shift of the edge in pixels. Differences of two such
shifts keep the jitter and drop steady motion. Comparing pixel with pixel along the flow does not
work: on hair the flow is wrong by more than the matte.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..clip.clip import Array
from ..clip.vectors import norm
from .motion import Motion

#: Side of a tile where the picture's short side is 540 px.
_TILE_SHARE = 24 / 540
#: A tile must hold this share of its side in outline to count.
_EDGE_SHARE = 0.5
#: Jumps up to this share of the edge's own speed are not seen.
_SHARE_OF_SPEED = 0.1


def edge_jitter(alphas: Sequence[Array], motions: tuple[Motion, Motion]) -> float | None:
    """Return the typical jitter (as an rms) of the outline in px; None without an outline.

    Args:
        alphas: (h, w) uint8 of three consecutive frames.
        motions: of picture 1 to 0, and of picture 2 to 1.
    """
    height, width = alphas[0].shape
    tile = max(4.0, min(height, width) * _TILE_SHARE)
    grid = (max(1, round(width / tile)), max(1, round(height / tile)))
    area = height * width / (grid[0] * grid[1])
    values = [alpha.astype(np.float32) / 255.0 for alpha in alphas]
    shifts = [_mean(values[i + 1] - motions[i].fetch(values[i]), grid) * area for i in range(2)]
    length = _mean(_slope(values[1]), grid) * area
    edge = length >= _EDGE_SHARE * tile
    if not edge.any():
        return None
    swing = np.abs(shifts[1] - shifts[0])[edge] / length[edge] / 2.0
    # What moves fast is blurred to the eye, and its flow is the least sure.
    speed = _mean(motions[0].speed(), grid)[edge]
    excess = np.maximum(swing - _SHARE_OF_SPEED * speed, 0.0)
    return float(1.483 * np.median(excess))


def _mean(values: Array, grid: tuple[int, int]) -> Array:
    return cv2.resize(values, grid, interpolation=cv2.INTER_AREA)


def _slope(alpha: Array) -> Array:
    """Return the size of the gradient; summed up over an area it is the length of outline."""
    across = cv2.Sobel(alpha, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(alpha, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return norm(across, down)
