"""Blockiness: how much stronger the steps on a codec's grid are than those between.

After Wang, Bovik and Evans, "Blind Measurement of Blocking Artifacts in Images", ICIP 2000, in the
picture instead of the spectrum: mean differences on every eighth line against all others.
"""

from __future__ import annotations

import numpy as np

from ..clip.clip import Array

_BLOCK_PX = 8
#: Differences above this (8-bit codes) are edges of things, not of blocks.
_EDGE = 24


def blockiness(luma: Array) -> float:
    """Return the excess of the steps on the 8 px grid, 0 where there are no blocks.

    Args:
        luma: (h, w) uint8 at full size, as delivered (a resized picture has lost its grid).
    """
    return max(0.0, 0.5 * (_excess(luma) + _excess(luma.T)))


def _excess(luma: Array) -> float:
    if luma.shape[1] < 4 * _BLOCK_PX:
        return 0.0
    change = np.abs(np.diff(luma.astype(np.int16), axis=1))
    steps = np.minimum(change, _EDGE).mean(axis=0, dtype=np.float64)
    steps = steps[: len(steps) // _BLOCK_PX * _BLOCK_PX].reshape(-1, _BLOCK_PX).mean(axis=0)
    on = steps[_BLOCK_PX - 1]
    off = steps[: _BLOCK_PX - 1].mean()
    return float((on - off) / (off + 0.5))
