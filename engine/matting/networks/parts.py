"""Keeps of a matte of everybody what belongs to the subject that was meant.

Networks that take no prompt cut out all people. Where another matte says roughly who is meant, the
parts of theirs that it does not touch are dropped; its own edge plays no role, so that what it
misses of the subject stays.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array, Clip
from ...clip.operations import check_same_size, map_frames

#: Alpha above which pixels are connected, and share of a part that must be meant.
_SEEN, _MEANT = 0.1, 0.2


def parts_touching(alpha: Clip, coarse: Clip) -> Clip:
    """Return ``alpha`` without the parts that ``coarse`` does not mean, lazily.

    Args:
        alpha: one channel.
        coarse: a matte of the subject, as large and long.

    Raises:
        ClipMismatchError: if the clips differ in size or length.
    """
    check_same_size([alpha, coarse], "choosing the subject")
    seen, solid = _SEEN * alpha.format.max_value, 0.5 * coarse.format.max_value

    def kept(_: int, codes: Array, rough: Array) -> Array:
        return parts_of(codes, codes > seen, rough > solid)

    return map_frames(kept, [alpha, coarse], "parts-touching/1")


def parts_of(codes: Array, seen: Array, meant: Array) -> Array:
    """Return ``codes`` (H, W), 0 where a part that is ``seen`` is not ``meant``; both are bool."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(seen.view(np.uint8))
    touched = np.bincount(labels[meant], minlength=count)
    keep = touched > _MEANT * stats[:, cv2.CC_STAT_AREA]
    keep[0] = True  # what is too faint to be a part of anything
    near = cv2.dilate((~keep)[labels].view(np.uint8), np.ones((5, 5), np.uint8))
    return np.where((near > 0) & ~(keep[labels] & seen), 0, codes).astype(codes.dtype)
