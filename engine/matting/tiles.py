"""Which tiles of a matte need work: most of a frame is surely subject or surely not."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ..clip.clip import Array

#: Side of a tile, pixels: its float temporaries fit the cache.
TILE_PX = 96

Tile = tuple[slice, slice]


def tiles(alpha: Array, full: float) -> Iterator[tuple[Tile, float | None]]:
    """Yield (rows and columns, constant) for the tiles of a frame.

    Args:
        alpha: (H, W) native alpha.
        full: the native value of 1.

    Yields:
        slices of the tile and 0.0 or 1.0 when its alpha is that everywhere, otherwise None.
    """
    height, width = alpha.shape
    for top in range(0, height, TILE_PX):
        for left in range(0, width, TILE_PX):
            where = slice(top, min(top + TILE_PX, height)), slice(left, min(left + TILE_PX, width))
            low, high, _, _ = cv2.minMaxLoc(alpha[where])
            constant = 0.0 if high <= 0 else 1.0 if low >= full else None
            yield where, constant


def coarse_part(coarse: Array, where: Tile, scale: tuple[float, float]) -> Array:
    """Return the part of a coarse map that lies under a tile, at the tile's size.

    Args:
        coarse: (h, w, C) float32, a subsampled frame.
        where: the tile in the full frame.
        scale: (x, y) size of the coarse map divided by that of the frame.
    """
    rows, columns = where
    x, y = scale
    left, top = (columns.start + 0.5) * x - 0.5, (rows.start + 0.5) * y - 0.5
    matrix = np.array([[x, 0, left], [0, y, top]], np.float32)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    part = cv2.warpAffine(coarse, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(part)
