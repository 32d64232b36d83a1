"""Frames of a file by number, from several threads, each frame decoded once.

Reading on never seeks; a jump decodes from the key frame before its target. What a decoder makes
of damage depends on what it saw before, so a damaged stretch is always decoded from its own key
frame on. A frame that does not come at all is replaced by the last good one before it.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from av.video.frame import VideoFrame

from ..errors import MediaError
from .decode import Decoder
from .index import REORDER_FRAMES, FrameIndex

log = logging.getLogger(__name__)

#: A jump ahead of so few frames is decoded through rather than sought.
NEAR_FRAMES = 8
#: Decoded frames that are remembered, besides one for each worker: as many as take so much memory,
#: but at least and at most so many. To go back further costs to decode from the key frame again.
KEPT_BYTES, KEPT_FRAMES, MOST_KEPT = 64 << 20, 4, 20
#: How many key frames earlier decoding begins once more when a frame does not come.
EARLIER_KEYS = 3


class FrameReader:
    """Gives the decoded frames of a file by number."""

    def __init__(self, path: Path, index: FrameIndex) -> None:
        """Read the frames of ``path`` that ``index`` lists."""
        self._index = index
        self._decoder = Decoder(path)
        self._decoder.show_damaged = index.damaged
        self._number_of = {pts: number for number, pts in enumerate(index.pts)}
        self._lock = threading.Lock()
        self._recent: OrderedDict[int, VideoFrame] = OrderedDict()
        self._stand_in: dict[int, int] = {}
        self._workers = 0
        self._run: Iterator[tuple[int, VideoFrame]] | None = None
        self._start = -1
        self._last = -1

    def keep(self, workers: int) -> None:
        """Remember enough frames for ``workers`` threads that ask out of order."""
        self._workers = workers

    def frame(self, number: int) -> VideoFrame:
        """Return decoded frame ``number``, or the last good one before it.

        Raises:
            MediaError: if neither it nor any frame near it can be decoded.
        """
        with self._lock:
            number = self._stand_in.get(number, number)
            if number not in self._recent:
                self._fetch(number)
                number = self._stand_in.get(number, number)
            return self._recent[number]

    def key_frame(self, number: int) -> int:
        """Return the number of the frame from which frame ``number`` is decoded."""
        key = self._index.key_of(number)
        return self._number_of.get(self._index.keys[key], 0) if key >= 0 else 0

    def close(self) -> None:
        """Close the file and forget the frames; the next request opens it again."""
        with self._lock:
            self._run = None
            self._recent.clear()
            self._decoder.close()

    def _fetch(self, number: int) -> None:
        """Decode until frame ``number`` is remembered, or a stand-in for it."""
        key = self._index.key_of(number)
        if not self._is_ahead(number, key):
            self._start_at(key)
        if self._run_to(number):
            return
        nearest = self._nearest(number)
        for earlier in range(self._start - 1, max(self._start - EARLIER_KEYS, 0) - 2, -1):
            self._start_at(earlier)
            found = self._run_to(number, settle=False)
            nearest = nearest or self._nearest(number)
            self._run = None
            if found:
                return
        self._replace(number, nearest)

    def _is_ahead(self, number: int, key: int) -> bool:
        """Return whether reading on comes to frame ``number`` soonest."""
        if self._run is None or number <= self._last or key < self._start:
            return False
        near = number - self._last <= NEAR_FRAMES
        return near or self._last < 0 or key <= self._index.key_of(self._last)

    def _start_at(self, key: int) -> None:
        """Begin to decode at key frame number ``key``; -1 is the beginning of the file."""
        self._run = self._numbered(self._decoder.frames(self._index.keys, key), key)
        self._start = key
        self._last = -1

    def _numbered(self, frames: Iterator[VideoFrame], key: int) -> Iterator[tuple[int, VideoFrame]]:
        """Yield frames with their numbers, without those a decoder cannot give rightly yet."""
        if not self._index.timed:
            yield from enumerate(frames)
            return
        first = self._index.keys[key] if key >= 0 else self._index.pts[0]
        for frame in frames:
            if frame.pts is not None and frame.pts >= first and frame.pts in self._number_of:
                yield self._number_of[frame.pts], frame

    def _run_to(self, number: int, *, settle: bool = True) -> bool:
        """Decode on until frame ``number`` has come, or certainly will not any more.

        Args:
            number: of the frame.
            settle: after damage, begin again at the key frame of what comes.
        """
        past = 0
        while self._run is not None:
            found, frame = next(self._run, (-1, None))
            if frame is None:
                self._run = None
                break
            key = self._index.key_of(found)
            if settle and self._decoder.errors and key > self._start:
                self._start_at(key)
                continue
            if settle or found == number or key == self._start:
                self._remember(found, frame)
            if found == number:
                return True
            past += found > number
            if past > REORDER_FRAMES:
                break
        return False

    def _remember(self, number: int, frame: VideoFrame) -> None:
        self._recent[number] = frame
        self._recent.move_to_end(number)
        self._last = max(self._last, number)
        kept = min(max(KEPT_BYTES // _size(frame), KEPT_FRAMES), MOST_KEPT)
        kept += REORDER_FRAMES + self._workers
        while len(self._recent) > kept:
            self._recent.popitem(last=False)

    def _nearest(self, number: int) -> tuple[int, VideoFrame] | None:
        """Return the last frame before ``number`` that this run has given."""
        earlier = [n for n in self._recent if n < number and self._index.key_of(n) >= self._start]
        return (max(earlier), self._recent[max(earlier)]) if earlier else None

    def _replace(self, number: int, nearest: tuple[int, VideoFrame] | None) -> None:
        """Let the frame before ``number``, or else the first after it, stand for it."""
        name = self._decoder.path.name
        if nearest is None:
            later = min((n for n in self._recent if n > number), default=None)
            if later is None:
                raise MediaError(
                    f"frame {number} of {name} cannot be decoded, nor can those around it. The "
                    "file is damaged there: trim that part away or export it again."
                )
            nearest = later, self._recent[later]
        other = nearest[0]
        self._recent[other] = nearest[1]
        self._stand_in[number] = other
        log.warning(
            "Frame %d of %s cannot be decoded; frame %d is shown instead.", number, name, other
        )


def _size(frame: VideoFrame) -> int:
    """Return the bytes that a decoded frame takes."""
    return max(1, sum(plane.buffer_size for plane in frame.planes))
