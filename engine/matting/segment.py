"""Segments the subject of a clip: keyed before a screen, otherwise cut once and carried on."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import convert, map_frames, resize
from ..clip.render import render
from ..context import Context
from ..errors import InputError
from .automatic import find_subject
from .chroma_key import key_screen
from .correction import corrected_mask
from .first_mask import mask_in_box
from .graph_cut import cut_points
from .look_ahead import Outlook, look_ahead
from .matte import Matte
from .networks.by_model import MODELS, choose, segment_by_model
from .networks.core_model import CORE_TITLE, alpha_from_core_model
from .networks.parts import parts_touching
from .prompts import MaskPrompt, Prompts, read_prompts
from .screen import detect_screen
from .spans import follow, start_of
from .surroundings import Box

METHODS = ("auto", "key", "segment")
#: Where no network may be used.
NO_MODEL = "none"
#: Pixels of the reduced frame that is segmented: 640x360 of a wide one.
REDUCED_PIXELS = 640 * 360
STAGE = "matting"


def segment_subject(
    clip: Clip,
    context: Context,
    *,
    box: str = "",
    points: str = "",
    method: str = "auto",
    text: str = "",
    masks: tuple[MaskPrompt, ...] = (),
    model: str = NO_MODEL,
    plate: Clip | None = None,
    background_removal: Any = None,
) -> Matte:
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
        text: what the subject is, in words; it needs networks that read. Empty is none.
        masks: of the subject on any frames, as large as the clip.
        model: ``"none"``, ``"auto"`` for the best network that is installed, or one's name.
        plate: the view without the subject, for networks that use it, or None.
        background_removal: a model that ComfyUI has loaded; ``"auto"`` takes it before all others,
            unless a text must be read. Or None.

    Raises:
        InputError: if a prompt, the method or the model cannot be used, or there is no screen to
            key.
        FinalError: if the model is not installed or cannot be loaded.
        Cancelled: if the host asked to stop.
    """
    if method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}, got {method!r}. Choose one.")
    prompts = replace(read_prompts(box, points, clip.format), masks=masks, text=text.strip())
    screen = None if method == "segment" or masks else detect_screen(clip, context)
    if method == "key" and screen is None:
        raise InputError(
            "the clip must show an evenly coloured screen to be keyed, got none. "
            "Choose the method segment, with a box round the subject."
        )
    if screen is not None:
        keyed = render(key_screen(clip, screen), context, STAGE, "Keying the screen")
        return Matte(keyed, screen, "key")
    small, scale = _reduced(clip)
    if background_removal is not None and model == "auto" and not prompts.text:
        alpha = alpha_from_core_model(background_removal, clip, context)
        if not prompts.empty:
            alpha = parts_touching(alpha, _carried(clip, small, scale, prompts, context))
        return Matte(alpha, None, f"segment by {CORE_TITLE}")
    named = _network(context, prompts, model, plate)
    if named is None:
        return Matte(_carried(clip, small, scale, prompts, context), None, "segment")
    if prompts.empty and MODELS[named].prompted:
        found = find_subject(small.frame(0), look_ahead(small, context)).astype(np.float32)
        whole = cv2.resize(found, (clip.format.width, clip.format.height))
        prompts = replace(prompts, masks=(MaskPrompt(0, whole),))
    coarse = None
    if not (prompts.empty or MODELS[named].takes):
        # It takes no prompt: what it finds is sorted by the matte that is carried without it.
        coarse = _carried(clip, small, scale, prompts, context)
    alpha = segment_by_model(named, clip, context, prompts, plate=plate, coarse=coarse)
    return Matte(alpha, None, f"segment by {MODELS[named].title}")


def _network(context: Context, prompts: Prompts, model: str, plate: Clip | None) -> str | None:
    """Return the network to use, or None for none."""
    if model == "auto":
        # What SAM 2 would be told where nothing was prompted is the mask that is found.
        asked = prompts if not prompts.empty else Prompts(box=(0, 0, 1, 1))
        named = choose(context, asked, plate=plate) or choose(context, prompts, plate=plate)
    else:
        named = None if model == NO_MODEL else model
    if named is not None and named not in MODELS:
        known = ", ".join(("auto", NO_MODEL, *MODELS))
        raise InputError(f"model must be one of {known}, got {named!r}. Choose one.")
    if named is None and prompts.text:
        raise InputError(
            f"text must be read by SAM 2 and Grounding DINO, got {prompts.text!r} without them. "
            "Run `backlot models get sam2.1-hiera-small` and `backlot models get "
            "grounding-dino-tiny`, set model to auto, or draw a box instead."
        )
    return named


def _reduced(clip: Clip) -> tuple[Clip, tuple[float, float]]:
    """Return the clip at the size that it is segmented at, 8 bits, and that size over its own."""
    fmt = clip.format
    shrink = min(1.0, math.sqrt(REDUCED_PIXELS / (fmt.width * fmt.height)))
    size = max(16, round(fmt.width * shrink)), max(16, round(fmt.height * shrink))
    return convert(resize(clip, *size), 8), (size[0] / fmt.width, size[1] / fmt.height)


def _carried(
    clip: Clip, small: Clip, scale: tuple[float, float], prompts: Prompts, context: Context
) -> Clip:
    """Return the alpha of the prompted or found subject: reduced in the store, enlarged lazily."""
    there = _scaled(prompts, small, scale)
    outlook = look_ahead(small, context) if start_of(there) == 0 else None
    coarse = follow(small, _first(small, there, outlook), there, outlook, context)
    return _enlarge(coarse, clip.format.width, clip.format.height)


def _scaled(prompts: Prompts, small: Clip, scale: tuple[float, float]) -> Prompts:
    """Return the prompts in pixels of the reduced clip."""
    size = small.format.width, small.format.height
    box = prompts.box
    return Prompts(
        None
        if box is None
        else (box[0] * scale[0], box[1] * scale[1], box[2] * scale[0], box[3] * scale[1]),
        tuple(replace(p, x=p.x * scale[0], y=p.y * scale[1]) for p in prompts.points),
        tuple(
            replace(m, alpha=cv2.resize(m.alpha, size, interpolation=cv2.INTER_AREA))
            for m in prompts.masks
        ),
    )


def _first(small: Clip, prompts: Prompts, outlook: Outlook | None) -> Array:
    """Return the subject (H, W) bool in the frame that it is followed from."""
    start = start_of(prompts)
    frame = small.frame(start)
    drawn = next((mask.alpha for mask in prompts.masks if mask.frame == start), None)
    if drawn is not None:
        return np.asarray(drawn > 0.5)
    clicks = [p for p in prompts.points if p.frame == 0]
    subject, other = (
        [(int(p.x), int(p.y)) for p in clicks if p.subject is side] for side in (True, False)
    )
    if prompts.box is not None:
        x0, y0, x1, y1 = prompts.box
        corners = Box(int(x0), int(y0), math.ceil(x1), math.ceil(y1))
        return corrected_mask(mask_in_box(frame, corners, subject, other, outlook), frame, clicks)
    return cut_points(frame, subject, other) if subject else find_subject(frame, outlook)


def _enlarge(coarse: Clip, width: int, height: int) -> Clip:
    top = coarse.format.max_value

    def enlarged(_: int, alpha: Array) -> Array:
        large = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.minimum(large, np.uint16(top))

    if (width, height) == (coarse.format.width, coarse.format.height):
        return coarse
    return map_frames(enlarged, [coarse], "enlarge_alpha/1", width, height, size=(width, height))
