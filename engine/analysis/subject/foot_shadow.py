"""Taking a cast shadow off a standing person's feet.

A matte often has the shadow on the ground. Feet do not reach far beyond the legs above them; what
does so in the lowest part of the body, in the hues of the ground beside it, lies on the ground.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array
from .appearance import hues_of

#: Lowest part of the height in which a shadow lies, how far feet may reach beyond what is above,
#: and how far they usually do.
_LOW, _FEET, _KEPT = 0.26, 0.13, 0.06
#: Share of hues that a shadow has in common with the ground beside it.
_GROUND = 0.5
#: Rows, in small pixels, under which somebody is too small to tell.
_LEAST = 24


def without_shadow(mask: Array, outside: Array, words: Array) -> Array:
    """Return a body's mask without its shadow.

    Args:
        mask: (h, w) uint8 0 or 1, the body.
        outside: (h, w) bool, where there is nobody.
        words: (h, w) uint8 colour words.
    """
    x, y, wide, high = cv2.boundingRect(mask)
    bottom = y + high
    if high < _LEAST or bottom >= len(mask):
        return mask
    low = bottom - max(round(_LOW * high), 3)
    legs = np.flatnonzero(mask[y + high // 2 : low].any(0))
    if not legs.size:
        return mask
    left = mask.copy()
    for side in (-1, 1):
        shadow = _beyond(side, legs, round(_FEET * high), (low, bottom), (x, x + wide))
        part = mask[shadow] > 0
        if part.sum() >= 3 and _alike(part, shadow, outside, words) >= _GROUND:
            # Where there is a shadow, it begins under the foot.
            left[_beyond(side, legs, round(_KEPT * high), (low, bottom), (x, x + wide))] = 0
    return left


def _beyond(
    side: int, legs: Array, reach: int, rows: tuple[int, int], columns: tuple[int, int]
) -> tuple[slice, slice]:
    """Return the window further than ``reach`` to one side of the legs."""
    if side < 0:
        return slice(*rows), slice(columns[0], max(int(legs[0]) - reach, columns[0]))
    return slice(*rows), slice(min(int(legs[-1]) + 1 + reach, columns[1]), columns[1])


def _alike(part: Array, window: tuple[slice, slice], outside: Array, words: Array) -> float:
    """Return the share of hues of a part that are those of the ground about it."""
    rows, columns = window
    room = 6
    wide = (
        slice(max(rows.start - room, 0), rows.stop + room),
        slice(max(columns.start - room, 0), columns.stop + room),
    )
    ground = hues_of(words[wide][outside[wide]])
    mine = hues_of(words[window][part])
    if not ground.size:
        return 0.0
    counts = [np.bincount(hues, minlength=64) / hues.size for hues in (mine, ground)]
    return float(np.minimum(*counts).sum())
