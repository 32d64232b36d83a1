"""Which frames are looked at: short runs, because faults in time show between neighbours."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

RUNS, RUN = 4, 3


def runs(count: int, cuts: tuple[int, ...] = ()) -> list[list[int]]:
    """Return up to RUNS runs of RUN neighbouring frames spread over a clip, none across a cut."""
    wide = min(RUN, count)
    last = count - wide
    number = min(RUNS, last + 1)
    starts = sorted({round((at + 0.5) * last / number) for at in range(number)})
    found = [list(range(start, start + wide)) for start in starts]
    return [run for run in found if not any(run[0] < cut <= run[-1] for cut in cuts)]


def middles(count: int, cuts: tuple[int, ...] = ()) -> list[int]:
    """Return the middle frame of each run."""
    return [run[len(run) // 2] for run in runs(count, cuts)]


def row(count: int, cuts: tuple[int, ...], frames: int) -> list[int]:
    """Return up to ``frames`` frames in a row about the middle of the longest shot."""
    ends = [0, *cuts, count]
    first, stop = max(pairwise(ends), key=lambda shot: shot[1] - shot[0])
    start = max(first, (first + stop - frames) // 2)
    return list(range(start, min(stop, start + frames)))


def layer(read: Callable[[int, int], Any], places: list[int]) -> Any:
    """Return what a reader of ``start`` to ``stop`` gives at ``places``, one array."""
    return np.concatenate([read(at, at + 1) for at in places])
