"""Shadows: which light rays people stop, seen from the light on a grid that lies on the ground.

One map serves both the shadow on the ground, softer the farther its caster is from it, and the
shadows people cast on themselves and each other (Williams, "Casting curved shadows", 1978).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from .camera import View
from .light import Lit
from .solids import Rays, Solids, trace

CELL_M = 0.016
_START_M = 8.0
_BIAS_M = 0.035
#: Where the shadow is split by its caster's distance, to be softened bin by bin.
_BINS_M = (0.0, 0.3, 0.9, 1.8, 99.0)


@dataclass(frozen=True)
class Grid:
    """A raster on the ground: its corner x, z in metres, its cells, and the light's direction."""

    x: float
    z: float
    columns: int
    rows: int
    direction: np.ndarray

    def to_screen(self, view: View) -> np.ndarray:
        """Return the (3, 3) matrix from cells to pixels."""
        cells = np.array([[CELL_M, 0, self.x], [0, 0, 0], [0, CELL_M, self.z], [0, 0, 1.0]])
        return view.projection @ cells


def grid_for(solids: list[Solids], lit: Lit) -> Grid:
    """Return a grid that holds the shadows of all solids, at all the moments given."""
    light = lit.direction
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for one in solids:
        a, b, radius = one.bounds()
        for end in (a, b):
            ground = (end - light * (end[:, 1:2] / light[1]))[:, [0, 2]]
            low = np.minimum(low, (ground - radius[:, None] / light[1]).min(0))
            high = np.maximum(high, (ground + radius[:, None] / light[1]).max(0))
    low, high = np.floor(low * 2) / 2 - 0.5, np.ceil(high * 2) / 2 + 0.5
    columns, rows = np.minimum(np.rint((high - low) / CELL_M), 900).astype(int)
    return Grid(float(low[0]), float(low[1]), int(columns), int(rows), light)


def light_map(solids: Solids, grid: Grid) -> np.ndarray:
    """Return (rows, columns) metres from the light's side to the first solid; far for none."""
    light = grid.direction
    origin = np.array(
        [np.array([grid.x, 0.0, grid.z]) + light * _START_M, [CELL_M, 0, 0], [0, 0, CELL_M]]
    )
    direction = np.zeros((3, 3))
    direction[0] = -light
    a, b, radius = solids.bounds()
    places = []
    for end in (a, b):
        ground = end - light * (end[:, 1:2] / light[1])
        places.append((ground[:, [0, 2]] - [grid.x, grid.z]) / CELL_M)
    reach = (radius / light[1] / CELL_M + 2)[:, None]
    size = [grid.columns, grid.rows]
    low = np.floor(np.minimum(*places) - reach).clip(0, size)
    high = np.ceil(np.maximum(*places) + reach).clip(0, size)
    start = _START_M - (a[:, 1] + b[:, 1]) / 2 / light[1]
    boxes = np.concatenate([low, high], 1).astype(int)
    return trace(solids, Rays(origin, direction), boxes, start, (0, 0, *size)).near


def stopped(near: np.ndarray, grid: Grid, place: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """Return (K,) 1 where the key light does not reach a place (K, 3), 0 where it does.

    Args:
        near: the grid's light map.
        grid: the grid.
        place: world points.
        soft: (2,) an offset in metres, another for each sub-frame sample, that softens the edge.
    """
    light = grid.direction
    along = place[:, 1] / light[1]
    ground = place - light.astype(np.float32) * along[:, None]
    column = ((ground[:, 0] + soft[0] - grid.x) / CELL_M).astype(int).clip(0, grid.columns - 1)
    row = ((ground[:, 2] + soft[1] - grid.z) / CELL_M).astype(int).clip(0, grid.rows - 1)
    # A sample moved aside meets a leaning surface at another height.
    bias = _BIAS_M + 1.3 * float(np.hypot(*soft))
    return (near[row, column] < _START_M - along - bias).astype(np.float32)


def bins(near: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Return (rows, columns, 4) coverage of the ground by casters of each height."""
    rise = (_START_M - near) * light[1]
    parts = [(rise > a) & (rise <= b) for a, b in pairwise(_BINS_M)]
    return np.stack(parts, -1).astype(np.float32)


def ground_shadow(coverage: np.ndarray, grid: Grid, lit: Lit, view: View) -> np.ndarray:
    """Return (H, W) the factor of the ground's light, from coverage averaged over a frame.

    The contact shadow is the ambient light that the feet and shins take away.
    """
    spread = np.tan(np.radians(0.6 + 16.0 * (1 - lit.hardness)))
    open_key = np.ones(coverage.shape[:2], np.float32)
    for k, height in enumerate((0.12, 0.5, 1.3, 1.75)):
        sigma = max(height / lit.direction[1] * spread * 0.5 / CELL_M, 0.6)
        open_key *= 1 - np.clip(cv2.GaussianBlur(coverage[..., k], (0, 0), sigma), 0, 1)
    near_ground = cv2.GaussianBlur(coverage[..., 0], (0, 0), 0.05 / CELL_M)
    wide = cv2.GaussianBlur(coverage[..., :2].sum(-1), (0, 0), 0.22 / CELL_M)
    contact = np.clip(0.75 * near_ground + 0.3 * wide, 0, 0.85)
    depth = lit.shadow_depth
    factor = 1 - depth * (1 - open_key) - (1 - depth) * contact
    return cv2.warpPerspective(
        factor, grid.to_screen(view), (view.width, view.height), borderValue=1.0
    )
