"""Tells a new shot from the frames around it, for all that carries a subject from frame to frame.

Pictures are compared as small grey ones, by their correlation, which a change of light leaves. A
picture that comes back was never left: a flash, somebody who passes.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array, Clip, ClipFormat

#: Size of the pictures that are compared.
_TINY = (32, 18)
#: Likeness under which two pictures show different things, and above which a shot stays what it is:
#: in a fast pan each frame shows something else.
_OTHER, _STAYS = 0.5, 0.7
#: Difference, codes of 255, under which pictures are the same whatever their likeness.
_SAME = 10.0
#: Frames within which a picture may come back.
_RETURNS = 3


def begins_shot(clip: Clip, index: int) -> bool:
    """Return whether frame ``index`` is of another shot than the one before it."""
    fmt, last = clip.format, len(clip) - 1
    if index <= 0 or not is_cut(clip.frame(index - 1), clip.frame(index), fmt):
        return False
    before, here = clip.frame(index - 1), clip.frame(index)
    one, next_one = (index, index + 1) if index < last else (max(index - 2, 0), index - 1)
    if _likeness(clip.frame(one), clip.frame(next_one), fmt) < _STAYS:
        return False
    later = range(index + 1, min(index + _RETURNS, last) + 1)
    earlier = range(index - 2, max(index - 2 - _RETURNS, -1), -1)
    return all(is_cut(before, clip.frame(at), fmt) for at in later) and all(
        is_cut(clip.frame(at), here, fmt) for at in earlier
    )


def is_cut(before: Array, after: Array, fmt: ClipFormat) -> bool:
    """Return whether two native frames that follow each other are of different shots."""
    return _likeness(before, after, fmt) < _OTHER


def _likeness(one: Array, other: Array, fmt: ClipFormat) -> float:
    """Return how alike two native frames are: the correlation of small pictures, -1 ... 1."""
    first, second = _tiny(one, fmt), _tiny(other, fmt)
    if np.abs(first - second).mean() < _SAME:
        return 1.0
    first, second = first - first.mean(), second - second.mean()
    power = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / power if power > 0 else 0.0


def _tiny(frame: Array, fmt: ClipFormat) -> Array:
    small = cv2.resize(frame, _TINY, interpolation=cv2.INTER_AREA).astype(np.float32)
    grey = small if small.ndim == 2 else small[..., :3].mean(axis=2)
    return np.asarray(grey * np.float32(255.0 / fmt.max_value))
