"""Segments the subject of a clip: keyed before a screen, otherwise cut once and carried on."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import convert, map_frames, resize
from ..clip.render import render, render_scan
from ..context import Context
from ..errors import InputError
from .automatic import find_subject
from .chroma_key import key_screen
from .first_mask import mask_in_box
from .graph_cut import cut_points
from .look_ahead import Outlook, look_ahead
from .matte import Matte
from .prompts import Point, Prompts, read_prompts
from .propagate import Propagation
from .screen import detect_screen
from .surroundings import Box

METHODS = ("auto", "key", "segment")
#: Pixels of the reduced frame that is segmented: 640x360 of a wide one.
REDUCED_PIXELS = 640 * 360
STAGE = "matting"


def segment_subject(clip: Clip, context: Context, *, box: str, points: str, method: str) -> Matte:
    """Return the matte of the subject, rendered to the store, at the clip's size.

    Args:
        clip: RGB.
        context: store, progress and cancel.
        box: round the subject on the first frame: ``"x0,y0,x1,y1"`` in pixels of the displayed
            frame, or as shares of it when all are at most 1; empty is none.
        points: clicks on the subject, ``"x,y"`` parted by spaces or semicolons; with a leading
            ``-`` beside it, with ``@frame`` on a later frame. Empty is none.
        method: ``"key"`` keys a screen, ``"segment"`` does not, ``"auto"`` keys where there is
            a screen and nothing was prompted that says otherwise.

    Raises:
        InputError: if a prompt or the method cannot be used, or there is no screen to key.
        Cancelled: if the host asked to stop.
    """
    if method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}, got {method!r}. Choose one.")
    prompts = read_prompts(box, points, clip.format)
    screen = None if method == "segment" else detect_screen(clip, context)
    if method == "key" and screen is None:
        raise InputError(
            "the clip must show an evenly coloured screen to be keyed, got none. "
            "Choose the method segment, with a box round the subject."
        )
    if screen is not None:
        keyed = render(key_screen(clip, screen), context, STAGE, "Keying the screen")
        return Matte(keyed, screen, "key")
    return Matte(_carried(clip, context, prompts), None, "segment")


def _carried(clip: Clip, context: Context, prompts: Prompts) -> Clip:
    """Return the alpha of the prompted or found subject: reduced in the store, enlarged lazily."""
    fmt = clip.format
    shrink = min(1.0, math.sqrt(REDUCED_PIXELS / (fmt.width * fmt.height)))
    size = max(16, round(fmt.width * shrink)), max(16, round(fmt.height * shrink))
    small = convert(resize(clip, *size), 8)
    scale = size[0] / fmt.width, size[1] / fmt.height
    outlook = look_ahead(small, context)
    first = _first(small, prompts, scale, outlook)
    later = tuple(
        Point(p.x * scale[0], p.y * scale[1], p.frame, p.subject)
        for p in prompts.points
        if p.frame > 0
    )
    scan = Propagation(small, first, outlook, later)
    coarse = render_scan(scan, context, STAGE, "Following the subject")
    return _enlarge(coarse, fmt.width, fmt.height)


def _first(
    small: Clip, prompts: Prompts, scale: tuple[float, float], outlook: Outlook | None
) -> Array:
    """Return the subject in frame 0, (H, W) bool."""
    frame = small.frame(0)
    clicks = [p for p in prompts.points if p.frame == 0]
    subject, other = (
        [(int(p.x * scale[0]), int(p.y * scale[1])) for p in clicks if p.subject is side]
        for side in (True, False)
    )
    if prompts.box is not None:
        x0, y0, x1, y1 = prompts.box
        corners = Box(
            int(x0 * scale[0]),
            int(y0 * scale[1]),
            math.ceil(x1 * scale[0]),
            math.ceil(y1 * scale[1]),
        )
        return mask_in_box(frame, corners, subject, other, outlook)
    if subject:
        return cut_points(frame, subject, other)
    return find_subject(frame, outlook)


def _enlarge(coarse: Clip, width: int, height: int) -> Clip:
    top = coarse.format.max_value

    def enlarged(_: int, alpha: Array) -> Array:
        large = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.minimum(large, np.uint16(top))

    if (width, height) == (coarse.format.width, coarse.format.height):
        return coarse
    return map_frames(enlarged, [coarse], "enlarge_alpha/1", width, height, size=(width, height))
