"""Which parts of a frame need arithmetic: tiles where the matte is all 0 or all 1 are only copied.

A subject's soft edge covers a few percent of a picture, so the work of a composite follows the
edge's length instead of the picture's area. Blocks are also small enough for the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np

from ..clip.clip import Array

TILE_PX = 32
#: A block's longest row, in tiles: 512 px of float32 RGB in 32 rows is 200 kB.
LONGEST_TILES = 16

PLATE, FOREGROUND, MIXED = 0, 1, 2


@dataclass(frozen=True)
class Block:
    """A rectangle of whole tiles of one kind: plate only, foreground only, or mixed."""

    rows: slice
    columns: slice
    kind: int


def blocks(
    alpha: Array, max_value: float, *, density: Array | None = None, reach_px: int = 0
) -> Iterator[Block]:
    """Yield the blocks that are not plate alone.

    Args:
        alpha: (H, W) integers, 0 ... ``max_value``.
        max_value: the code that means 1.
        density: (H, W) shadow; where it is not 0 the plate changes too.
        reach_px: how far from the matte's edge the foreground changes too.
    """
    height, width = alpha.shape
    kinds = _kinds(alpha, max_value)
    if reach_px:
        kinds = _grow_edge(kinds, -(-reach_px // TILE_PX))
    if density is not None:
        kinds[(kinds == PLATE) & (_sums(density) > 0)] = MIXED
    for row, line in enumerate(kinds):
        rows = slice(row * TILE_PX, min((row + 1) * TILE_PX, height))
        for start, stop, kind in _runs(line.tolist()):
            yield Block(rows, slice(start * TILE_PX, min(stop * TILE_PX, width)), kind)


def covered(alpha: Array) -> tuple[slice, slice] | None:
    """Return rows and columns of the whole tiles around all that is not 0; None if all is."""
    sums = _sums(alpha)
    rows, columns = np.flatnonzero(sums.any(axis=1)), np.flatnonzero(sums.any(axis=0))
    if not len(rows):
        return None
    return _around(rows, alpha.shape[0]), _around(columns, alpha.shape[1])


def _around(tiles: Array, length: int) -> slice:
    start, stop = (int(tiles[0]) - 1) * TILE_PX, (int(tiles[-1]) + 2) * TILE_PX
    return slice(max(0, start), min(length, stop))


def _kinds(alpha: Array, max_value: float) -> Array:
    height, width = alpha.shape
    tall = np.diff(np.append(np.arange(0, height, TILE_PX), height))
    wide = np.diff(np.append(np.arange(0, width, TILE_PX), width))
    sums = _sums(alpha)
    full = sums == np.outer(tall, wide) * max_value
    return np.where(full, FOREGROUND, np.where(sums > 0, MIXED, PLATE)).astype(np.uint8)


def _sums(plane: Array) -> Array:
    """Return the exact sum of each tile (32 rows of 16-bit codes fit float32's mantissa)."""
    height, width = plane.shape
    columns = np.empty((-(-height // TILE_PX), width), np.float32)
    for row, line in enumerate(columns):
        strip = plane[row * TILE_PX : (row + 1) * TILE_PX]
        cv2.reduce(strip, 0, cv2.REDUCE_SUM, dst=line[None], dtype=cv2.CV_32F)
    starts = np.arange(0, width, TILE_PX)
    return np.asarray(np.add.reduceat(columns.astype(np.float64), starts, axis=1))


def _grow_edge(kinds: Array, tiles: int) -> Array:
    """Return ``kinds`` with foreground tiles near any other kind turned into mixed ones."""
    other = (kinds != FOREGROUND).astype(np.uint8)
    near = cv2.dilate(other, np.ones((2 * tiles + 1, 2 * tiles + 1), np.uint8))
    return np.where((kinds == FOREGROUND) & (near > 0), MIXED, kinds).astype(np.uint8)


def _runs(line: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yield (start, stop, kind) of neighbouring equal tiles, without the plate's."""
    start = 0
    for kind, same in groupby(line):
        stop = start + len(list(same))
        if kind != PLATE:
            for first in range(start, stop, LONGEST_TILES):
                yield first, min(first + LONGEST_TILES, stop), kind
        start = stop
