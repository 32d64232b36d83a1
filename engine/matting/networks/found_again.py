"""Finds a subject again by its colours, where a shot begins in which a network does not know it.

The paper of SAM 2 names it as a limit that a subject may be lost where one shot ends and another
begins. What the colours say is taken only where they speak for the subject more than against it:
it may not be in the new shot at all.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ...clip.average import area_average
from ...clip.clip import Array, ClipFormat
from ..automatic import find_subject
from ..local_colour import colour_codes, whole_histograms, whole_likelihood
from ..shape import signed_distance

#: Pixels of the reduced frame that is looked at.
REDUCED_PIXELS = 640 * 360
#: Share of a frame under which a subject is lost.
LOST = 5e-4
#: How likely the colours of what is found must be the subject's, where a half says nothing.
LIKELY = 0.5


def is_lost(odds: Array) -> bool:
    """Return whether log odds (h, w) show nothing of a subject."""
    return float((odds > 0).mean()) < LOST


def reduced_frame(frame: Array, fmt: ClipFormat) -> Array:
    """Return a native frame as (h, w, 3) uint8, small."""
    shrink = min(1.0, math.sqrt(REDUCED_PIXELS / (fmt.width * fmt.height)))
    size = max(16, round(fmt.width * shrink)), max(16, round(fmt.height * shrink))
    small = area_average(frame[..., :3], size).astype(np.float32)
    codes = small * np.float32(255.0 / fmt.max_value) + np.float32(0.5)
    return np.asarray(np.clip(codes, 0, 255).astype(np.uint8))


def colours_of(small: Array, odds: Array) -> Array:
    """Return how likely each colour is the subject's, (BINS,) float32; empty if it is not there.

    Args:
        small: (h, w, 3) uint8.
        odds: log odds of the subject, of any size.
    """
    if is_lost(odds):
        return np.zeros(0, np.float32)
    size = small.shape[1], small.shape[0]
    mask = cv2.resize(odds, size, interpolation=cv2.INTER_LINEAR) > 0
    distance = signed_distance(mask.astype(np.float32))
    return whole_likelihood(whole_histograms(colour_codes(small), distance))


def found_again(small: Array, like: Array) -> Array | None:
    """Return the mask (h, w) float32 of the subject in a frame, or None if it is not found.

    Args:
        small: (h, w, 3) uint8.
        like: what :func:`colours_of` returned where the subject was known.
    """
    if not like.size:
        return None
    mask = find_subject(small, None, like)
    if is_lost(mask) or float(like[colour_codes(small)[mask]].mean()) < LIKELY:
        return None
    return mask.astype(np.float32)
