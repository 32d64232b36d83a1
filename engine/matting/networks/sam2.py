"""The matte of a prompted subject by SAM 2, corrected in both directions.

What is said on a frame is encoded before anything is followed, so it speaks for the frames before
it as for those after. A click that corrects says little by itself: a first pass, with the memory
of what came before, makes it a mask, and the second pass starts from that. Frames before the
first prompt are followed backwards.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from ...clip.clip import Array, Clip, with_audio
from ...clip.operations import concatenate, map_frames, trim
from ...clip.render import render_scan
from ...context import Context
from ...fingerprint import fingerprint
from ...models.library import model_mark
from .pictures import ALPHA_BITS, alpha_codes
from .sam2_prompts import Prompt
from .sam2_video import Sam2, Sam2Scan, odds_of

STAGE = "matting"
_MESSAGE = "Following the subject with SAM 2"
#: Frames that are read in their order when a clip is played backwards.
_BLOCK_FRAMES = 8


def follow_by_sam2(
    clip: Clip, context: Context, folder: Path, model_id: str, prompts: tuple[Prompt, ...]
) -> Clip:
    """Return the alpha of the prompted subject at the clip's size, lazy over what is rendered.

    Args:
        clip: RGB.
        context: store, progress, cancel, device.
        folder: of the model.
        model_id: of the manifest.
        prompts: what was said, in the order of frames; the first says what the subject is.

    Raises:
        FinalError: if the network cannot be loaded.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    network = Sam2(folder, model_id, context.device)
    follower = _Follower(clip, context, network, model_mark(context, folder, model_id))
    return with_audio(alpha_of(follower.odds(prompts), clip), clip.audio)


class _Follower:
    """Runs the passes over one clip."""

    def __init__(self, clip: Clip, context: Context, network: Sam2, mark: str) -> None:
        self._clip, self._context, self._network, self._mark = clip, context, network, mark

    def odds(self, prompts: tuple[Prompt, ...]) -> Clip:
        """Return the clip of log odds, as codes on the network's grid."""
        first = prompts[0].frame
        known, shown = self._settled(prompts)
        after = self._forward(first, len(self._clip), known, shown=shown)
        if first == 0:
            return after
        before = self._backward(first, known)
        return concatenate([played_backwards(trim(before, 1, first + 1)), after])

    def _settled(self, prompts: tuple[Prompt, ...]) -> tuple[tuple[Prompt, ...], dict[int, Array]]:
        """Return the prompts with every correction turned into a mask, and what to show there."""
        given = [prompt for prompt in prompts[1:] if prompt.mask is not None]
        corrections = tuple(prompt for prompt in prompts[1:] if prompt.mask is None)
        known = [prompts[0], *given]
        if not corrections:
            return tuple(known), {}
        first, last = prompts[0].frame, corrections[-1].frame
        draft = self._forward(first, last + 1, tuple(known), corrections=corrections)
        shown = {one.frame: np.array(draft.frame(one.frame - first)) for one in corrections}
        known += [Prompt(at, _likely(odds_of(codes))) for at, codes in shown.items()]
        return tuple(sorted(known, key=lambda prompt: prompt.frame)), shown

    def _forward(
        self,
        start: int,
        stop: int,
        known: tuple[Prompt, ...],
        *,
        corrections: tuple[Prompt, ...] = (),
        shown: dict[int, Array] | None = None,
    ) -> Clip:
        return self._scanned(
            trim(self._clip, start, stop),
            [prompt.at(prompt.frame - start) for prompt in known],
            known,
            tuple(prompt.at(prompt.frame - start) for prompt in corrections),
            {at - start: codes for at, codes in (shown or {}).items()},
        )

    def _backward(self, start: int, known: tuple[Prompt, ...]) -> Clip:
        turned = [prompt.at(start - prompt.frame) for prompt in known]
        return self._scanned(played_backwards(trim(self._clip, 0, start + 1)), turned, known)

    def _scanned(
        self,
        source: Clip,
        turned: list[Prompt],
        known: Iterable[Prompt],
        corrections: tuple[Prompt, ...] = (),
        shown: dict[int, Array] | None = None,
    ) -> Clip:
        scan = Sam2Scan(
            source,
            self._network,
            self._mark,
            tuple(turned),
            self._clip,
            tuple(prompt.frame for prompt in known),
            corrections=corrections,
            shown=shown,
        )
        return render_scan(scan, self._context, STAGE, _MESSAGE)


def alpha_of(odds: Clip, like: Clip) -> Clip:
    """Return the alpha of a clip of log odds, at the size of ``like``; nothing is thresholded."""
    size = like.format.width, like.format.height

    def shown(_: int, codes: Array) -> Array:
        large = cv2.resize(odds_of(codes), size, interpolation=cv2.INTER_LINEAR)
        return alpha_codes(_likely(large))

    return map_frames(shown, [odds], "sam2_alpha/1", *size, bits=ALPHA_BITS, size=size)


def _likely(odds: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float32)


def played_backwards(clip: Clip) -> Clip:
    """Return the clip from its last frame to its first, without sound."""
    return _Backwards(clip)


class _Backwards(Clip):
    """Reads a block of frames in their order: files are slow to read the other way."""

    def __init__(self, clip: Clip) -> None:
        mark = fingerprint("backwards/1", clip.fingerprint)
        super().__init__(clip.format, mark, parents=(clip,))
        self._clip = clip
        self._block: dict[int, Array] = {}
        self._reading = threading.Lock()

    def _render(self, index: int) -> Array:
        place = len(self._clip) - 1 - index
        with self._reading:
            if place not in self._block:
                start = max(0, place + 1 - _BLOCK_FRAMES)
                self._block = {at: self._clip.frame(at) for at in range(start, place + 1)}
            return self._block[place]

    def _close(self) -> None:
        with self._reading:
            self._block = {}
