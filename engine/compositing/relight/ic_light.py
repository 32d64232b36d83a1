"""Relight With IC-Light: key frames relit by a diffusion model, and their light on every frame.

A model that relights frame by frame redraws faces and flickers. Only its light is taken: see
:mod:`.ic_light_between`. The key frames are rendered to the store, the relit clip is lazy.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ...clip.clip import Array, Clip, ClipFormat
from ...clip.operations import check_same_length, hold, map_frames, resize
from ...context import Context
from ...errors import InputError
from ...fingerprint import fingerprint
from .ic_light_between import (
    KeyGain,
    Small,
    gain_between,
    gain_of,
    spline_weights,
)
from .ic_light_keys import Diffusion, KeptKeys, key_frames
from .ic_light_picture import as_grey, codes, glanced, on_grey, working_size
from .relight_gain import apply_gain, grid_of

#: Key frames whose gains are kept at hand.
_AT_HAND = 12


@dataclass(frozen=True)
class RelitByModel:
    """A subject relit by a diffusion model.

    Attributes:
        relit: straight colour, as large, long and deep as the foreground, with its own detail.
        pictures: what the model made of each key frame, on its own grey, uint8.
        text: what was done, in words.
    """

    relit: Clip
    pictures: Clip
    text: str


def relight_with_ic_light(
    foreground: Clip,
    alpha: Clip,
    model: Diffusion,
    context: Context,
    *,
    plate: Clip | None = None,
    every_frames: int = 8,
    size_px: int = 768,
) -> RelitByModel:
    """Return the subject in the light that a diffusion model puts it in.

    Args:
        foreground: RGB clip of straight colour.
        alpha: matte, 1 = subject.
        model: relights a picture.
        context: store, progress, cancel.
        plate: what the model is shown beside the subject; one frame is held.
        every_frames: most frames from one key frame to the next.
        size_px: longer side of the pictures the model is shown.

    Raises:
        InputError: if a number is out of range or a clip has the wrong channels.
        ClipMismatchError: if the clips differ in length.
        Cancelled: if the host asked to stop; finished key frames stay.
    """
    _check(foreground, alpha, plate, every_frames, size_px)
    fmt = foreground.format
    alpha = resize(alpha, fmt.width, fmt.height)
    layers = [foreground, alpha, *([] if plate is None else [hold(plate, fmt)])]
    check_same_length(layers, "relight with IC-Light")
    kept = KeptKeys(layers, model, working_size(fmt.width, fmt.height, size_px), context)
    shots = key_frames(foreground, every_frames, context)
    places = [place for shot in shots for place in shot]
    made = kept.fill(places)
    found = len(places) - made
    text = f"Key frames relit: {len(places)} of {len(foreground)} frames"
    text += f", {found} of them found in the store." if found else "."
    return RelitByModel(
        _carried(foreground, alpha, kept, shots), _Pictures(kept, places, fmt), text
    )


def _check(
    foreground: Clip, alpha: Clip, plate: Clip | None, every_frames: int, size_px: int
) -> None:
    if foreground.format.channels < 3 or alpha.format.channels != 1:
        raise InputError(
            "foreground and matte must be of 3 channels and of one, got "
            f"{foreground.format.channels} and {alpha.format.channels}. Connect the subject's "
            "colour and its matte."
        )
    if plate is not None and plate.format.channels < 3:
        raise InputError(
            f"plate must be a colour video, got {plate.format.channels} channel. Connect the new "
            "background."
        )
    if every_frames < 1:
        raise InputError(f"every_frames must be 1 or more, got {every_frames}. Use 8.")
    if not 64 <= size_px <= 2048:
        raise InputError(f"size_px must be between 64 and 2048, got {size_px}. Use 768.")


def _carried(foreground: Clip, alpha: Clip, kept: KeptKeys, shots: list[list[int]]) -> Clip:
    """Return the foreground under the light of the key frames around each frame. Lazy."""
    grid = grid_of(kept.size)
    bits, matte_bits = foreground.format.bits, alpha.format.bits
    starts = [shot[0] for shot in shots]

    @lru_cache(maxsize=_AT_HAND)
    def gain_at(place: int) -> KeyGain:
        return gain_of(kept.key(place), grid)

    def lit(index: int, frame: Array, matte: Array) -> Array:
        coarse = glanced(matte, matte_bits, grid)
        small = Small(as_grey(codes(on_grey(glanced(frame, bits, grid), coarse))), coarse)
        shot = shots[bisect_right(starts, index) - 1]
        weights = spline_weights(float(np.interp(index, shot, range(len(shot)))), len(shot))
        around = [(gain_at(shot[key]), weight) for key, weight in weights.items()]
        return apply_gain(frame, matte, gain_between(small, around), bits)

    return map_frames(lit, [foreground, alpha], "ic-light/1", kept.mark, shots, channels=3)


class _Pictures(Clip):
    """What the model made, one frame a key frame."""

    def __init__(self, kept: KeptKeys, places: Sequence[int], like: ClipFormat) -> None:
        every = max(1, round(like.frames / len(places)))
        fmt = replace(
            like,
            width=kept.size[0],
            height=kept.size[1],
            fps=like.fps / every,
            frames=len(places),
            channels=3,
            bits=8,
        )
        super().__init__(fmt, fingerprint("ic-light-pictures/1", kept.mark, list(places)))
        self._kept, self._places = kept, places

    def _render(self, index: int) -> Array:
        return self._kept.key(self._places[index]).relit
