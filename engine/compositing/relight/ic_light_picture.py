"""The pictures IC-Light is shown: the subject on even grey, and the plate, small."""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.average import fitted
from ...clip.clip import Array
from ..light import decode

#: What the subject stands on, as the network learned it.
GREY = np.float32(0.5)
#: Sides are multiples of this: the network halves latents, an eighth as large, three times.
_MULTIPLE_PX = 64
#: A large frame is looked at in every few pixels, at this many times the size it is wanted in.
_GLANCED = 4

Size = tuple[int, int]


def working_size(width: int, height: int, longer_px: int) -> Size:
    """Return the (width, height) pictures are shown in; their shape is kept nearly."""
    scale = longer_px / max(width, height)
    across, down = (
        max(1, int(scale * side / _MULTIPLE_PX + 0.5)) * _MULTIPLE_PX for side in (width, height)
    )
    return across, down


def shown(frame: Array, bits: int, size: Size) -> Array:
    """Return a native frame of any size as (h, w, C) or (h, w) float32, 0 ... 1, in ``size``."""
    colour = frame if frame.ndim == 2 else frame[..., :3]
    return decode(fitted(colour, size), bits)


def glanced(frame: Array, bits: int, size: Size) -> Array:
    """Return what :func:`shown` does, nearly and in a fifth of the time, of a large frame."""
    between = _GLANCED * size[0], _GLANCED * size[1]
    if between[0] < frame.shape[1] and between[1] < frame.shape[0]:
        frame = np.asarray(cv2.resize(frame, between, interpolation=cv2.INTER_LINEAR))
    return shown(frame, bits, size)


def on_grey(colour: Array, matte: Array) -> Array:
    """Return straight colour (h, w, 3) on grey where the matte (h, w) has none of it."""
    return np.asarray(GREY + (colour - GREY) * matte[..., None])


def codes(picture: Array) -> Array:
    """Return uint8 codes of float32, 0 ... 1."""
    return np.asarray(np.rint(np.clip(picture, 0.0, 1.0) * 255.0), np.uint8)


def as_grey(picture: Array) -> Array:
    """Return the luma of (h, w, 3) uint8."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
