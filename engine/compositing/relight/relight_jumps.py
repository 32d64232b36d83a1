"""The very frame in which the light on a subject is switched.

A light's curve has an entry every few frames of a long clip; between two of them, where the light
jumps, the frames are looked at one by one. A switch that is off by a frame is a flash.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from ...clip.average import area_average
from ...clip.clip import Array, Clip
from ...clip.pull import pull
from ...color import luma
from ...context import Context
from ...fingerprint import fingerprint
from ..light import decode

#: Longer side of the looked-at frames.
_SIDE_PX = 160


def find_switches(
    foreground: Clip,
    alpha: Clip,
    known: Sequence[int],
    jumps: Sequence[int],
    context: Context,
) -> dict[int, int]:
    """Return for each jump the first frame in the new light; kept in the store.

    Args:
        foreground: RGB clip.
        alpha: matte, as large.
        known: frames in the light's curve, rising.
        jumps: those of them that are the first in a new light.
        context: keeps what was found.
    """
    found = {}
    for jump in jumps:
        before = max((frame for frame in known if frame < jump), default=jump - 1)
        if jump - before <= 1 or jump >= len(foreground):
            found[jump] = jump
            continue
        mark = fingerprint(
            "relight-switch/1", foreground.fingerprint, alpha.fingerprint, before, jump
        )
        look = partial(_switch, foreground, alpha, before, jump, context)
        found[jump] = int(context.store.record(mark, look))
    return found


def _switch(foreground: Clip, alpha: Clip, start: int, end: int, context: Context) -> int:
    """Return the frame after ``start``, up to ``end``, that differs most from the one before."""
    places = list(range(start, end + 1))
    frames = pull(foreground, places, workers=context.workers, check=context.check)
    levels = [
        _level(frame[..., :3], alpha.frame(index), foreground.format.bits, alpha.format.max_value)
        for index, frame in zip(places, frames, strict=True)
    ]
    return start + 1 + int(np.abs(np.diff(levels)).argmax())


def _level(frame: Array, matte: Array, bits: int, top: float) -> float:
    """Return the mean log luminance of the subject."""
    scale = min(1.0, _SIDE_PX / max(frame.shape[:2]))
    size = max(1, round(scale * frame.shape[1])), max(1, round(scale * frame.shape[0]))
    inside = area_average(matte, size) > 0.5 * top
    if not inside.any():
        return 0.0
    light = decode(area_average(frame, size), bits, linear=True)[inside]
    return float(np.log(luma(light) + 1e-3).mean())
