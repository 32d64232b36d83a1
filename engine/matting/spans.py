"""Carries a subject between prompts: a prompt on a later frame corrects both directions.

Between two prompted frames the subject is followed forwards from the first and backwards from the
second, and the two are mixed by how near each is, as Roto Brush does between its base frames. A
mask speaks for the whole frame; a click only for the region that it is in.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import concatenate, map_frames, reverse, trim
from ..clip.render import render, render_scan
from ..context import Context
from .local_mix import LocalMix
from .look_ahead import Outlook
from .prompts import MaskPrompt, Point, Prompts
from .propagate import Propagation

STAGE = "matting"


def start_of(prompts: Prompts) -> int:
    """Return the frame that the subject is followed from: the first with a mask, or frame 0."""
    here = prompts.box is not None or any(point.frame == 0 for point in prompts.points)
    return 0 if here or not prompts.masks else min(mask.frame for mask in prompts.masks)


def follow(
    small: Clip,
    first: Array,
    prompts: Prompts,
    outlook: Outlook | None,
    context: Context,
) -> Clip:
    """Return the alpha of the subject in every frame, rendered to the store.

    Args:
        small: 8-bit RGB at the reduced size.
        first: (H, W) bool, the subject in the frame that :func:`start_of` tells.
        prompts: points and masks on later frames, in pixels of ``small``.
        outlook: what the frames ahead of frame 0 say, or None.
        context: store, progress and cancel.
    """
    start = start_of(prompts)
    clicks = tuple(_after(prompts.points, start))
    masks = tuple(_after(prompts.masks, start))
    later = sorted({prompt.frame + start for prompt in (*clicks, *masks)})
    if start or later:
        # What is read backwards must not be decoded from the last keyframe for each frame.
        small = render(small, context, STAGE, "Keeping the reduced frames")
    ahead = trim(small, start, len(small))
    scan = Propagation(ahead, first, outlook if start == 0 else None, clicks, masks)
    forwards = render_scan(scan, context, STAGE, "Following the subject")
    parts: list[Clip] = []
    if start:
        parts.append(trim(_backwards(trim(small, 0, start + 1), first, context), 0, start))
    for left, right in pairwise([start, *later]):
        there = trim(forwards, left - start, right - start + 1)
        known = there.frame(right - left) > forwards.format.max_value / 2
        back = _backwards(trim(small, left, right + 1), known, context)
        if any(mask.frame + start == right for mask in masks):
            both = _mixed(there, back)
        else:
            here = tuple(one for one in clicks if one.frame + start == right)
            mix = LocalMix(reverse(there), reverse(back), here)
            both = reverse(render_scan(mix, context, STAGE, "Carrying the correction back"))
        parts.append(trim(both, 0, right - left))
    parts.append(trim(forwards, (later or [start])[-1] - start, len(forwards)))
    return concatenate(parts) if len(parts) > 1 else forwards


def _after(prompts: tuple[Point, ...] | tuple[MaskPrompt, ...], start: int) -> list[Any]:
    """Return the prompts on frames after ``start``, counted from there."""
    return [
        replace(prompt, frame=prompt.frame - start) for prompt in prompts if prompt.frame > start
    ]


def _backwards(part: Clip, last: Array, context: Context) -> Clip:
    """Return the alpha of a subject that is known in the last frame of ``part``."""
    scan = Propagation(reverse(part), last)
    return reverse(render_scan(scan, context, STAGE, "Following the subject backwards"))


def _mixed(forwards: Clip, backwards: Clip) -> Clip:
    """Return one alpha turned into the other from the first frame to the last."""
    steps = np.float32(len(forwards) - 1)

    def mixed(index: int, there: Array, back: Array) -> Array:
        share = np.float32(index) / steps
        return np.asarray(np.rint(there * (1 - share) + back * share), there.dtype)

    return map_frames(mixed, [forwards, backwards], "mix-spans/1")
