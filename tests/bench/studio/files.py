"""Video files of the studio: lossless layers, joined from parts, and the H.264 clip.

Layers are Huffman-coded (FFVHUFF in NUT): ten times as quick to write as FFV1 at twice its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from .yuv import to_rgb, to_yuv

_LOSSLESS = {"pred": "median"}
_BITEXACT = {"fflags": "+bitexact"}
#: Bits of a picture's values; every other layer has 16.
PICTURE_BITS = 12
#: The planes' order in layers of three channels: RGB pictures, and vectors.
_GREEN_BLUE_RED, _IN_ORDER = (1, 2, 0), (0, 1, 2)


def write_lossless(path: Path, frames: Iterable[np.ndarray], fps: Fraction, bits: int = 16) -> None:
    """Write uint16 frames of ``bits``: (H, W), (H, W, 3) vectors, or RGB where bits are 12."""
    with av.open(str(path), "w", format="nut", options=_BITEXACT) as container:
        stream: Any = None
        for number, frame in enumerate(frames):
            layout = "gray16le" if frame.ndim == 2 else "yuv444p16le"
            layout = "gbrp12le" if bits == PICTURE_BITS else layout
            if stream is None:
                stream = container.add_stream("ffvhuff", rate=fps, options=_LOSSLESS)
                stream.height, stream.width = frame.shape[:2]
                stream.pix_fmt = layout
                stream.codec_context.thread_count = 1
            picture = av.VideoFrame(frame.shape[1], frame.shape[0], layout)
            for plane, channel in zip(picture.planes, _order(picture), strict=False):
                _view(plane)[:] = frame if frame.ndim == 2 else frame[..., channel]
            picture.pts, picture.time_base = number, 1 / fps
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def join(parts: list[Path], target: Path) -> None:
    """Put the packets of several files of one kind behind each other, without decoding them.

    Every frame is a key frame, so a frame's place is its time.
    """
    with av.open(str(target), "w", format="nut", options=_BITEXACT) as out:
        stream, shift = None, 0
        for part in parts:
            with av.open(str(part)) as file:
                video = file.streams.video[0]
                stream = stream or out.add_stream_from_template(video, opaque=True)
                frame_ticks = 1 / (video.average_rate * video.time_base)
                count = 0
                for packet in file.demux(video):
                    if packet.dts is None:
                        continue
                    packet.pts = packet.dts = round((shift + count) * frame_ticks)
                    count += 1
                    packet.stream = stream
                    out.mux(packet)
                shift += count


def read_lossless(path: Path, start: int, stop: int) -> Iterator[np.ndarray]:
    """Yield uint16 frames ``start`` to ``stop`` of a file of ours."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for number, packet in enumerate(container.demux(stream)):
            if number >= stop or packet.size == 0:
                return
            if number >= start:
                yield _array(next(iter(packet.decode())))


def read_clip(path: Path, start: int, stop: int) -> Iterator[np.ndarray]:
    """Yield (H, W, 3) float32 display values, 0 ... 1, of the H.264 clip."""
    with av.open(str(path)) as container:
        for number, picture in enumerate(container.decode(video=0)):
            if number >= stop:
                return
            if number >= start:
                yield to_rgb(*(_view(plane, np.uint8) for plane in picture.planes))


def write_clip(
    path: Path, frames: Iterable[np.ndarray], fps: Fraction, crf: int, sound: np.ndarray | None
) -> None:
    """Write (H, W, 3) float32 display values as H.264, BT.709 limited; maybe a mono track."""
    with av.open(str(path), "w", format="mp4", options=_BITEXACT) as container:
        stream: Any = container.add_stream("libx264", rate=fps)
        track: Any = (
            container.add_stream("aac", rate=48000, layout="mono") if sound is not None else None
        )
        for number, frame in enumerate(frames):
            if number == 0:
                _set_up(stream, frame, crf)
            picture = av.VideoFrame(frame.shape[1], frame.shape[0], "yuv420p")
            for plane, values in zip(picture.planes, to_yuv(frame), strict=True):
                _view(plane, np.uint8)[:] = values
            picture.color_range, picture.colorspace = 1, 1
            picture.pts, picture.time_base = number, 1 / fps
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
        if track is not None:
            _write_sound(container, track, sound)


def _set_up(stream: Any, frame: np.ndarray, crf: int) -> None:
    stream.height, stream.width = frame.shape[:2]
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = 1
    context.color_range, context.colorspace = 1, 1
    context.color_primaries, context.color_trc = 1, 1
    stream.options = {"crf": str(crf), "preset": "medium"}


def _write_sound(container: Any, track: Any, sound: np.ndarray) -> None:
    block = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), "fltp", "mono")
    block.sample_rate, block.pts, block.time_base = 48000, 0, Fraction(1, 48000)
    container.mux(track.encode(block))
    container.mux(track.encode(None))


def _array(picture: av.VideoFrame) -> np.ndarray:
    if len(picture.planes) == 1:
        return _view(picture.planes[0]).copy()
    planes = sorted(zip(_order(picture), picture.planes, strict=True), key=lambda pair: pair[0])
    return np.dstack([_view(plane) for _, plane in planes])


def _order(picture: av.VideoFrame) -> tuple[int, ...]:
    return _GREEN_BLUE_RED if picture.format.name.startswith("gbr") else _IN_ORDER


def _view(plane: Any, kind: Any = np.uint16) -> np.ndarray:
    width = plane.line_size // np.dtype(kind).itemsize
    rows = np.frombuffer(plane, kind).reshape(plane.height, width)
    return rows[:, : plane.width]
