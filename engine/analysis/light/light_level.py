"""How bright and warm a frame is: little enough to be read in many frames.

Blocks of the whole picture show whether the light changes, the subject's mean how its light goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array
from ...color import linear_table, luma
from ..passes import Look

_THUMB, _BLOCKS = (128, 72), (16, 9)
#: Weight of the subject in a thumbnail, in pixels, from which its mean is told.
_FEWEST = 12.0
#: Darker than this, linear, noise and coding speak.
_DARK = 0.002


@dataclass(frozen=True)
class Level:
    """The light in one frame.

    Attributes:
        frame: which.
        blocks: (B, 3) log of the blocks' mean linear RGB.
        subject: (2,) log luminance and log(red / blue) of the subject, of the whole picture
            without a matte; nan where there is no subject.
    """

    frame: int
    blocks: Array
    subject: Array


def read_level(look: Look) -> Level:
    """Return how bright and warm a frame is."""
    # Every other pixel will do for means, at a quarter of the cost.
    thumb = cv2.resize(look.rgb[::2, ::2], _THUMB, interpolation=cv2.INTER_AREA)
    linear = cv2.LUT(thumb, linear_table())
    blocks = cv2.resize(linear, _BLOCKS, interpolation=cv2.INTER_AREA).reshape(-1, 3)
    weight = np.ones(linear.shape[:2], np.float32)
    if look.alpha is not None:
        alpha = cv2.resize(look.alpha[::2, ::2], _THUMB, interpolation=cv2.INTER_AREA)
        weight = np.square(alpha.astype(np.float32) / 255.0)
    return Level(look.index, np.log(blocks + _DARK), _mean(linear, weight))


def _mean(linear: Array, weight: Array) -> Array:
    total = float(weight.sum())
    if total < _FEWEST:
        return np.full(2, np.nan)
    light = float(np.sum(weight * np.log(luma(linear) + _DARK))) / total
    red, _, blue = (float(np.sum(weight * linear[..., k])) / total + _DARK / 4 for k in range(3))
    return np.array([light, np.log(red / blue)])
