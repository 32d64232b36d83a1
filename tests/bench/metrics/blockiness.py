"""Blockiness: how far steps on a codec's 8 px grid stand out from those between, tile by tile.

After Wang, Bovik and Evans, "Blind Measurement of Blocking Artifacts in Images", ICIP 2000, in the
picture instead of the spectrum. Tiles, because one bad patch must count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Array, luma_codes

_BLOCK_PX = 8
TILE_PX = 32
#: Differences above this many codes are edges of things, not of blocks.
_EDGE_CODES = 24.0


@dataclass(frozen=True)
class Blockiness:
    """By how many codes the steps on the grid exceed those between them.

    Attributes:
        overall: mean over the picture, 0 or more.
        worst: of the worst tile, mean over the frames.
    """

    overall: float
    worst: float


def blockiness(frames: Array, truth: Array | None = None) -> Blockiness:
    """Return the blockiness of a clip as delivered: a resized picture has lost its grid.

    Args:
        frames: (T, H, W, 3) or (H, W, 3), 0 ... 1 or uint8; the grid begins at the top left.
        truth: the same shape; lines of the scene that lie on the grid by chance are then taken off.
    """
    steady = tile_excess(frames, truth)
    return Blockiness(overall=max(0.0, float(steady.mean())), worst=max(0.0, float(steady.max())))


def tile_excess(frames: Array, truth: Array | None = None) -> Array:
    """Return by how many codes steps on the grid exceed the others, (H // 32, W // 32).

    Args as ``blockiness``. The mean over the frames, with its sign.
    """
    excess = _excess(frames)
    if truth is not None:
        excess = excess - _excess(truth)
    steady: Array = excess.mean(axis=0)
    return steady


def _excess(frames: Array) -> Array:
    """Return the excess of each tile, (T, rows, columns), mean of both directions."""
    luma = luma_codes(frames if frames.ndim == 4 else frames[None])
    height, width = (size // TILE_PX * TILE_PX for size in luma.shape[1:])
    if not height or not width:
        raise ValueError(f"Frames must be {TILE_PX} px or more, got {luma.shape[1:]}.")
    across = _along_rows(luma[:, :height, :width])
    down = _along_rows(luma.swapaxes(1, 2)[:, :width, :height]).swapaxes(1, 2)
    return (across + down) / 2.0


def _along_rows(luma: Array) -> Array:
    frames, height, width = luma.shape
    # The step of a column is that to its right neighbour; the last column has none.
    steps = np.zeros_like(luma)
    steps[:, :, :-1] = np.minimum(np.abs(np.diff(luma, axis=2)), _EDGE_CODES)
    shape = (frames, height // TILE_PX, TILE_PX, width // TILE_PX, TILE_PX // _BLOCK_PX, -1)
    phases = steps.reshape(shape).mean(axis=(2, 4), dtype=np.float64)
    excess: Array = phases[..., _BLOCK_PX - 1] - phases[..., : _BLOCK_PX - 1].mean(axis=-1)
    return excess
