"""The parts of a frame that need arithmetic, gathered side by side into strips.

A subject's soft edge covers a few percent of a picture, so the work of a matte or a composite
should follow the edge's length and not the picture's area. Working tile by tile does that, but
every call hands Python's lock to another thread and back, which costs more than the arithmetic
on a small tile; a strip of many tiles takes one call, and still fits the cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cached_property

import cv2
import numpy as np

from .clip import Array

TILE_PX = 32
#: Columns of one strip: 2048 x 32 float32 RGB are 800 kB.
STRIP_PX = 2048


def tiles_with(mask: Array) -> Array:
    """Return which tiles (rows, columns) hold any pixel of ``mask`` (H, W) bool."""
    height, width = mask.shape
    whole = height // TILE_PX
    # One row of tiles a time; numpy's reduceat takes ten times as long along this axis.
    rows = np.asarray(mask[: whole * TILE_PX].reshape(whole, TILE_PX, width).any(axis=1))
    if height % TILE_PX:
        rows = np.vstack([rows, mask[whole * TILE_PX :].any(axis=0)])
    return np.asarray(np.logical_or.reduceat(rows, np.arange(0, width, TILE_PX), axis=1))


def covered(alpha: Array, reach_px: float = 0) -> tuple[slice, slice] | None:
    """Return rows and columns of the tiles around all that is not 0; None if all is.

    A tile is added on each side, and as many more as ``reach_px`` needs.
    """
    more = 1 + math.ceil(reach_px / TILE_PX)
    some = tiles_with(alpha > 0)
    rows, columns = np.flatnonzero(some.any(axis=1)), np.flatnonzero(some.any(axis=0))
    if not len(rows):
        return None
    return _around(rows, alpha.shape[0], more), _around(columns, alpha.shape[1], more)


def _around(tiles: Array, length: int, more: int) -> slice:
    start, stop = (int(tiles[0]) - more) * TILE_PX, (int(tiles[-1]) + 1 + more) * TILE_PX
    return slice(max(0, start), min(length, stop))


def strips(wanted: Array, size: tuple[int, int]) -> Iterator[Strip]:
    """Yield strips that hold all ``wanted`` tiles, each tile once.

    Args:
        wanted: (rows, columns) bool, as :func:`tiles_with` returns.
        size: (width, height) of the frame.
    """
    width, height = size
    whole = height // TILE_PX
    yield from _filled(_runs(wanted[:whole], width), TILE_PX)
    # The last row of tiles may be lower than the others.
    last = [(whole * TILE_PX, left, right) for _, left, right in _runs(wanted[whole:], width)]
    yield from _filled(last, height - whole * TILE_PX)


def _filled(pieces: Iterable[tuple[int, int, int]], rows: int) -> Iterator[Strip]:
    """Yield strips of at most STRIP_PX columns that hold ``pieces`` (top, left, right)."""
    taken: list[tuple[int, int, int]] = []
    free = STRIP_PX
    for top, left, right in pieces:
        while left < right:
            end = min(right, left + free)
            taken.append((top, left, end))
            free -= end - left
            left = end
            if free == 0:
                yield Strip(taken, rows)
                taken, free = [], STRIP_PX
    if taken:
        yield Strip(taken, rows)


def _runs(wanted: Array, width: int) -> Iterator[tuple[int, int, int]]:
    """Yield (top, left, right) in pixels of neighbouring wanted tiles."""
    edges = np.diff(np.pad(wanted.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, stops = np.argwhere(edges > 0), np.argwhere(edges < 0)
    for (row, start), (_, stop) in zip(starts.tolist(), stops.tolist(), strict=True):
        yield row * TILE_PX, start * TILE_PX, min(stop * TILE_PX, width)


class Strip:
    """Pieces of a frame, all of one height, side by side."""

    def __init__(self, pieces: list[tuple[int, int, int]], rows: int) -> None:
        """Hold ``pieces`` (top, left, right), each ``rows`` pixels high."""
        self._pieces, self._rows = pieces, rows

    def gather(self, frame: Array) -> Array:
        """Return the pieces of ``frame``, (H, W) or (H, W, C), as one array."""
        parts = [frame[top : top + self._rows, left:right] for top, left, right in self._pieces]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def put(self, strip: Array, frame: Array) -> None:
        """Write ``strip`` to the pieces' places in ``frame``."""
        at = 0
        for top, left, right in self._pieces:
            frame[top : top + self._rows, left:right] = strip[:, at : at + right - left]
            at += right - left

    def sample(self, coarse: Array, scale: tuple[float, float], start: tuple[int, int]) -> Array:
        """Return what lies under the strip in a part of a subsampled frame, bilinearly.

        Args:
            coarse: (h, w) or (h, w, C) float32, up to 4 channels.
            scale: (x, y) size of the whole subsampled frame divided by that of the frame.
            start: (x, y) of ``coarse`` in the whole subsampled frame.
        """
        across, down = self._centres
        x = np.broadcast_to(across * np.float32(scale[0]) - np.float32(0.5 + start[0]), down.shape)
        y = down * np.float32(scale[1]) - np.float32(0.5 + start[1])
        how, border = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
        return np.asarray(cv2.remap(coarse, np.ascontiguousarray(x), y, how, borderMode=border))

    @cached_property
    def _centres(self) -> tuple[Array, Array]:
        """Return x (W,) and y (rows, W) of the strip's pixel centres in the frame."""
        across = np.concatenate([np.arange(left, right) for _, left, right in self._pieces])
        lengths = [right - left for _, left, right in self._pieces]
        tops = np.repeat([top for top, _, _ in self._pieces], lengths)
        down = tops + np.arange(self._rows)[:, None]
        half = np.float32(0.5)
        return across.astype(np.float32) + half, down.astype(np.float32) + half
