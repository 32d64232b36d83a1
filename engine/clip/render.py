"""Rendering to the store: what is computed once, and found again after a crash or a cancel.

A rendered clip is a run of short lossless segments under the fingerprint of what made it. Only
missing segments are computed, and a clip that is there already reads nothing of its source.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import StoreError
from ..fingerprint import fingerprint
from .clip import Array, AudioTrack, Clip, ClipFormat
from .pull import pull, pull_each
from .segments import SegmentError, SegmentReader, write_segment
from .store import Store

if TYPE_CHECKING:
    from ..context import Context

log = logging.getLogger(__name__)

#: Frames of a segment: what a killed run may lose.
SEGMENT_FRAMES = 48
_OPEN_SEGMENTS = 2


class Scan(ABC):
    """A step that carries state through time, one frame after another.

    Attributes:
        source: the clip it reads.
        format: the facts of the result, as long as the source.
        fingerprint: identifies the result.
        audio: the sound of the result.
    """

    source: Clip
    format: ClipFormat
    fingerprint: str
    audio: tuple[AudioTrack, ...]

    @abstractmethod
    def start(self) -> dict[str, Array]:
        """Return the state before frame 0."""

    def look(self, index: int) -> Any:
        """Return what ``step`` needs of frame ``index`` and of its neighbours; pure.

        What needs no state belongs here: it is computed ahead, in threads. Here: the frame.
        """
        return self.source.frame(index)

    @abstractmethod
    def step(
        self, index: int, seen: Any, state: dict[str, Array]
    ) -> tuple[Array, dict[str, Array]]:
        """Return the result's native frame ``index`` and the next state; pure.

        Args:
            index: of the frame.
            seen: what ``look`` returned for it.
            state: after the frame before.
        """


def render(clip: Clip, context: Context, stage: str, message: str) -> Clip:
    """Compute ``clip`` into the store and return it read from there, with the same sound.

    Args:
        clip: what to render.
        context: store, progress and cancel.
        stage: a stage's folder name, for progress.
        message: what is being done, for progress.

    Raises:
        Cancelled: if the host asked to stop; finished segments stay.
        StoreError: if the store cannot be written.
    """
    made = _Rendered(_Frames(clip, context), clip.format, clip.fingerprint, clip.audio, context)
    made.fill(stage, message)
    return made


def render_scan(scan: Scan, context: Context, stage: str, message: str) -> Clip:
    """Run ``scan`` into the store and return its result read from there.

    The state is kept beside each segment, so that a resumed run gives the same bytes.

    Raises:
        Cancelled: if the host asked to stop; finished segments stay.
        StoreError: if the store cannot be written.
    """
    made = _Rendered(_Steps(scan, context), scan.format, scan.fingerprint, scan.audio, context)
    made.fill(stage, message)
    return made


def _frames_of(number: int, total: int) -> range:
    """Return the frames of segment ``number`` of a clip of ``total`` frames."""
    return range(number * SEGMENT_FRAMES, min((number + 1) * SEGMENT_FRAMES, total))


class _Work(ABC):
    """What computes the frames of missing segments."""

    def __init__(self, context: Context) -> None:
        self.store, self.workers, self.check = context.store, context.workers, context.check

    def plan(self, key: str, missing: Sequence[int]) -> list[int]:
        """Return the segments to compute so that the missing ones can be."""
        return list(missing)

    @abstractmethod
    def frames(self, key: str, numbers: Sequence[int]) -> Generator[Array, None, None]:
        """Yield the frames of segments ``numbers``, in order."""


class _Frames(_Work):
    """The frames of a clip."""

    def __init__(self, clip: Clip, context: Context) -> None:
        super().__init__(context)
        self._clip = clip

    def frames(self, key: str, numbers: Sequence[int]) -> Generator[Array, None, None]:
        indices = [index for number in numbers for index in _frames_of(number, len(self._clip))]
        return pull(self._clip, indices, workers=self.workers, check=self.check)


class _Steps(_Work):
    """The frames of a scan, whose state after each segment but the last is kept."""

    def __init__(self, scan: Scan, context: Context) -> None:
        super().__init__(context)
        self._scan = scan

    def plan(self, key: str, missing: Sequence[int]) -> list[int]:
        needed = set(missing)
        for number in sorted(missing, reverse=True):
            while number > 0 and number - 1 not in needed and not self._knows(key, number - 1):
                number -= 1
                needed.add(number)
        return sorted(needed)

    def frames(self, key: str, numbers: Sequence[int]) -> Generator[Array, None, None]:
        total = self._scan.format.frames
        indices = [index for number in numbers for index in _frames_of(number, total)]
        state: dict[str, Array] = {}
        with closing(
            pull_each(
                self._scan.source, self._scan.look, indices, workers=self.workers, check=self.check
            )
        ) as stream:
            previous = -2
            for index, seen in zip(indices, stream, strict=True):
                if index == 0:
                    state = self._scan.start()
                elif index != previous + 1:
                    state = self._load(key, index // SEGMENT_FRAMES - 1)
                result, state = self._scan.step(index, seen, state)
                if (index + 1) % SEGMENT_FRAMES == 0 and index + 1 < total:
                    state = self._save(key, index // SEGMENT_FRAMES, state)
                yield result
                previous = index

    def _knows(self, key: str, number: int) -> bool:
        return self.store.find(key, _state_name(number)) is not None

    def _load(self, key: str, number: int) -> dict[str, Array]:
        path = self.store.find(key, _state_name(number))
        if path is None:
            raise StoreError(
                "the store lost the state of a running render. Run again: it goes on from there."
            )
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}

    def _save(self, key: str, number: int, state: dict[str, Array]) -> dict[str, Array]:
        """Keep the state; return it in the memory layout in which it would be loaded."""
        settled = {name: np.array(value, order="C") for name, value in state.items()}
        self.store.put(key, _state_name(number), lambda part: _write_arrays(part, settled))
        return settled


class _Rendered(Clip):
    """A clip read from its segments in the store; a damaged one is computed again."""

    def __init__(
        self,
        work: _Work,
        fmt: ClipFormat,
        mark: str,
        audio: tuple[AudioTrack, ...],
        context: Context,
    ) -> None:
        super().__init__(fmt, mark, audio=audio)
        self._work, self._context = work, context
        self._store: Store = context.store
        self._key = fingerprint("segments/1", mark, SEGMENT_FRAMES)
        self._readers: OrderedDict[int, SegmentReader] = OrderedDict()
        self._reading = threading.Lock()
        self._store.lease_for(self, self._key)

    def fill(self, stage: str, message: str) -> None:
        """Compute the segments that are not in the store."""
        names = self._store.names(self._key)
        total = self.format.frames
        segments = range(-(-total // SEGMENT_FRAMES))
        missing = [number for number in segments if _name(number) not in names]
        plan = self._work.plan(self._key, missing)
        done = total - sum(len(_frames_of(number, total)) for number in plan)

        def tick() -> None:
            nonlocal done
            done += 1
            self._context.progress(stage, done, total, message)

        self._compute(plan, tick)

    def _compute(self, numbers: Sequence[int], tick: Callable[[], None]) -> None:
        if not numbers:
            return
        with closing(self._watched(self._work.frames(self._key, numbers), tick)) as frames:
            for number in numbers:
                self._write(number, frames)

    def _watched(
        self, frames: Generator[Array, None, None], tick: Callable[[], None]
    ) -> Generator[Array, None, None]:
        """Yield ``frames``, asking for cancel before each and calling ``tick`` after it."""
        try:
            self._context.check()
            for frame in frames:
                tick()
                yield frame
                self._context.check()
        finally:
            frames.close()

    def _write(self, number: int, frames: Iterator[Array]) -> None:
        count = len(_frames_of(number, self.format.frames))

        def write(part: Path) -> None:
            write_segment(part, islice(frames, count), self.format)

        self._store.put(self._key, _name(number), write)

    def _render(self, index: int) -> Array:
        number, place = divmod(index, SEGMENT_FRAMES)
        with self._reading:
            try:
                return self._reader(number).frame(place)
            except SegmentError as error:
                log.warning("A segment of the store is damaged and computed again: %s", error)
            self._readers.pop(number).close() if number in self._readers else None
            self._store.drop(self._key, _name(number))
            self._compute(self._work.plan(self._key, [number]), lambda: None)
            try:
                return self._reader(number).frame(place)
            except SegmentError as error:
                raise StoreError(
                    f"the store must give back what was written to it, got '{error}'. "
                    "Check the disk that holds it."
                ) from error

    def _reader(self, number: int) -> SegmentReader:
        if number in self._readers:
            self._readers.move_to_end(number)
            return self._readers[number]
        path = self._store.find(self._key, _name(number))
        if path is None:
            raise SegmentError(f"segment {number} is missing or has other bytes than were written")
        while len(self._readers) >= _OPEN_SEGMENTS:
            self._readers.popitem(last=False)[1].close()
        reader = SegmentReader(path, self.format)
        self._readers[number] = reader
        return reader

    def _close(self) -> None:
        with self._reading:
            while self._readers:
                self._readers.popitem()[1].close()


def _name(number: int) -> str:
    return f"{number:06d}.mkv"


def _state_name(number: int) -> str:
    return f"{number:06d}.npz"


def _write_arrays(path: Path, arrays: dict[str, Array]) -> None:
    with path.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]
