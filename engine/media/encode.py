"""Encoding a clip to H.264 in closed segments that are kept in the store.

Every segment is made by an encoder of its own, so a killed encode goes on at the first missing
segment and the joined stream is the same, byte for byte, as one that was never stopped.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np

from ..clip.clip import Array, Clip, ClipFormat
from ..clip.operations import convert
from ..clip.pull import pull
from ..errors import InputError
from ..fingerprint import fingerprint

if TYPE_CHECKING:
    from ..context import Context

log = logging.getLogger(__name__)

#: Frames of a segment: what a killed run may lose.
SEGMENT_FRAMES = 120
PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
)
_PIXEL_FORMATS = ("yuv420p", "yuv420p10le", "yuv444p", "yuv444p10le")
_GLOBAL_HEADER = 1 << 22
_LIMITED, _BT709 = 1, 1


@dataclass(frozen=True)
class EncodeSettings:
    """How a clip is encoded.

    Attributes:
        codec: ``h264``.
        crf: x264's constant rate factor, 0 (best) to 51; 17 looks like its source.
        preset: one of PRESETS: slower ones give smaller files.
        pixel_format: ``yuv420p`` plays everywhere; ``yuv420p10le`` keeps gradients smooth;
            ``yuv444p`` and ``yuv444p10le`` keep colour at full size.
    """

    codec: str = "h264"
    crf: int = 17
    preset: str = "veryfast"
    pixel_format: str = "yuv420p"

    def __post_init__(self) -> None:
        """Refuse what the encoder would.

        Raises:
            InputError: naming the first setting that cannot be used.
        """
        _check_choice("codec", self.codec, ("h264",))
        _check_choice("preset", self.preset, PRESETS)
        _check_choice("pixel_format", self.pixel_format, _PIXEL_FORMATS)
        if not 0 <= self.crf <= 51:
            raise InputError(f"crf must be 0 to 51, got {self.crf}. Choose 17 for high quality.")


@dataclass(frozen=True)
class Coded:
    """A closed segment: packets in coded order; times in frames from the segment's start.

    Attributes:
        start: the clip's frame at which the segment begins.
        sizes: bytes of each packet.
        shown: each packet's frame.
        keys: whether each packet is a key frame.
        data: the packets, one after another.
    """

    start: int
    sizes: Array
    shown: Array
    keys: Array
    data: Array

    def packets(self) -> Iterator[tuple[bytes, int, bool]]:
        """Yield each packet's bytes, its frame in the clip, and whether it is a key frame."""
        at = 0
        for size, shown, key in zip(self.sizes, self.shown, self.keys, strict=True):
            yield self.data[at : at + size].tobytes(), self.start + int(shown), bool(key)
            at += int(size)


class SegmentedEncoder:
    """Encodes a clip into the store and gives its segments back."""

    def __init__(self, clip: Clip, settings: EncodeSettings, context: Context) -> None:
        """Prepare to encode ``clip``; nothing is computed yet."""
        self.settings = _for_size(settings, clip.format)
        deep = clip.format.bits > 8
        self._clip = convert(clip, 16) if deep else clip
        self._context = context
        self._fps = encoded_rate(clip.format.fps)
        self._threads = min(os.cpu_count() or 1, 7) + 1
        self.key = fingerprint(
            "encode/1", clip.fingerprint, self.settings, self._threads, SEGMENT_FRAMES,
            self._fps, av.__version__,
        )  # fmt: skip
        total = len(clip)
        self._spans = [
            range(start, min(start + SEGMENT_FRAMES, total))
            for start in range(0, total, SEGMENT_FRAMES)
        ]

    def run(self, stage: str, message: str) -> None:
        """Encode the segments that are not in the store.

        Raises:
            Cancelled: if the host asked to stop; finished segments stay.
            StoreError: if the store cannot be written.
        """
        store = self._context.store
        names = store.names(self.key)
        missing = [n for n in range(len(self._spans)) if _name(n) not in names]
        if not missing:
            return
        total = len(self._clip)
        done = total - sum(len(self._spans[number]) for number in missing)

        def tick() -> None:
            nonlocal done
            done += 1
            self._context.progress(stage, done, total, message)

        indices = [index for number in missing for index in self._spans[number]]
        with closing(
            pull(self._clip, indices, workers=self._context.workers, check=self._context.check)
        ) as frames:
            for number in missing:
                self._encode(number, frames, tick)

    def delay(self) -> int:
        """Return how many frames early decoding must begin for all to be shown in time."""
        delay = 0
        for number in range(len(self._spans)):
            with np.load(self._segment(number), allow_pickle=False) as arrays:
                shown = arrays["shown"]
            delay = max(delay, int((np.arange(len(shown)) - shown).max()))
        return delay

    def segments(self) -> Iterator[Coded]:
        """Yield the segments in order; one that was damaged meanwhile is encoded again."""
        for number, span in enumerate(self._spans):
            with np.load(self._segment(number), allow_pickle=False) as arrays:
                parts = {name: arrays[name] for name in ("sizes", "shown", "keys", "data")}
            yield Coded(span.start, **parts)

    def _segment(self, number: int) -> Path:
        path = self._context.store.find(self.key, _name(number))
        if path is not None:
            return path
        span = self._spans[number]
        with closing(
            pull(self._clip, span, workers=self._context.workers, check=self._context.check)
        ) as frames:
            return self._encode(number, frames, lambda: None)

    def _encode(self, number: int, frames: Iterator[Array], tick: Callable[[], None]) -> Path:
        mine = islice(frames, len(self._spans[number]))

        def watched() -> Iterator[Array]:
            for frame in mine:
                self._context.check()
                tick()
                yield frame

        def write(part: Path) -> None:
            arrays = self._coded(watched())
            with part.open("wb") as stream:
                np.savez(stream, **arrays)  # type: ignore[arg-type]

        return self._context.store.put(self.key, _name(number), write)

    def _coded(self, frames: Iterator[Array]) -> dict[str, Array]:
        """Encode one closed segment."""
        fmt = self._clip.format
        encoder = make_encoder(
            fmt.width, fmt.height, self._fps, self.settings, threads=self._threads
        )
        packets: list[Any] = []
        for place, frame in enumerate(frames):
            picture = to_yuv(frame, self.settings.pixel_format)
            picture.pts, picture.time_base = place, 1 / self._fps
            packets += encoder.encode(picture)
        packets += encoder.encode(None)
        return {
            "sizes": np.array([packet.size for packet in packets], np.int64),
            "shown": np.array([packet.pts for packet in packets], np.int64),
            "keys": np.array([packet.is_keyframe for packet in packets], bool),
            "data": np.frombuffer(b"".join(bytes(packet) for packet in packets), np.uint8),
        }


