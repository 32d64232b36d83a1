"""How small frames are that the analysis looks at."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..clip.clip import Array, ClipFormat

#: Pixels of a reduced frame: a 16:9 picture becomes 960 x 540.
REDUCED_PIXELS = 960 * 540


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
