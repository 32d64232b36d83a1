"""Whether another scene begins at a frame: told from small pictures around it."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array, Clip

#: Correlation of small pictures below which they show different scenes, and above which the same.
OTHER, SAME = 0.35, 0.7
#: A scene that comes back within so many frames was never left: a flash, somebody who passes.
RETURNS = 3
SIZE = (32, 18)


def is_cut(clip: Clip, index: int) -> bool:
    """Return whether frame ``index`` of an RGB clip begins another scene, which then stays."""
    before, here = (_small(clip, at) for at in (index - 1, index))
    if _likeness(before, here) > OTHER:
        return False
    after = range(index + 1, min(index + 1 + RETURNS, len(clip)))
    return all(
        _likeness(before, there) < OTHER and _likeness(here, there) > SAME
        for there in (_small(clip, at) for at in after)
    )


def _small(clip: Clip, index: int) -> Array:
    small = cv2.resize(clip.frame(index), SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def _likeness(one: Array, other: Array) -> float:
    """Return the correlation of two small pictures, -1 ... 1."""
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-6))
