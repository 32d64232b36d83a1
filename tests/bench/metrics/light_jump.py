"""Light jump: the largest step of the clip's brightness that the truth does not have.

Our own definition: the gap between the brightness of the frames before a point and that of those
after it. Where the two overlap there is no step; so flicker and drift are not mistaken for one.
"""

from __future__ import annotations

import numpy as np

from .arrays import Array, check_same_shape, luma_codes

#: Frames looked at on each side, and the fewest.
_SIDE_FRAMES = 4
_LEAST_FRAMES = 3


def light_jump(frames: Array, truth: Array) -> float:
    """Return the largest step in codes, 0 or more.

    Args:
        frames: (T, H, W, 3), 0 ... 1 or uint8. A step in the first or last two frames is not seen.
        truth: the same shape.
    """
    check_same_shape(frames, truth)
    curve = [
        float((luma_codes(a) - luma_codes(b)).mean()) for a, b in zip(frames, truth, strict=True)
    ]
    return largest_gap(np.array(curve))


def largest_gap(curve: Array) -> float:
    """Return the largest gap between neighbouring stretches of a curve (T,)."""
    gaps = [0.0]
    for at in range(_LEAST_FRAMES, len(curve) - _LEAST_FRAMES + 1):
        before = curve[max(0, at - _SIDE_FRAMES) : at]
        after = curve[at : at + _SIDE_FRAMES]
        gaps += [after.min() - before.max(), before.min() - after.max()]
    return float(max(gaps))
