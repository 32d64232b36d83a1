"""Key frames: those a diffusion model relights, kept in the store one by one.

What a model makes of a frame costs seconds and depends on that frame alone, so each result has a
file of its own: a killed run loses one, and other key frames of the same clip find theirs again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...clip.clip import Array, Clip
from ...clip.pull import pull
from ...context import Context
from ...errors import FinalError
from ...fingerprint import fingerprint
from ...matting.cuts import begins_shot, is_cut
from .ic_light_picture import Size, codes, on_grey, shown

STAGE = "compositing"
_MESSAGE = "Relighting key frames with IC-Light"
#: Results that are kept at hand.
_AT_HAND = 12
#: Parts of a frame in which progress is told.
_PARTS = 100

#: Relights one picture: (h, w, 3) float32 on grey, the plate likewise or None, and what is told
#: the part, 0 ... 1, that is done; returns (h, w, 3) float32, 0 ... 1.
Relight = Callable[[Array, "Array | None", Callable[[float], None]], Array]


@dataclass(frozen=True)
class Diffusion:
    """A diffusion model with all that its pictures depend on beside the frames.

    Attributes:
        mark: identifies it; same mark, same pictures.
        opened: makes the model ready, for as long as the ``with`` block lasts.
    """

    mark: str
    opened: Callable[[], AbstractContextManager[Relight]]


class Key(NamedTuple):
    """A relit key frame.

    Attributes:
        relit: (h, w, 3) uint8, what the model made.
        seen: (h, w, 3) uint8, what it was shown: the subject on grey.
        matte: (h, w) uint8.
    """

    relit: Array
    seen: Array
    matte: Array


def key_frames(clip: Clip, every_frames: int, context: Context) -> list[list[int]]:
    """Return the key frames of each shot: its first, its last, and evenly some between.

    Args:
        clip: is looked at for cuts: at every so many frames, and closely where those differ.
        every_frames: most frames from one key frame to the next.
        context: keeps what was found.
    """
    mark = fingerprint("ic-light-shots/1", clip.fingerprint, every_frames)
    starts = context.store.record(mark, lambda: _shot_starts(clip, every_frames, context))
    ends = [*starts[1:], len(clip)]
    return [_spread(start, end - 1, every_frames) for start, end in zip(starts, ends, strict=True)]


def _spread(first: int, last: int, every_frames: int) -> list[int]:
    steps = -(-(last - first) // every_frames)
    return [first + round((last - first) * step / max(steps, 1)) for step in range(steps + 1)]


def _shot_starts(clip: Clip, every_frames: int, context: Context) -> list[int]:
    """Return the first frame of each shot."""
    places = list(range(0, len(clip), every_frames))
    places += [len(clip) - 1] * (places[-1] != len(clip) - 1)
    starts, before = [0], None
    with closing(pull(clip, places, workers=context.workers, check=context.check)) as frames:
        for index, (place, frame) in enumerate(zip(places, frames, strict=True)):
            if before is not None and is_cut(before, frame, clip.format):
                between = range(places[index - 1] + 1, place + 1)
                starts += [at for at in between if begins_shot(clip, at)]
            before = frame
    return starts


class KeptKeys:
    """The key frames of a clip as a model relights them, read from the store or made.

    Attributes:
        mark: identifies the results for any frame.
        size: (width, height) of the pictures.
    """

    def __init__(
        self, layers: Sequence[Clip], model: Diffusion, size: Size, context: Context
    ) -> None:
        """Make nothing yet.

        Args:
            layers: foreground, matte and, where the model looks at it, the plate.
            model: relights.
            size: (width, height) of the pictures it is shown.
            context: store, progress, cancel.
        """
        marks = [layer.fingerprint for layer in layers]
        self.mark = fingerprint("ic-light-keys/1", marks, model.mark, size)
        self.size = size
        self._layers, self._model = layers, model
        self._context, self._store = context, context.store
        self._recent: OrderedDict[int, Key] = OrderedDict()
        self._lock = threading.RLock()
        self._store.lease_for(self, self.mark)

    def fill(self, frames: Sequence[int]) -> int:
        """Relight those of the frames that are not in the store; return how many there were."""
        kept = self._store.names(self.mark)
        missing = [frame for frame in frames if _name(frame) not in kept]
        if not missing:
            return 0
        done = len(frames) - len(missing)
        for layer in self._layers:
            layer.prepare(1, self._context.check)
        try:
            with self._model.opened() as relight:
                for count, frame in enumerate(missing):
                    self._make(frame, relight, _Told(self._context, done + count, len(frames)))
        finally:
            for layer in self._layers:
                layer.release()
        return len(missing)

    def key(self, frame: int) -> Key:
        """Return a key frame; one whose file is lost or damaged is made again."""
        with self._lock:
            if frame not in self._recent:
                self._recent[frame] = self._load(frame)
                while len(self._recent) > _AT_HAND:
                    self._recent.popitem(last=False)
            self._recent.move_to_end(frame)
            return self._recent[frame]

    def _load(self, frame: int) -> Key:
        path = self._store.find(self.mark, _name(frame))
        if path is None:
            with self._model.opened() as relight:
                path = self._make(frame, relight, lambda _: self._context.check())
        with np.load(path, allow_pickle=False) as arrays:
            return Key(*(arrays[name] for name in Key._fields))

    def _make(self, frame: int, relight: Relight, tell: Callable[[float], None]) -> Path:
        tell(0.0)
        colour, matte, *plates = (
            shown(layer.frame(frame), layer.format.bits, self.size) for layer in self._layers
        )
        seen = on_grey(colour, matte)
        relit = seen
        if codes(matte).any():
            relit = relight(seen, plates[0] if plates else None, tell)
        if relit.shape != seen.shape or not np.isfinite(relit).all():
            raise FinalError(
                f"the model must give a picture of {self.size[0]}x{self.size[1]} pixels for frame "
                f"{frame}, got shape {relit.shape} or no numbers. Use another VAE, or run ComfyUI "
                "with --fp32-vae or --force-fp32."
            )
        key = Key(codes(relit), codes(seen), codes(matte))
        tell(1.0)
        return self._store.put(self.mark, _name(frame), lambda part: _write(part, key))


class _Told:
    """Asks for cancel and tells progress within one of many frames."""

    def __init__(self, context: Context, done: int, total: int) -> None:
        self._context, self._done, self._total = context, done, total

    def __call__(self, part: float) -> None:
        self._context.check()
        done = round(_PARTS * (self._done + part))
        self._context.progress(STAGE, done, _PARTS * self._total, _MESSAGE)


def _name(frame: int) -> str:
    return f"{frame:06d}.npz"


def _write(path: Path, key: Key) -> None:
    with path.open("wb") as stream:
        np.savez_compressed(stream, **key._asdict())
