"""The clip: a lazy, random-access sequence of frames with its facts.

Inside the engine a frame is a numpy array in the clip's *native* form, because turning 8-bit
frames into float tensors costs three times the decode: uint8 for ``bits == 8``, uint16 holding
0 ... 2**bits - 1 for 9 to 16 bits, float32 for 32. One channel is (H, W), more are (H, W, C).
Arrays handed out are read-only and shared: copy before changing.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ..errors import InputError

Array = npt.NDArray[Any]

#: Frames a clip remembers, so that several readers of one frame compute it once.
KEPT_FRAMES = 2
#: Samples lie at most so far behind the frame from which a file is decoded.
NEAR_KEY_FRAMES = 24


@dataclass(frozen=True)
class ClipFormat:
    """What is known of a clip before any frame is computed.

    Attributes:
        width: pixels, as displayed (rotation and sample aspect applied).
        height: pixels, as displayed.
        fps: exact frames per second.
        frames: number of frames.
        channels: 1 (a matte or another map), 3 (RGB) or 4 (RGB with straight alpha).
        bits: native bits per sample: 8 ... 16 are integers of full range, 32 is float.
    """

    width: int
    height: int
    fps: Fraction
    frames: int
    channels: int = 3
    bits: int = 8

    @property
    def duration_s(self) -> Fraction:
        """Exact duration in seconds."""
        return self.frames / self.fps

    @property
    def max_value(self) -> float:
        """The native value that means 1.0."""
        return 1.0 if self.bits == 32 else float((1 << self.bits) - 1)

    @property
    def dtype(self) -> npt.DTypeLike:
        """The native numpy dtype."""
        return np.float32 if self.bits == 32 else np.uint8 if self.bits == 8 else np.uint16

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a native frame."""
        plane = (self.height, self.width)
        return plane if self.channels == 1 else (*plane, self.channels)


@dataclass(frozen=True)
class AudioTrack:
    """A stretch of sound that belongs to a clip.

    Attributes:
        path: the file that holds it, or None.
        waveform: (C, samples) float32 when it does not lie in a file; None with no path is silence.
        sample_rate: samples per second.
        stream: index among the file's audio streams.
        start_s: time in the source at which this stretch begins.
        duration_s: its length; None is everything, untouched.
    """

    path: Path | None = None
    waveform: torch.Tensor | None = None
    sample_rate: int = 48000
    stream: int = 0
    start_s: Fraction = Fraction(0)
    duration_s: Fraction | None = None


