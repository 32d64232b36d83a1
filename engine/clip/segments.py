"""Lossless segment files: a few dozen native frames as FFV1 in Matroska.

FFV1 is the lossless codec of RFC 9043. Every frame is a key frame, so that any can be read by its
place in the file, never by its time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from .clip import Array, ClipFormat

_THREADS = 2
_OPTIONS = {"level": "3", "slices": "4", "context": "0", "g": "1"}
_REMEMBERED = 4


class SegmentError(Exception):
    """A segment file is damaged or does not hold the frames it should."""


def write_segment(path: Path, frames: Iterable[Array], fmt: ClipFormat) -> None:
    """Write native ``frames`` of format ``fmt`` so that :class:`SegmentReader` returns them.

    Raises:
        OSError: if the disk refuses.
    """
    layout = _layout(fmt)
    with av.open(str(path), "w", format="matroska", options={"fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream("ffv1", rate=Fraction(25), options=_options(fmt))
        stream.width, stream.height = layout.width, layout.height
        stream.pix_fmt = layout.name
        stream.codec_context.thread_count = _THREADS
        stream.codec_context.thread_type = "SLICE"
        for number, frame in enumerate(frames):
            picture = av.VideoFrame(layout.width, layout.height, layout.name)
            layout.store(frame, picture)
            picture.pts, picture.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def _options(fmt: ClipFormat) -> dict[str, str]:
    """Return the codec's options: 8 bits take the faster Golomb codes, more need range codes."""
    return {**_OPTIONS, "coder": "0" if fmt.bits == 8 else "1"}


