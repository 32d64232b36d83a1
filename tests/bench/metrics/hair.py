"""How much of the hair a matte keeps, and how much of what it claims to be hair is hair.

Our own definition: a strand is a pixel of the true matte that an opening with a small disc removes,
so that thin things count and the body's own soft edge does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .arrays import Array, as_clip, check_same_shape, dilate, disc

#: What an opening by this radius takes away is thin.
_STRAND_PX = 3
#: A strand pixel of the truth has at least this alpha, and stands out by as much.
_LEAST_ALPHA = 0.1
#: Alpha is kept when it is within this of the truth.
_KEPT = 0.1
#: The hair's region reaches this far from its strands.
_REGION_PX = 10


@dataclass(frozen=True)
class Hair:
    """Shares, 0 ... 1, higher is better.

    Attributes:
        recall: of true strand pixels, those whose alpha is within 0.1 of the truth.
        precision: of pixels claimed as strand in the hair's region, those that are strand.
    """

    recall: float
    precision: float


def hair(alpha: Array, true_alpha: Array) -> Hair | None:
    """Return recall and precision over all frames; None where the truth has no strand.

    Args:
        alpha: (T, H, W) or (H, W), 0 ... 1 or uint8.
        true_alpha: the same shape.
    """
    check_same_shape(alpha, true_alpha)
    kept = strands = right = claimed = 0
    for found, truth in zip(as_clip(alpha), as_clip(true_alpha), strict=True):
        strand = strand_pixels(truth)
        claim = strand_pixels(found) & dilate(strand, _REGION_PX)
        kept += np.count_nonzero(strand & (np.abs(found - truth) <= _KEPT))
        strands += np.count_nonzero(strand)
        # A claim one pixel beside a strand is the strand's own soft flank.
        right += np.count_nonzero(claim & dilate(strand, 1))
        claimed += np.count_nonzero(claim)
    if not strands:
        return None
    return Hair(recall=kept / strands, precision=right / claimed if claimed else 0.0)


def strand_pixels(alpha: Array) -> Array:
    """Return where (H, W) float32 alpha is thin structure, bool."""
    opened = cv2.morphologyEx(alpha, cv2.MORPH_OPEN, disc(_STRAND_PX))
    thin: Array = alpha - opened >= _LEAST_ALPHA
    return thin
