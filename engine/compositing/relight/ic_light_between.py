"""The light of key frames carried to the frames between them, without detail.

Of a relit picture only the gain without detail is taken, in logarithms of linear light. It is moved
along with the subject by optical flow (T. Kroeger et al., *Fast optical flow using dense inverse
search*, ECCV 2016) between small pictures of it on grey, and averaged over the key frames around
with the weights of a cubic B-spline: smooth in time, and the same average everywhere, so that what
a model makes of one frame but not of the next comes through by half and never in a rhythm.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ...clip.average import fitted
from ...clip.clip import Array
from ..light import decode
from .ic_light_keys import Key
from .ic_light_picture import Size, as_grey
from .relight_gain import factors, gain_without_detail, spread_out

#: Smoothing of motion on the grid on which the gain is found.
_FLOW_SIGMA = 4.0
#: Change of a matte, over its area, at which a key frame hardly counts.
_CHANGE = 0.25


class Small(NamedTuple):
    """A subject on the grid.

    Attributes:
        grey: (h, w) uint8, on grey.
        matte: (h, w) float32.
    """

    grey: Array
    matte: Array


class KeyGain(NamedTuple):
    """What a key frame gives the frames around.

    Attributes:
        gain: (h, w, 3) float32, logarithms of the factors of linear light.
        small: the subject there.
    """

    gain: Array
    small: Small


def gain_of(key: Key, grid: Size) -> KeyGain:
    """Return the gain without detail from what a model was shown to what it made of it."""
    alpha = fitted(key.matte, grid).astype(np.float32) / np.float32(255.0)
    small = Small(as_grey(fitted(key.seen, grid)), alpha)
    was, now = (decode(fitted(one, grid), 8, linear=True) for one in (key.seen, key.relit))
    return KeyGain(gain_without_detail(was, now, small.matte), small)


def spline_weights(position: float, count: int) -> dict[int, float]:
    """Return the weights, sum 1, of those of ``count`` keys that count at a position.

    Args:
        position: between 0, the first key, and count - 1, the last.
        count: of keys.
    """
    around = range(max(int(position) - 1, 0), min(int(position) + 3, count))
    weights = {key: _cubic(abs(position - key)) for key in around}
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items() if weight > 0}


def _cubic(distance: float) -> float:
    """Return the cubic B-spline."""
    if distance < 1:
        return (4.0 - 6.0 * distance**2 + 3.0 * distance**3) / 6.0
    return max(2.0 - distance, 0.0) ** 3 / 6.0


def gain_between(small: Small, keys: list[tuple[KeyGain, float]]) -> Array:
    """Return (h, w, 3) float32 factors of linear light for a frame.

    Args:
        small: the subject in the frame.
        keys: key frames around, and how much each counts.
    """
    total, sum_of_weights = np.zeros((*small.matte.shape, 3), np.float32), 0.0
    for key, share in keys:
        gain, likeness = _moved(key, small)
        weight = share * max(likeness, 1e-6)
        total += np.float32(weight) * gain
        sum_of_weights += weight
    return factors(total / np.float32(sum_of_weights), small.matte)


def _moved(key: KeyGain, small: Small) -> tuple[Array, float]:
    """Return a key frame's gain where the subject is now, and how alike the subject then is."""
    if np.array_equal(key.small.grey, small.grey):
        return key.gain, 1.0
    flow = _flow(small, key.small)
    rows, columns = np.indices(small.matte.shape, np.float32)
    across, down = columns + flow[..., 0], rows + flow[..., 1]
    gain, matte = (
        cv2.remap(one, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for one in (key.gain, key.small.matte)
    )
    area = max(float(matte.sum()), float(small.matte.sum()), 1.0)
    change = float(np.abs(matte - small.matte).sum()) / area
    return np.asarray(gain), float(np.exp(-((change / _CHANGE) ** 2)))


def _flow(small: Small, other: Small) -> Array:
    """Return (h, w, 2) pixels from where the subject is to where it is in another frame."""
    shift = _centre(other.matte) - _centre(small.matte)
    start = np.broadcast_to(shift, (*small.matte.shape, 2)).astype(np.float32)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow = search.calc(small.grey, other.grey, np.ascontiguousarray(start))
    return spread_out(flow, small.matte, _FLOW_SIGMA)


def _centre(matte: Array) -> Array:
    """Return the (x, y) of a matte's centre; that of the picture if it is empty."""
    height, width = matte.shape
    area = float(matte.sum())
    if area < 1.0:
        return np.array([width / 2, height / 2], np.float32)
    across = float(matte.sum(axis=0) @ np.arange(width, dtype=np.float32))
    down = float(matte.sum(axis=1) @ np.arange(height, dtype=np.float32))
    return np.array([across / area, down / area], np.float32)
