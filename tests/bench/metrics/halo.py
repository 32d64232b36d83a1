"""Halo and fringe: what a ring round the subject has too much of, against the true picture.

Our own definition. Of the differences of lightness and of colour over the ring, with their sign,
the median is taken, and of that the mean over time: detail, jitter and steps of the edge cancel,
what sticks out at a few places (blocks, a bent outline) does not count, a rim stays. A change of
brightness of the whole neighbourhood (flicker, relighting) is no rim and is taken off first.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .arrays import Array, as_float, check_same_shape, dilate, luma_codes
from .lab import to_lab

_RING_PX = 4
#: Brightness of the neighbourhood is found over this distance, beyond the ring and the outline.
_NEAR_PX = 8.0
#: The ring is where the subject covers less than this.
_ALPHA_MAX = 0.9
_GREEN = (0.0, 1.0, 0.0)


@dataclass(frozen=True)
class Halo:
    """Typical difference over the ring, CIELAB units.

    Attributes:
        lightness: L*, above 0 a bright rim, below 0 a dark one.
        fringe: colour towards the screen's hue, a chroma; below 0 away from it.
    """

    lightness: float
    fringe: float


def halo(
    frames: Array, truth: Array, true_alpha: Array, screen: tuple[float, float, float] = _GREEN
) -> Halo | None:
    """Return the rim of a composite; None where no frame has a ring.

    Args:
        frames: (T, H, W, 3), 0 ... 1 or uint8.
        truth: the same shape, the right composite.
        true_alpha: (T, H, W) of the subject.
        screen: RGB, 0 ... 1, whose hue counts as fringe.
    """
    check_same_shape(frames, truth)
    rows = [_frame(*one) for one in zip(frames, truth, as_float(true_alpha), strict=True)]
    found = [row for row in rows if row is not None]
    if not found:
        return None
    lightness, *colour = np.mean(found, axis=0).tolist()
    hue = to_lab(np.array(screen, np.float32))[1:]
    return Halo(lightness=lightness, fringe=float(colour @ hue / np.hypot(*hue)))


def ring(true_alpha: Array) -> Array:
    """Return the ring of one frame, (H, W) bool: soft edge and a few pixels outside it."""
    return dilate(true_alpha >= 0.1, _RING_PX) & (true_alpha < _ALPHA_MAX)


def _frame(picture: Array, true_picture: Array, true_alpha: Array) -> Array | None:
    """Return the typical difference of L*, a*, b* over the ring of one frame."""
    where = ring(true_alpha)
    if not where.any():
        return None
    near = ~dilate(where, _RING_PX)
    gain = _local_gain(luma_codes(picture), luma_codes(true_picture), near.astype(np.float32))
    expected = as_float(true_picture)[where] * gain[where][:, None]
    typical: Array = np.median(to_lab(picture[where]) - to_lab(expected), axis=0)
    return typical


def _local_gain(luma: Array, true_luma: Array, where: Array) -> Array:
    """Return by how much the neighbourhood is brighter than it should be, (H, W)."""
    # A code is added on both sides: black says nothing about a gain.
    found = cv2.GaussianBlur((luma + 1.0) * where, (0, 0), _NEAR_PX)
    truth = cv2.GaussianBlur((true_luma + 1.0) * where, (0, 0), _NEAR_PX)
    gain: Array = np.where(truth > 1e-3, found / np.maximum(truth, 1e-3), 1.0)
    return gain
