"""Tile flicker: how much the brightness of regions jumps back and forth between frames.

Luma is compared with the previous frame along the motion and averaged over tiles, so that grain
and detail cancel; the difference of two such residuals keeps what goes up and down again and
drops what fades. SSIM between frames, in comparison, hardly sees flicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array
from .motion import Motion

#: Side of a tile where the picture's short side is 540 px.
_TILE_SHARE = 48 / 540


@dataclass(frozen=True)
class TileFlicker:
    """Flicker of three consecutive frames.

    Attributes:
        overall: rms over the tiles, 8-bit codes.
        worst: the tile that flickers most, 8-bit codes.
        worst_at: its centre (x, y), in shares of width and height.
    """

    overall: float
    worst: float
    worst_at: tuple[float, float]


def tile_flicker(lumas: Sequence[Array], motions: tuple[Motion, Motion]) -> TileFlicker:
    """Return the flicker of three consecutive pictures.

    Args:
        lumas: (h, w) uint8 each, about 540 px high.
        motions: of picture 1 to 0, and of picture 2 to 1.
    """
    height, width = lumas[0].shape
    tile = max(4.0, min(height, width) * _TILE_SHARE)
    grid = (max(1, round(width / tile)), max(1, round(height / tile)))
    first, seen_first = _residual(lumas[0], lumas[1], motions[0], grid)
    second, seen_second = _residual(lumas[1], lumas[2], motions[1], grid)
    known = np.minimum(seen_first, seen_second) >= 0.25
    if not known.any():
        return TileFlicker(0.0, 0.0, (0.5, 0.5))
    swing = np.where(known, np.abs(second - first) / 2.0, 0.0)
    row, col = np.unravel_index(int(swing.argmax()), swing.shape)
    return TileFlicker(
        overall=float(np.sqrt((swing[known] ** 2).mean())),
        worst=float(swing.max()),
        worst_at=((float(col) + 0.5) / grid[0], (float(row) + 0.5) / grid[1]),
    )


def _residual(
    before: Array, now: Array, motion: Motion, grid: tuple[int, int]
) -> tuple[Array, Array]:
    """Return the mean change of each tile over the pixels seen in both, and their share."""
    seen = motion.visible.astype(np.float32)
    change = (now.astype(np.float32) - motion.fetch(before)) * seen
    share = cv2.resize(seen, grid, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(change, grid, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)
    return mean, share
