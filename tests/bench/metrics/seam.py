"""How visible the joint of two segments is: the change across it against the changes around it.

Our own definition. Changes are taken along the true motion, so that only what should not change
counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Array, as_float
from .motion import fetch, seen

#: This many pairs of frames on each side say what is usual.
_AROUND = 6


@dataclass(frozen=True)
class Seam:
    """How far the joint stands out.

    Attributes:
        excess_codes: rms change across the joint beyond the usual one, in codes, 0 or more.
        ratio: change across the joint over the usual one; 1 is invisible.
    """

    excess_codes: float
    ratio: float


def seam(frames: Array, joint: int, back_flow: Array, visible: Array | None = None) -> Seam:
    """Return how far the change from frame ``joint - 1`` to ``joint`` stands out.

    Args:
        frames: (T, H, W, 3), 0 ... 1 or uint8.
        joint: the first frame of the later segment, 1 ... T - 1.
        back_flow: (T - 1, H, W, 2) px.
        visible: (T - 1, H, W) bool, or None for all.
    """
    changes = changes_codes(frames, back_flow, visible)
    at = joint - 1
    around = np.r_[changes[max(0, at - _AROUND) : at], changes[at + 1 : at + 1 + _AROUND]]
    if not 0 <= at < len(changes) or not len(around):
        raise ValueError(f"joint must lie in a clip of three frames or more, got {joint}.")
    usual = float(np.median(around))
    # A tenth of a code is below what 8 bits hold: no ratio is made of nothing.
    ratio = max(changes[at], 0.1) / max(usual, 0.1)
    return Seam(excess_codes=max(0.0, float(changes[at]) - usual), ratio=float(ratio))


def changes_codes(frames: Array, back_flow: Array, visible: Array | None = None) -> Array:
    """Return the rms change along the motion of each pair of frames in codes, (T - 1,)."""
    counts = seen(back_flow, visible)
    found = []
    for t, flow in enumerate(back_flow):
        change = as_float(frames[t + 1]) - fetch(as_float(frames[t]), flow)
        counted = change[counts[t]]
        found.append(255.0 * np.sqrt((counted**2).mean(dtype=np.float64)) if counted.size else 0.0)
    return np.array(found)