class Clip(ABC):
    """A lazy sequence of frames.

    Subclasses implement :meth:`_render` as a pure function of the index: any order of requests,
    from any thread, gives the same frames.

    Attributes:
        format: the facts; constant.
        fingerprint: identifies what made the clip; same fingerprint, same pixels.
        audio: the sound, in order; empty when silent.
        parents: the clips it reads.
    """

    def __init__(
        self,
        format: ClipFormat,
        fingerprint: str,
        *,
        parents: Iterable[Clip] = (),
        audio: tuple[AudioTrack, ...] = (),
        keep: int = KEPT_FRAMES,
    ) -> None:
        """Set the facts; nothing is computed.

        Args:
            format: the facts.
            fingerprint: identifies what made the clip.
            parents: the clips it reads.
            audio: the sound, in order.
            keep: frames to remember.
        """
        self.format = format
        self.fingerprint = fingerprint
        self.parents = tuple(parents)
        self.audio = audio
        self._keep = keep
        self._workers = 0
        self._check: Callable[[], None] | None = None
        self._slots: OrderedDict[int, _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.format.frames

    @abstractmethod
    def _render(self, index: int) -> Array:
        """Return native frame ``index``; called once per remembered frame, from any thread."""

    def frame(self, index: int) -> Array:
        """Return frame ``index`` in native form: read-only, shape ``format.shape``.

        Raises:
            InputError: if there is no such frame.
        """
        if not 0 <= index < self.format.frames:
            raise InputError(
                f"frame must be between 0 and {self.format.frames - 1}, got {index}. "
                "Choose a frame inside the clip."
            )
        with self._lock:
            slot = self._slots.get(index)
            owner = slot is None
            if slot is None:
                slot = self._slots[index] = _Slot()
                self._forget_old()
            else:
                self._slots.move_to_end(index)
        if owner:
            self._fill(slot, index)
        slot.done.wait()
        if slot.error is not None:
            raise slot.error
        assert slot.value is not None
        return slot.value

    def read(self, start: int, stop: int) -> torch.Tensor:
        """Return frames ``start`` to ``stop`` (excluded) as (T, H, W, C) float32 in 0 ... 1."""
        fmt = self.format
        out = np.empty((stop - start, fmt.height, fmt.width, fmt.channels), np.float32)
        for index in range(start, stop):
            frame = self.frame(index).reshape(fmt.height, fmt.width, fmt.channels)
            np.multiply(frame, np.float32(1.0 / fmt.max_value), out=out[index - start])
        return torch.from_numpy(out)

    def keep(self, frames: int) -> None:
        """Remember at least ``frames`` frames (a reader looks at that many neighbours)."""
        self._keep = max(self._keep, frames)

    def begun(self, index: int) -> bool:
        """Return whether frame ``index`` is remembered or being computed."""
        return index in self._slots

    def key_frame(self, index: int) -> int:
        """Return the frame at or before ``index`` where reading is cheapest to begin.

        That is ``index`` itself, unless a file has to be decoded from an earlier frame on.
        """
        return index

    def near_key(self, index: int) -> int:
        """Return a frame near ``index``, or not far behind where reading begins: cheap to read.

        For samples: a file whose key frames lie far apart would have to be decoded nearly whole.
        """
        return min(index, self.key_frame(index) + NEAR_KEY_FRAMES)

    def family(self) -> Iterator[Clip]:
        """Yield this clip and every clip it is made of, each once."""
        seen: set[int] = set()
        ahead: list[Clip] = [self]
        while ahead:
            clip = ahead.pop()
            if id(clip) not in seen:
                seen.add(id(clip))
                ahead.extend(clip.parents)
                yield clip

    def prepare(self, workers: int, check: Callable[[], None] | None = None) -> None:
        """Make this clip and its family ready to be read.

        Args:
            workers: threads that run ahead; each frame of theirs needs room.
            check: called before each frame is computed; raises to stop. One frame at the end
                of a long chain can take seconds, so the ends of a pull are not often enough.
        """
        for clip in self.family():
            clip._ready(workers, check)

    def _ready(self, workers: int, check: Callable[[], None] | None) -> None:
        self._workers = max(self._workers, workers)
        self._check = check or self._check

    def release(self) -> None:
        """Forget remembered frames and close files, here and in the whole family."""
        for clip in self.family():
            clip._check = None
            with clip._lock:
                clip._slots = OrderedDict(
                    (index, slot) for index, slot in clip._slots.items() if not slot.done.is_set()
                )
            clip._close()

    def _close(self) -> None:  # noqa: B027 - most clips hold nothing open
        """Close what this clip itself holds open; the next request opens it again."""

    def _fill(self, slot: _Slot, index: int) -> None:
        try:
            if self._check is not None:
                self._check()
            value = self._render(index)
            if value.shape != self.format.shape or value.dtype != self.format.dtype:
                raise TypeError(
                    f"{type(self).__name__} promised {self.format.shape} {self.format.dtype}, "
                    f"made {value.shape} {value.dtype}"
                )
            value = value.view()
            value.flags.writeable = False
            slot.value = value
        except BaseException as error:
            slot.error = error
            with self._lock:
                self._slots.pop(index, None)
            raise
        finally:
            slot.done.set()

    def _forget_old(self) -> None:
        for index in list(self._slots):
            if len(self._slots) <= self._keep + self._workers:
                return
            if self._slots[index].done.is_set():
                del self._slots[index]


class _Slot:
    """One frame that is being computed or is remembered."""

    __slots__ = ("done", "error", "value")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.value: Array | None = None
        self.error: BaseException | None = None


def with_audio(clip: Clip, audio: tuple[AudioTrack, ...]) -> Clip:
    """Return the same frames with other sound."""
    return _Sounded(clip, audio)


class _Sounded(Clip):
    def __init__(self, clip: Clip, audio: tuple[AudioTrack, ...]) -> None:
        super().__init__(clip.format, clip.fingerprint, parents=(clip,), audio=audio, keep=1)
        self._clip = clip

    def key_frame(self, index: int) -> int:
        return self._clip.key_frame(index)

    def _render(self, index: int) -> Array:
        return self._clip.frame(index)


def trimmed_audio(
    audio: tuple[AudioTrack, ...], start_s: Fraction, duration_s: Fraction
) -> tuple[AudioTrack, ...]:
    """Return the part of ``audio`` that lies ``duration_s`` from ``start_s`` on.

    A track of unknown length (``duration_s`` None) can only stand last.
    """
    kept: list[AudioTrack] = []
    at, end = Fraction(0), start_s + duration_s
    for track in audio:
        length = end - at if track.duration_s is None else track.duration_s
        first, last = max(start_s, at), min(end, at + length)
        if last > first:
            kept.append(replace(track, start_s=track.start_s + first - at, duration_s=last - first))
        at += length
    return tuple(kept)