class SegmentReader:
    """Reads the frames of one segment file; not for two threads at once."""

    def __init__(self, path: Path, fmt: ClipFormat) -> None:
        """Open ``path``, which holds frames of format ``fmt``.

        Raises:
            SegmentError: if it cannot be read.
        """
        self._path, self._format, self._layout = path, fmt, _layout(fmt)
        self._recent: OrderedDict[int, Array] = OrderedDict()
        self._container: Any = None
        self._rewind()

    def frame(self, index: int) -> Array:
        """Return the frame at place ``index``.

        Raises:
            SegmentError: if the file does not give it.
        """
        if index in self._recent:
            return self._recent[index]
        if index < self._next:
            self._rewind()
        try:
            while self._next <= index:
                self._advance(decode=index - self._next < _REMEMBERED)
        except (av.error.FFmpegError, StopIteration) as error:
            raise SegmentError(f"frame {index} of {self._path} cannot be read: {error}") from error
        return self._recent[index]

    def close(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
            self._container = None

    def _rewind(self) -> None:
        self.close()
        try:
            self._container = av.open(str(self._path))
            stream = self._container.streams.video[0]
            stream.codec_context.thread_count = _THREADS
            stream.codec_context.thread_type = "SLICE"
            self._packets = self._container.demux(stream)
        except (av.error.FFmpegError, OSError, IndexError) as error:
            raise SegmentError(f"{self._path} cannot be read: {error}") from error
        self._next = 0

    def _advance(self, *, decode: bool) -> None:
        """Step over one packet, keeping its frame if it may be asked for."""
        packet = next(self._packets)
        if packet.size == 0:
            raise StopIteration
        if decode:
            picture = next(iter(packet.decode()))
            self._recent[self._next] = self._layout.load(picture, self._format)
            while len(self._recent) > _REMEMBERED:
                self._recent.popitem(last=False)
        self._next += 1


class _Planes:
    """Each channel in a plane of its own: grey, or more than 8 bits of colour."""

    def __init__(self, fmt: ClipFormat, name: str, order: tuple[int, ...]) -> None:
        self.name, self._order = name, order
        self.width, self.height = fmt.width, fmt.height

    def store(self, frame: Array, picture: av.VideoFrame) -> None:
        for plane, channel in zip(picture.planes, self._order, strict=True):
            _view(plane, frame.dtype)[:] = (
                frame if frame.ndim == 2 else cv2.extractChannel(frame, channel)
            )

    def load(self, picture: av.VideoFrame, fmt: ClipFormat) -> Array:
        views = [_view(plane, fmt.dtype) for plane in picture.planes]
        if fmt.channels == 1:
            return views[0].copy()
        return cv2.merge([views[self._order.index(channel)] for channel in range(fmt.channels)])


class _Packed:
    """8-bit colour as one interleaved plane of blue, green, red and alpha."""

    def __init__(self, fmt: ClipFormat) -> None:
        self.name = "bgr0" if fmt.channels == 3 else "bgra"
        self.width, self.height = fmt.width, fmt.height

    def store(self, frame: Array, picture: av.VideoFrame) -> None:
        code = cv2.COLOR_RGB2BGRA if frame.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        _view(picture.planes[0], np.uint8, 4)[:] = cv2.cvtColor(frame, code)

    def load(self, picture: av.VideoFrame, fmt: ClipFormat) -> Array:
        code = cv2.COLOR_BGRA2RGB if fmt.channels == 3 else cv2.COLOR_BGRA2RGBA
        return cv2.cvtColor(_view(picture.planes[0], np.uint8, 4), code)


class _Stacked:
    """Anything else (float, two channels): its 16-bit halves, one above the other, in grey."""

    def __init__(self, fmt: ClipFormat) -> None:
        self.name = "gray16le"
        self._words = np.dtype(fmt.dtype).itemsize // 2 or 1
        self.width, self.height = fmt.width, fmt.height * fmt.channels * self._words

    def store(self, frame: Array, picture: av.VideoFrame) -> None:
        words = frame.astype(np.uint16) if frame.dtype == np.uint8 else frame
        words = np.ascontiguousarray(words).view(np.uint16)
        words = words.reshape(frame.shape[0], frame.shape[1], -1)
        stacked = np.moveaxis(words, 2, 0).reshape(self.height, self.width)
        _view(picture.planes[0], np.uint16)[:] = stacked

    def load(self, picture: av.VideoFrame, fmt: ClipFormat) -> Array:
        stacked = _view(picture.planes[0], np.uint16).reshape(-1, fmt.height, fmt.width)
        words = np.ascontiguousarray(np.moveaxis(stacked, 0, 2))
        if fmt.bits == 8:
            return words.astype(np.uint8).reshape(fmt.shape)
        return words.view(fmt.dtype).reshape(fmt.shape)


_GREY = {8: "gray", 10: "gray10le", 12: "gray12le", 16: "gray16le"}
_PLANAR = {10: "gbrp10le", 12: "gbrp12le", 14: "gbrp14le", 16: "gbrp16le"}
_PLANAR_ALPHA = {10: "gbrap10le", 12: "gbrap12le", 16: "gbrap16le"}


def _layout(fmt: ClipFormat) -> _Planes | _Packed | _Stacked:
    """Return how frames of ``fmt`` are laid out in the codec's pictures."""
    if fmt.bits == 32 or fmt.channels not in (1, 3, 4):
        return _Stacked(fmt)
    if fmt.channels == 1:
        return _Planes(fmt, _smallest(_GREY, fmt.bits), (0,))
    if fmt.bits == 8:
        return _Packed(fmt)
    if fmt.channels == 3:
        return _Planes(fmt, _smallest(_PLANAR, fmt.bits), (1, 2, 0))
    return _Planes(fmt, _smallest(_PLANAR_ALPHA, fmt.bits), (1, 2, 0, 3))


def _smallest(names: dict[int, str], bits: int) -> str:
    return names[min(held for held in names if held >= bits)]


def _view(plane: Any, dtype: Any, channels: int = 1) -> Array:
    """Return a plane's pixels, without its padding, as an array on the same memory."""
    rows = np.frombuffer(plane, dtype).reshape(plane.height, -1)[:, : plane.width * channels]
    return rows if channels == 1 else rows.reshape(plane.height, plane.width, channels)
