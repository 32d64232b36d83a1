"""How likely each pixel is subject, told by the colours of both sides round it in one frame.

Colours are counted in a coarse grid of place and colour (the bilateral grid: Chen, Paris and Durand
2007), once for each side of a mask. A pixel of the subject's whose colour lies mostly on the other
side near by is in doubt, and so is background that looks like the subject beside it.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array

#: Bins of luma and of each chroma, and of all together.
SIDE, BINS = 8, 8**3
#: Cells along the short side.
CELLS = 15
#: Weight of the whole picture's colours, and of knowing nothing.
WHOLE, NOTHING = 0.3, 1e-4

_LUMA_BIN = (np.arange(256) * SIDE // 256).astype(np.uint8)
#: Chroma of real pictures keeps to the middle half.
_CHROMA_BIN = ((np.clip(np.arange(256), 64, 191) - 64) * SIDE // 128).astype(np.uint8)


def likely_subject(frame: Array, mask: Array, sure: Array) -> Array:
    """Return how likely pixels are subject: (H, W) float32, 0 ... 1.

    Args:
        frame: (H, W, 3) uint8.
        mask: (H, W) bool, the subject.
        sure: (H, W) bool, where colours are learned: not on the mixed pixels of the edge.
    """
    height, width = mask.shape
    cell = max(4, round(min(height, width) / CELLS))
    down, across = -(-height // cell), -(-width // cell)
    codes = _codes(frame)
    rows, columns = np.arange(height) // cell, np.arange(width) // cell
    at = (rows[:, None] * across + columns) * BINS + codes
    back, fore = (_side(codes, at, sure & side, (down, across)) for side in (~mask, mask))
    likely = (fore + np.float32(NOTHING / 2)) / (fore + back + np.float32(NOTHING))
    return np.asarray(likely.ravel()[at])


def _codes(frame: Array) -> Array:
    """Return the colour bin (H, W) int32 of each pixel."""
    luma, red, blue = cv2.split(cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb))
    codes: Array = cv2.LUT(luma, _LUMA_BIN).astype(np.int32) * SIDE
    codes += cv2.LUT(red, _CHROMA_BIN)
    return np.asarray(codes * SIDE + cv2.LUT(blue, _CHROMA_BIN))


def _side(codes: Array, at: Array, side: Array, cells: tuple[int, int]) -> Array:
    """Return how often each cell and its neighbours show each colour: (down, across, BINS)."""
    grid = np.bincount(at[side], minlength=cells[0] * cells[1] * BINS).astype(np.float32)
    grid = grid.reshape(*cells, BINS)
    for axis in (0, 1):
        grid = _with_neighbours(grid, axis)
    grid /= np.maximum(grid.sum(2, keepdims=True), np.float32(1))
    whole = np.bincount(codes[side], minlength=BINS).astype(np.float32).reshape(SIDE, SIDE, SIDE)
    for axis in range(3):
        whole = _with_neighbours(whole, axis) + whole  # half of it, a quarter on each side
    return np.asarray(grid + np.float32(WHOLE) * whole.ravel() / max(1.0, float(whole.sum())))


def _with_neighbours(grid: Array, axis: int) -> Array:
    """Return each entry with its two neighbours along ``axis`` added."""
    before, result = np.moveaxis(grid, axis, 0), grid.copy()
    after = np.moveaxis(result, axis, 0)
    after[1:] += before[:-1]
    after[:-1] += before[1:]
    return result
