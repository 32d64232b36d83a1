"""The part of a reduced frame that the subject's edge needs: colours far from it say nothing."""

from __future__ import annotations

import numpy as np

from ..clip.clip import Array

#: Kept round the edge, and what the window's sides are multiples of, pixels of the reduced frame:
#: a moving subject must not move the cells in which colours are averaged.
PAD_PX, STEP_PX = 24, 32

Window = tuple[slice, slice]


def around(edge: Array) -> Window | None:
    """Return rows and columns of the window round ``edge`` (H, W) bool; None if there is none."""
    rows, columns = (np.flatnonzero(edge.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    return _whole(rows, edge.shape[0]), _whole(columns, edge.shape[1])


def _whole(at: Array, length: int) -> slice:
    start, stop = int(at[0]) - PAD_PX, int(at[-1]) + 1 + PAD_PX
    return slice(max(0, start // STEP_PX * STEP_PX), min(length, -(-stop // STEP_PX) * STEP_PX))
