"""Small grey frames to analyse: one pass over a clip, with its matte where there is one."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip, ClipFormat
from ..clip.operations import check_same_length, check_same_size, map_frames

#: Pixels of a reduced frame: a 16:9 picture becomes 960 x 540.
REDUCED_PIXELS = 960 * 540

_TO_GREY = {3: cv2.COLOR_RGB2GRAY, 4: cv2.COLOR_RGBA2GRAY}


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


def reduced_size(fmt: ClipFormat, pixels: int = REDUCED_PIXELS) -> Size:
    """Return a size of about ``pixels`` with the clip's shape; never larger than the clip."""
    scale = min(1.0, math.sqrt(pixels / (fmt.width * fmt.height)))
    return Size(max(round(fmt.width * scale), 1), max(round(fmt.height * scale), 1))


def to_eight_bits(frame: Array, fmt: ClipFormat) -> Array:
    """Return native samples of ``fmt`` as uint8."""
    if fmt.bits == 8:
        return frame
    if fmt.bits == 32:
        return np.rint(np.clip(frame, 0.0, 1.0) * 255.0).astype(np.uint8)
    return (frame >> (fmt.bits - 8)).astype(np.uint8)


def reduced_grey(clip: Clip, size: Size) -> Clip:
    """Return the clip in grey, 8 bits, area-averaged to ``size``. Lazy."""
    fmt = clip.format

    def grey(_: int, frame: Array) -> Array:
        plane = frame if fmt.channels == 1 else cv2.cvtColor(frame, _TO_GREY[fmt.channels])
        return to_eight_bits(area_average(plane, size), fmt)

    return map_frames(grey, [clip], "reduced-grey/2", size, channels=1, bits=8, size=size)


def reduced_rgb(clip: Clip, size: Size) -> Clip:
    """Return the clip in RGB, 8 bits, area-averaged to ``size``; alpha is left out. Lazy."""
    fmt = clip.format

    def rgb(_: int, frame: Array) -> Array:
        small = to_eight_bits(area_average(frame, size), fmt)
        if fmt.channels == 1:
            return cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
        return small if fmt.channels == 3 else small[..., :3].copy()

    return map_frames(rgb, [clip], "reduced-rgb/2", size, channels=3, bits=8, size=size)


def grey_and_matte(clip: Clip, matte: Clip, size: Size) -> Clip:
    """Return two channels of 8 bits at ``size``: the clip in grey, and its matte. Lazy.

    Raises:
        ClipMismatchError: if the matte has another length or size than the clip.
    """
    check_same_length([clip, matte], "matte/1")
    check_same_size([clip, matte], "matte")
    pair = [reduced_grey(clip, size), reduced_grey(matte, size)]

    def stacked(_: int, grey: Array, alpha: Array) -> Array:
        return cv2.merge([grey, alpha])

    return map_frames(stacked, pair, "grey-and-matte/1", channels=2)
