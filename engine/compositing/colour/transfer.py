"""What a colour match does to a pixel, and how it is put on a clip: by tables, or over strips.

A transfer is a function of display colour. One that treats each channel by itself becomes a table
of native codes; any other is sampled into a cube of 33 steps (see :mod:`.lut`) and looked up only
where the matte is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from ...clip.clip import Array, Clip
from ...clip.operations import map_frames
from ...clip.strips import strips, tiles_with
from ...color import linear_to_srgb, luma, srgb_to_linear
from ..light import decode, encode
from .lut import Cube, cube_of

#: How sharply gains above 1 give way to white.
SHOULDER = 3
#: Steps of the cube a transfer is sampled into.
STEPS = 33


class Transfer(Protocol):
    """A change of colour, the same for the whole clip."""

    @property
    def separable(self) -> bool:
        """Whether each channel depends on itself alone."""

    def __call__(self, display: Array) -> Array:
        """Return changed display values, (..., 3) floats, 0 ... 1."""


@dataclass(frozen=True)
class Grade:
    """Gains in linear light, a black point and a saturation.

    Attributes:
        gains: red, green, blue in linear light; one above 1 spares the highlights.
        black: display value that becomes black; below 0 lifts black to it.
        saturation: factor of the distance to grey, at constant luma.
    """

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    black: float = 0.0
    saturation: float = 1.0

    @property
    def separable(self) -> bool:
        """Whether each channel depends on itself alone."""
        return self.saturation == 1.0

    def __call__(self, display: Array) -> Array:
        """Return graded display values.

        A gain above 1 falls to 1 at white, x g / (1 + (g^n - 1) x^n)^(1/n), so nothing clips or
        takes a tint there; the curve rises all the way for any gain.
        """
        value = np.clip(display, 0.0, 1.0)
        kind = value.dtype.type
        if self.black:
            value = np.clip((value - kind(self.black)) / kind(1.0 - self.black), 0.0, 1.0)
        linear = srgb_to_linear(value)
        gains = np.array(self.gains, linear.dtype)
        over = np.maximum(gains, 1.0) ** SHOULDER - 1.0
        linear = linear * gains / (1.0 + over * linear**SHOULDER) ** (1.0 / SHOULDER)
        value = linear_to_srgb(linear)
        if self.saturation != 1.0:
            grey = luma(value)[..., None]
            value = np.clip(grey + (value - grey) * kind(self.saturation), 0.0, 1.0)
        return np.asarray(value)


@dataclass(frozen=True)
class PartWay:
    """A transfer of which only a part is taken.

    Attributes:
        whole: the transfer.
        strength: 0 leaves colours as they are, 1 is the whole.
    """

    whole: Transfer
    strength: float

    @property
    def separable(self) -> bool:
        """Whether each channel depends on itself alone."""
        return self.whole.separable

    def __call__(self, display: Array) -> Array:
        """Return display values that part of the way."""
        return np.asarray(
            display + display.dtype.type(self.strength) * (self.whole(display) - display)
        )


def transferred(foreground: Clip, alpha: Clip, transfer: Transfer, *mark: object) -> Clip:
    """Return the foreground with a transfer applied, lazy.

    Args:
        foreground: RGB clip.
        alpha: matte of the same size; where it is 0 nothing need be done.
        transfer: what to do.
        mark: what identifies the transfer, for the fingerprint.
    """
    bits = foreground.format.bits
    if transfer.separable:
        table = None if bits == 32 else _table(transfer, bits)

        def tabled(_: int, frame: Array) -> Array:
            return _by_table(frame[..., :3], table, transfer)

        return map_frames(tabled, [foreground], "match_color/table/2", *mark, channels=3)
    cube = cube_of(transfer, STEPS)

    def cubed(_: int, frame: Array, matte: Array) -> Array:
        return _by_cube(frame[..., :3], matte, cube, bits)

    return map_frames(cubed, [foreground, alpha], "match_color/cube/1", *mark, channels=3)


def _by_table(frame: Array, table: Array | None, transfer: Transfer) -> Array:
    if table is None:
        return np.asarray(transfer(frame), np.float32)
    if frame.dtype == np.uint8:
        return np.asarray(cv2.LUT(np.ascontiguousarray(frame), table[None]))
    return np.asarray(cv2.merge([np.take(table[:, c], frame[..., c]) for c in range(3)]))


def _by_cube(frame: Array, matte: Array, cube: Cube, bits: int) -> Array:
    out = np.ascontiguousarray(frame).copy()
    for strip in strips(tiles_with(matte > 0), (frame.shape[1], frame.shape[0])):
        strip.put(encode(cube(decode(strip.gather(frame), bits)), bits), out)
    return out


def _table(transfer: Transfer, bits: int) -> Array:
    """Return the (codes, 3) table of changed native codes."""
    ramp = np.arange(1 << bits) / float((1 << bits) - 1)
    changed = transfer(np.repeat(ramp[:, None], 3, axis=1))
    return np.asarray(encode(changed[None], bits)[0])
