"""Curves of the light over time: where it jumps, and a smooth course between jumps.

A lamp that is switched scales the whole picture at once, so the median over blocks of the change
of log colour is far from zero; what moves changes some blocks and leaves the median. Between jumps
the curve is smoothed by P. Eilers, *A perfect smoother*, Anal. Chem. 75, 2003: second differences
are penalised over the whole stretch at once, so nothing lags.
"""

from __future__ import annotations

import numpy as np

from ...clip.clip import Array

#: Change of log light in one step that is a jump, and how far it must stand out of its neighbours.
_STEP, _OUTSTANDING = 0.1, 4.0
#: A change that is undone by more than this part within two steps is a flash.
_UNDONE = 0.6
#: Weight of the second differences: what takes fewer than about eight samples is noise.
_STIFF = 3.0


def find_jumps(blocks: Array) -> list[int]:
    """Return the indices of the first samples in a new light.

    Args:
        blocks: (T, B, C) log light of B places of the picture, -inf or nan where none is known.
    """
    if len(blocks) < 2:
        return []
    change = np.nanmedian(np.diff(blocks, axis=0), axis=1)
    largest = change[np.arange(len(change)), np.abs(change).argmax(axis=1)]
    usual = float(np.median(np.abs(largest)))
    stands_out = np.abs(largest) > max(_STEP, _OUTSTANDING * usual)
    return [
        int(t) + 1
        for t in np.flatnonzero(stands_out)
        if _is_largest(largest, int(t)) and not _is_undone(largest, int(t))
    ]


def _is_largest(change: Array, t: int) -> bool:
    """Return whether no neighbour changes more: a lamp takes a moment."""
    around = np.abs(change[max(t - 1, 0) : t + 2])
    return bool(abs(change[t]) >= around.max())


def _is_undone(change: Array, t: int) -> bool:
    """Return whether the light comes back, or had just come, within two steps."""
    size = abs(change[t])
    after = -np.sign(change[t]) * np.cumsum(change[t + 1 : t + 3])
    before = -np.sign(change[t]) * np.cumsum(change[max(t - 2, 0) : t][::-1])
    return bool(np.any(after > _UNDONE * size) or np.any(before > _UNDONE * size))


def smoothed(values: Array, jumps: list[int]) -> Array:
    """Return (T, K) values smoothed over time, each stretch between jumps for itself."""
    parts = np.split(np.asarray(values, np.float64), jumps)
    return np.concatenate([_whittaker(part) for part in parts])


def _whittaker(values: Array) -> Array:
    count = len(values)
    if count < 3:
        return values
    second = np.diff(np.eye(count), 2, axis=0)
    return np.asarray(np.linalg.solve(np.eye(count) + _STIFF * second.T @ second, values))
