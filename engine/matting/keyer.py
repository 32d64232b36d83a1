"""Chroma keying as an artist sets it: screen colour, clean plate, garbage and holdout mattes."""

from __future__ import annotations

import re
from typing import Any

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_length, resize
from ..context import Context
from ..errors import InputError
from ..fingerprint import fingerprint
from .chroma_key import KeySettings, key_screen
from .combine import combine_mattes
from .matte import Matte
from .screen import Screen, detect_screen
from .screen_hue import screen_share, unit_axis, wedge_slope

#: Chroma, as the distance of the brightest from the darkest channel, that a screen has at least.
LEAST_CHROMA = 0.12
#: Frames and width in which the given colour's screen is measured, and the share of its colour
#: that pixels of it have at least, and at most.
SAMPLES, LOOK_PX, LIKE, UNLIKE = 8, 192, 0.5, 1.8


def chroma_key(
    clip: Clip,
    context: Context,
    *,
    colour: str = "auto",
    tolerance: float = 1.0,
    softness: float = 1.0,
    plate: Clip | None = None,
    garbage: Clip | None = None,
    holdout: Clip | None = None,
) -> Matte:
    """Return the matte of what stands before an evenly coloured screen; lazy.

    Args:
        clip: RGB.
        context: store, progress and cancel.
        colour: ``auto``, or the screen's colour as six hexadecimal digits.
        tolerance: how much of the screen's noise and stains is cleared; 1 is as measured.
        softness: 1 keeps the edge as measured, towards 0 it hardens.
        plate: the empty screen: one frame, or as many as the clip; any size.
        garbage: one channel: 1 is cleared.
        holdout: one channel: 1 is kept.

    Raises:
        InputError: if no screen is found, or the colour is none or too grey.
        ClipMismatchError: if a clip's length does not fit.
        Cancelled: if the host asked to stop.
    """
    screen = _screen(clip, context, colour)
    if plate is not None:
        check_same_length([clip, plate], "chroma key")
        plate = resize(plate, clip.format.width, clip.format.height)
    alpha = key_screen(clip, screen, KeySettings(tolerance, softness), plate=plate)
    matte = Matte(alpha, screen, "key")
    if holdout is not None:
        matte = combine_mattes(matte, Matte(holdout), operation="union")
    if garbage is not None:
        matte = combine_mattes(matte, Matte(garbage), operation="intersect", invert_second=True)
    return Matte(matte.alpha, screen, "key")


def _screen(clip: Clip, context: Context, colour: str) -> Screen:
    if colour.strip().lower() not in ("", "auto"):
        return given_screen(clip, context, read_colour(colour))
    screen = detect_screen(clip, context)
    if screen is None:
        raise InputError(
            "the clip must show an evenly coloured screen, got none that is found by itself. "
            "Give its colour, for example 00b140."
        )
    return screen


def read_colour(text: str) -> tuple[float, float, float]:
    """Return the colour of six hexadecimal digits as RGB in 0 ... 1.

    Raises:
        InputError: if it is none, or too grey to key.
    """
    match = re.fullmatch(r"\s*#?([0-9a-fA-F]{6})\s*", text)
    if match is None:
        raise InputError(
            f"colour must be auto or six hexadecimal digits, got {text!r}. Write it like 00b140."
        )
    red, green, blue = (int(match[1][at : at + 2], 16) / 255 for at in (0, 2, 4))
    if max(red, green, blue) - min(red, green, blue) < LEAST_CHROMA:
        raise InputError(
            f"colour must be saturated to be keyed, got {text.strip()}. Choose the screen's own, "
            "or use Segment Subject."
        )
    return red, green, blue


def given_screen(clip: Clip, context: Context, rgb: tuple[float, float, float]) -> Screen:
    """Return the screen of about that colour as the clip shows it, kept in the store.

    Args:
        clip: RGB.
        context: store and cancel.
        rgb: roughly its colour; it is corrected by what is most like it.
    """

    def compute() -> dict[str, Any]:
        step = max(1, len(clip) // SAMPLES)
        found = [_like(_small(clip, index), rgb) for index in range(step // 2, len(clip), step)]
        context.check()
        seen = np.concatenate([pixels for pixels, _ in found])
        measured = np.median(seen, axis=0) if len(seen) >= 50 else np.array(rgb)
        share = float(np.mean([part for _, part in found]))
        return {"rgb": [float(value) for value in measured], "share": share}

    kept = context.store.record(fingerprint("given_screen/1", clip.fingerprint, rgb), compute)
    red, green, blue = kept["rgb"]
    whole = (0, 0, clip.format.width, clip.format.height)
    return Screen((red, green, blue), kept["share"], whole)


def _small(clip: Clip, index: int) -> Array:
    frame = clip.frame(index)[..., :3]
    height = max(8, round(frame.shape[0] * LOOK_PX / frame.shape[1]))
    small = cv2.resize(frame, (LOOK_PX, height), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(clip.format.max_value)


def _like(picture: Array, rgb: tuple[float, float, float]) -> tuple[Array, float]:
    """Return the pixels (N, 3) like the colour, and their share of the picture."""
    axis = unit_axis(np.array([[rgb]], np.float32))
    share = screen_share(picture, axis, wedge_slope(rgb))
    like = (share > LIKE) & (share < UNLIKE)
    return picture[like], float(like.mean())
