"""Positions in a picture: its corners, its cells, and moving points by a matrix."""

from __future__ import annotations

import numpy as np

from ...clip.clip import Array
from ..reduced import Size

#: Features are spread over, and counted in, this many cells.
CELLS_ACROSS, CELLS_DOWN = 12, 8


def cell_of(points: Array, size: Size) -> Array:
    """Return the (N,) number of the cell that each of (N, 2) points lies in."""
    across = (points[:, 0] * CELLS_ACROSS / size.width).astype(int).clip(0, CELLS_ACROSS - 1)
    down = (points[:, 1] * CELLS_DOWN / size.height).astype(int).clip(0, CELLS_DOWN - 1)
    return np.asarray(down * CELLS_ACROSS + across)


def corners_of(size: Size) -> Array:
    """Return the (4, 2) positions of the corner pixels, clockwise from the top left."""
    right, bottom = size.width - 1.0, size.height - 1.0
    return np.array([[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]])


def move(points: Array, matrix: Array) -> Array:
    """Return (N, 2) points taken through a (3, 3) matrix, float64."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:])
