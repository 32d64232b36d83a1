"""Tells a new shot from the frame before it, for networks that carry a memory from frame to frame.

A cut that is taken for one too many costs a network a moment of its memory; one that is missed
leaves the old shot in the matte. So more is taken for a cut here than where the subject is carried
without a network; but a picture that comes back was never left: a flash, somebody who passes.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array, Clip, ClipFormat

#: Size of the pictures that are compared.
_TINY = (32, 18)
#: Likeness under which two pictures show different things, and difference (codes of 255) under
#: which they are alike whatever it says.
_ALIKE, _SAME = 0.5, 10.0
#: Frames within which a picture may come back.
_RETURNS = 3


def begins_shot(clip: Clip, index: int) -> bool:
    """Return whether frame ``index`` is of another shot than the one before it."""
    fmt = clip.format
    if index <= 0 or not is_cut(clip.frame(index - 1), clip.frame(index), fmt):
        return False
    before, here = clip.frame(index - 1), clip.frame(index)
    later = range(index + 1, min(index + 1 + _RETURNS, len(clip)))
    earlier = range(index - 2, max(index - 2 - _RETURNS, -1), -1)
    return all(is_cut(before, clip.frame(at), fmt) for at in later) and all(
        is_cut(clip.frame(at), here, fmt) for at in earlier
    )


def is_cut(before: Array, after: Array, fmt: ClipFormat) -> bool:
    """Return whether two native frames that follow each other are of different shots."""
    first, second = _tiny(before, fmt), _tiny(after, fmt)
    if np.abs(first - second).mean() < _SAME:
        return False
    one, other = first - first.mean(), second - second.mean()
    power = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return power <= 0.0 or float((one * other).sum()) < _ALIKE * power


def _tiny(frame: Array, fmt: ClipFormat) -> Array:
    small = cv2.resize(frame, _TINY, interpolation=cv2.INTER_AREA).astype(np.float32)
    grey = small if small.ndim == 2 else small[..., :3].mean(axis=2)
    return np.asarray(grey * np.float32(255.0 / fmt.max_value))