def make_encoder(
    width: int, height: int, fps: Fraction, settings: EncodeSettings, *, threads: int
) -> Any:
    """Return an opened x264 encoder that names its colours in the stream: BT.709, limited."""
    encoder: Any = av.CodecContext.create("libx264", "w")
    configure(encoder, width, height, fps, settings)
    encoder.flags |= _GLOBAL_HEADER
    encoder.thread_count = threads
    encoder.open()
    return encoder


def configure(
    encoder: Any, width: int, height: int, fps: Fraction, settings: EncodeSettings
) -> None:
    """Set size, rate, quality and colour on a codec context that is not open yet."""
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = settings.pixel_format
    encoder.framerate, encoder.time_base = fps, 1 / fps
    encoder.options = {"crf": str(settings.crf), "preset": settings.preset}
    encoder.color_range, encoder.colorspace = _LIMITED, _BT709
    encoder.color_primaries, encoder.color_trc = _BT709, _BT709


def to_yuv(frame: Array, pixel_format: str) -> Any:
    """Return a native 8- or 16-bit frame as a BT.709 limited-range picture.

    A matte becomes grey; transparent pixels are laid over black.
    """
    deep = frame.dtype == np.uint16
    if frame.ndim == 2:
        frame = cv2.merge([frame, frame, frame])
    elif frame.shape[2] == 4:
        frame = _over_black(frame)
    picture = av.VideoFrame.from_ndarray(
        np.ascontiguousarray(frame), format="rgb48le" if deep else "rgb24"
    )
    # PyAV 14 heeds the matrix only where the two differ.
    return picture.reformat(
        format=pixel_format,
        src_colorspace="ITU601",
        dst_colorspace="ITU709",
        dst_color_range="MPEG",
    )


def encoded_rate(fps: Fraction) -> Fraction:
    """Return ``fps``, or its neighbour whose terms fit the 31 bits that containers have."""
    if fps.numerator < 1 << 31 and fps.denominator < 1 << 31:
        return fps
    return fps.limit_denominator(1_000_000)


def _over_black(frame: Array) -> Array:
    alpha = cv2.merge([frame[..., 3]] * 3)
    colour = np.ascontiguousarray(frame[..., :3])
    return cv2.multiply(colour, alpha, scale=1.0 / np.iinfo(frame.dtype).max)


def _for_size(settings: EncodeSettings, fmt: ClipFormat) -> EncodeSettings:
    """Return settings that can carry the exact size: halved colour needs even sides."""
    if fmt.width % 2 == 0 and fmt.height % 2 == 0:
        return settings
    full = settings.pixel_format.replace("420", "444")
    if full != settings.pixel_format:
        log.info("%dx%d is encoded as %s: its sides are odd.", fmt.width, fmt.height, full)
    return EncodeSettings(settings.codec, settings.crf, settings.preset, full)


def _check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(
            f"{name} must be one of {', '.join(choices)}, got {value!r}. Choose one of them."
        )


def _name(number: int) -> str:
    return f"{number:06d}.npz"
