"""One place of the clip: the pictures taken there, and everything measured on them.

What can be is measured on small pictures; edges, bands and blocks need the full ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..clip.clip import Array, Clip, ClipFormat
from ..clip.pull import pull_each
from ..context import Context
from .banding import banding
from .blockiness import blockiness
from .colour_drift import Rgb, colour_swing, mean_colour
from .edge_jitter import edge_jitter
from .edge_shape import edge_shape
from .follow import plate_slip
from .fringe import edge_fringe
from .light_match import light_match
from .likeness import likeness
from .motion import find_motion, small_luma, small_picture, small_size
from .tile_flicker import tile_flicker

#: Short sides of the pictures on which motion and colours are measured.
_MOTION_PX, _COLOUR_PX = 540, 270
#: Alpha (0 ... 255) from which on a pixel is all subject, and up to which all background.
_SUBJECT, _GROUND = 242, 13

Named = Iterator[tuple[str, float]]


@dataclass(frozen=True)
class Inputs:
    """The clips of one check, of one length; all but the result may be missing."""

    result: Clip
    source: Clip | None = None
    alpha: Clip | None = None
    plate: Clip | None = None


@dataclass(frozen=True)
class Pictures:
    """The pictures of three consecutive frames; the middle one is judged by itself.

    Attributes:
        format: of the result.
        full: the middle frame in native form.
        lumas: three of the result, (h, w) uint8, for motion.
        colours: three of the result, (h, w, 3) uint8, smaller.
        alphas: three of the matte at the size of ``lumas``, or None.
        cover: the matte of the middle frame at the size of ``colours``, or None.
        full_alpha: the matte of the middle frame at full size, uint8, or None.
        sources: frames 0 and 1 of the source at the size of ``colours``, or None.
        plate: the plate of the middle frame at the size of ``colours``, or None.
        full_plate: the same at full size, uint8, or None.
    """

    format: ClipFormat
    full: Array
    lumas: list[Array]
    colours: list[Array]
    alphas: list[Array] | None = None
    cover: Array | None = None
    full_alpha: Array | None = None
    sources: list[Array] | None = None
    plate: Array | None = None
    full_plate: Array | None = None


def take(inputs: Inputs, place: int, context: Context) -> Pictures:
    """Return the pictures around frame ``place``; at the ends frames are repeated.

    The clips stay open: release them after the last place.

    Args:
        inputs: the clips.
        place: the frame in the middle.
        context: threads and cancel.
    """
    fmt = inputs.result.format
    run = [min(max(at, 0), fmt.frames - 1) for at in range(place - 1, place + 2)]
    full = (fmt.width, fmt.height)
    large, small = small_size(fmt, _MOTION_PX), small_size(fmt, _COLOUR_PX)
    alpha, source, plate = inputs.alpha, inputs.source, inputs.plate

    def look(at: int) -> tuple[Any, ...]:
        # The result reads its neighbours too: what goes back first finds the files near here.
        clips = (alpha, source, plate, inputs.result)
        return tuple(None if clip is None else clip.frame(at) for clip in clips)

    looked = pull_each(
        inputs.result, look, run, workers=context.workers, check=context.check, release=False
    )
    mattes, sources, grounds, frames = (list(column) for column in zip(*looked, strict=True))
    return Pictures(
        format=fmt,
        full=frames[1],
        lumas=[small_luma(frame, fmt, large) for frame in frames],
        colours=[_rgb(frame, fmt, small) for frame in frames],
        alphas=None
        if alpha is None
        else [small_luma(matte, alpha.format, large) for matte in mattes],
        cover=None if alpha is None else small_luma(mattes[1], alpha.format, small),
        full_alpha=None if alpha is None else small_luma(mattes[1], alpha.format, full),
        sources=None
        if source is None
        else [_rgb(frame, source.format, small) for frame in sources[:2]],
        plate=None if plate is None else _rgb(grounds[1], plate.format, small),
        full_plate=None if plate is None else _rgb(grounds[1], plate.format, full),
    )


def measure(pictures: Pictures) -> dict[str, float]:
    """Return everything that can be told from the pictures, by the name of the measure."""
    values = dict(_in_picture(pictures))
    if pictures.format.frames >= 3:
        values.update(_in_time(pictures))
    if pictures.cover is not None and pictures.full_alpha is not None:
        values.update(_at_edge(pictures, pictures.full_alpha))
        values.update(_of_light(pictures, pictures.cover))
        if pictures.sources is not None and pictures.format.frames >= 2:
            values.update(_of_camera(pictures, pictures.sources, pictures.cover))
    return values


def mean_colours(pictures: Pictures) -> dict[str, tuple[Rgb, Rgb]]:
    """Return mean colours in the result and in its reference, by the name of the measure."""
    pairs: dict[str, tuple[Rgb, Rgb]] = {}
    if pictures.cover is None:
        return pairs
    middle = pictures.colours[1]
    source = None if pictures.sources is None else pictures.sources[1]
    for name, reference, where in (
        ("subject_drift", source, pictures.cover > _SUBJECT),
        ("plate_drift", pictures.plate, pictures.cover < _GROUND),
    ):
        result = mean_colour(middle, where)
        if reference is not None and result is not None:
            wanted = mean_colour(reference, where)
            if wanted is not None:
                pairs[name] = (result, wanted)
    return pairs


def _in_time(pictures: Pictures) -> Named:
    first, middle, last = pictures.lumas
    motions = (find_motion(middle, first), find_motion(last, middle))
    yield "likeness", likeness(first, middle, motions[0])
    flicker = tile_flicker((first, middle, last), motions)
    yield "flicker_codes", flicker.overall
    yield "worst_flicker_codes", flicker.worst
    everywhere = np.ones(pictures.colours[0].shape[:2], np.bool_)
    means = [mean_colour(picture, everywhere) for picture in pictures.colours]
    if means[0] and means[1] and means[2]:
        yield "color_swing", colour_swing((means[0], means[1], means[2]))
    if pictures.alphas is not None:
        jitter = edge_jitter(pictures.alphas, motions)
        if jitter is not None:
            yield "edge_jitter_px", jitter * 540 / min(middle.shape)


def _in_picture(pictures: Pictures) -> Named:
    fmt = pictures.format
    size = (fmt.width, fmt.height)
    luma = small_luma(pictures.full, fmt, size)
    yield "blockiness", blockiness(luma)
    yield "banding", banding(_fine_luma(pictures.full, luma, fmt), fmt.max_value)


def _at_edge(pictures: Pictures, alpha: Array) -> Named:
    shape = edge_shape(alpha.astype(np.float32) / np.float32(255.0))
    if shape is not None:
        yield "jagged_px", shape.jagged_px
        yield "edge_width_px", shape.width_px
    size = (pictures.format.width, pictures.format.height)
    fringe = edge_fringe(_rgb(pictures.full, pictures.format, size), alpha, pictures.full_plate)
    if fringe is not None:
        yield "halo_codes", fringe.halo
        yield "fringe_codes", fringe.tint


def _of_light(pictures: Pictures, cover: Array) -> Named:
    light = light_match(pictures.colours[1], cover)
    if light is not None:
        yield "exposure_stops", abs(light.exposure)
        yield "cast_deg", light.cast_deg
        yield "lifted_codes", light.shadows


def _of_camera(pictures: Pictures, sources: list[Array], cover: Array) -> Named:
    before, now = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in sources)
    first, middle = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in pictures.colours[:2])
    slip = plate_slip((before, now), (first, middle), cover)
    if slip is not None:
        yield "plate_slip_px", slip * 1080 / min(cover.shape)


def _fine_luma(frame: Array, luma: Array, fmt: ClipFormat) -> Array:
    """Return the luma with all its bits; float frames are judged as they will be delivered."""
    if fmt.bits in (8, 32) or frame.ndim == 2:
        return luma if fmt.bits in (8, 32) else frame
    return cv2.cvtColor(frame[..., :3], cv2.COLOR_RGB2GRAY)


def _rgb(frame: Array, fmt: ClipFormat, size: tuple[int, int]) -> Array:
    picture = small_picture(frame, fmt, size)
    return picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
