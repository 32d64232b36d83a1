"""Relight Subject: the light a subject was filmed in divided out, the plate's light put in.

A ratio image, as in A. Shashua, T. Riklin-Raviv, *The quotient image*, PAMI 2001: the same rounded
shape under two lights, one over the other, is a gain in linear light without detail. Both lights
are on one scale, where what faces the key is 1, so that someone who turns from a front light to a
back light darkens as on a set where the exposure is left alone. How far it goes follows from how
sure both lights are; where the plate's direction cannot be told brightness is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...analysis.light.light import LightingInfo
from ...analysis.light.light_words import parse_light
from ...clip.average import area_average, fitted
from ...clip.clip import Array, Clip
from ...clip.operations import check_same_length, map_frames, resize
from ...color import LUMA
from ...context import Context
from ...errors import InputError
from ..light import decode
from .relight_gain import apply_gain, factors, gain_without_detail, grid_of, spare_skin
from .relight_jumps import find_switches
from .relight_lamps import Lamps, lamps_for
from .relight_shading import light_on
from .relight_shape import soft_shape
from .relight_steady import steadied
from .relight_words import told

#: Frames to each side over which the matte, and a ratio of pictures, are smoothed.
_SHAPE_FRAMES, _PICTURE_FRAMES = 2, 4
#: How much of the difference of a gain's colour over the subject is kept.
_VARIED = np.float32(0.75)
_GREY = np.array(LUMA, np.float32)[:, None]

Size = tuple[int, int]


@dataclass(frozen=True)
class Relit:
    """A relit subject.

    Attributes:
        foreground: straight colour, as large, long and deep as it was; the very same clip where
            there was nothing to do.
        text: what was done, or why not, in words.
    """

    foreground: Clip
    text: str


def relight_subject(
    foreground: Clip,
    alpha: Clip,
    context: Context,
    *,
    source: LightingInfo | None = None,
    plate: LightingInfo | None = None,
    light: str = "",
    nearness: Clip | None = None,
    relit: Clip | None = None,
    strength: float = 1.0,
) -> Relit:
    """Return the subject in another light. Lazy.

    Args:
        foreground: RGB clip of straight colour.
        alpha: matte, 1 = subject.
        context: keeps in which frames the light is switched.
        source: the light on the subject; without it, an even light is taken.
        plate: the light to bring it to.
        light: that light in words, which count more; see :mod:`...analysis.light.light_words`.
        nearness: one channel of relative inverse depth, whose relief is added to the shape.
        relit: the subject relit by other means, frame by frame: then only the difference without
            detail between it and the foreground is used, and the lights are not.
        strength: 0 ... 1, part of the way to go.

    Raises:
        InputError: if the strength is out of range, a clip has the wrong channels or the words
            cannot be understood.
        ClipMismatchError: if the clips differ in length.
    """
    words = parse_light(light)
    _check(foreground, alpha, strength)
    alpha = resize(alpha, foreground.format.width, foreground.format.height)
    given = [clip for clip in (nearness, relit) if clip is not None]
    check_same_length([foreground, alpha, *given], "relight subject")
    if strength == 0:
        return Relit(foreground, "Left alone: the strength is 0.")
    if relit is not None:
        followed = _followed(foreground, alpha, relit, strength)
        return Relit(followed, "Relit as the given clip is, with the foreground's own detail.")
    lamps = lamps_for(source, plate, words)
    if lamps is None:
        return Relit(foreground, "Left alone: no light is written and none of a plate connected.")
    if lamps.is_idle:
        return Relit(
            foreground,
            "Left alone: the plate does not tell where its light comes from. Write the light, or "
            "connect a probe.",
        )
    if source is not None and source.jumps:
        known = [moment.frame for moment in source.curve]
        lamps = lamps.switched(find_switches(foreground, alpha, known, source.jumps, context))
    return Relit(_shaded(foreground, alpha, lamps, nearness, strength), told(lamps))


def _check(foreground: Clip, alpha: Clip, strength: float) -> None:
    if not 0 <= strength <= 1:
        raise InputError(f"strength must be between 0 and 1, got {strength}. Use 0 for none.")
    if alpha.format.channels != 1:
        raise InputError(
            f"alpha must be a matte of one channel, got {alpha.format.channels}. "
            "Connect the matte of the subject."
        )
    if foreground.format.channels < 3:
        raise InputError(
            f"foreground must be a colour video, got {foreground.format.channels} channel. "
            "Connect the subject's colour."
        )


def _shaded(
    foreground: Clip, alpha: Clip, lamps: Lamps, nearness: Clip | None, strength: float
) -> Clip:
    """Return the foreground under the ratio of two lights on its rounded shape."""
    size = _grid(foreground)
    bits = foreground.format.bits
    layers = [foreground, alpha, steadied(_small(alpha, size), _SHAPE_FRAMES)]
    if nearness is not None:
        layers.append(_small(nearness, size))

    def lit(
        index: int, frame: Array, matte: Array, coarse: Array, near: Array | None = None
    ) -> Array:
        shape = soft_shape(coarse, near)
        before, after = lamps.at(index)
        gain = np.log(light_on(shape, after)) - np.log(light_on(shape, before))
        grey = gain @ _GREY
        brighter = np.float32(np.log(after.level / before.level))
        colour = _evened(gain - grey, coarse)
        gain = np.float32(lamps.certainty) * grey + colour + brighter
        gain = spare_skin(gain, decode(area_average(frame[..., :3], size), bits, linear=True))
        return apply_gain(frame, matte, factors(gain, coarse, strength), bits)

    return map_frames(lit, layers, "relight/1", repr(lamps), strength, channels=3)


def _evened(colour: Array, coarse: Array) -> Array:
    """Return a gain's colour drawn toward its mean: where the key ends is only guessed."""
    weight = coarse[..., None] / max(float(coarse.sum()), 1e-6)
    mean = (colour * weight).sum(axis=(0, 1), dtype=np.float64).astype(np.float32)
    return np.asarray(mean + _VARIED * (colour - mean))


def _followed(foreground: Clip, alpha: Clip, relit: Clip, strength: float) -> Clip:
    """Return the foreground under the ratio without detail of a relit clip to it."""
    size = _grid(foreground)
    bits, relit_bits = foreground.format.bits, relit.format.bits

    def ratio(_: int, coarse: Array, frame: Array, other: Array) -> Array:
        was = decode(fitted(frame[..., :3], size), bits, linear=True)
        now = decode(fitted(other[..., :3], size), relit_bits, linear=True)
        return np.dstack([gain_without_detail(was, now, coarse), coarse]).astype(np.float32)

    small = _small(alpha, size)
    ratios = map_frames(
        ratio, [small, foreground, relit], "relight-ratio/1", channels=4, bits=32, size=size
    )

    def lit(_: int, frame: Array, matte: Array, steady: Array) -> Array:
        gain = factors(steady[..., :3], steady[..., 3], strength)
        return apply_gain(frame, matte, gain, bits)

    layers = [foreground, alpha, steadied(ratios, _PICTURE_FRAMES)]
    return map_frames(lit, layers, "relight-follow/1", strength, channels=3)


def _grid(clip: Clip) -> Size:
    return grid_of((clip.format.width, clip.format.height))


def _small(clip: Clip, size: Size) -> Clip:
    """Return a clip of one channel as float32, 0 ... 1, on the grid."""
    top = np.float32(1.0 / clip.format.max_value)

    def reduced(_: int, frame: Array) -> Array:
        return fitted(frame, size).astype(np.float32) * top

    return map_frames(reduced, [clip], "relight-grid/1", size, bits=32, size=size)
