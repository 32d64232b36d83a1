"""Finding out what a video file is, and all that reading its frames needs to know.

Nothing but a few frames is decoded, so that a long file takes no longer than reading it.
"""

from __future__ import annotations

import struct
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame

from ..errors import MediaError
from .color_tags import ColorTags, color_tags, stored_bits
from .convert import SWSCALE_MATRICES, Orientation
from .decode import Decoder
from .facts import AudioInfo, ClipInfo
from .index import FrameIndex, build_index
from .timing import Conformed, conform

#: Seconds a frame of a file with one picture and no rate lasts.
STILL_S = Fraction(1, 25)


@dataclass(frozen=True)
class Examined:
    """Everything that reading a file needs to know of it.

    Attributes:
        info: the facts.
        index: where its frames are.
        numbers: frames of the file that a conformed clip shows; None is all, in order.
        size: (width, height) to scale stored pictures to, before they are turned.
        orientation: how they are turned.
        tags: what their values mean.
        late_s: how long after its stream's beginning the first picture comes that can be shown.
    """

    info: ClipInfo
    index: FrameIndex
    numbers: tuple[int, ...] | None
    size: tuple[int, int]
    orientation: Orientation
    tags: ColorTags
    late_s: Fraction

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write."""
        return {**asdict(self), "info": self.info.to_json(), "late_s": str(self.late_s)}

    @staticmethod
    def from_json(plain: dict[str, Any]) -> Examined:
        """Return what :meth:`to_json` wrote."""
        index = dict(plain["index"])
        index.update(pts=tuple(index["pts"]), keys=tuple(index["keys"]))
        width, height = plain["size"]
        return Examined(
            ClipInfo.from_json(plain["info"]),
            FrameIndex(**index),
            None if plain["numbers"] is None else tuple(plain["numbers"]),
            (width, height),
            Orientation(**plain["orientation"]),
            ColorTags(**plain["tags"]),
            Fraction(plain["late_s"]),
        )


def examine(path: Path) -> Examined:
    """Return the facts and the frame index of a video file.

    Raises:
        MediaError: as :func:`probe`.
    """
    decoder = Decoder(path)
    try:
        return _examine(decoder)
    except av.error.FFmpegError as error:
        raise MediaError(
            f"{path.name} must be a readable video, got '{error.strerror}' from the decoder. "
            "The file is damaged: copy or export it again."
        ) from error
    finally:
        decoder.close()


def _examine(decoder: Decoder) -> Examined:
    index, frame = build_index(decoder)
    rate = _rate(decoder, index)
    tags = color_tags(frame, decoder.context)
    _check_matrix(decoder.path, tags)
    aspect = _sample_aspect(decoder, frame)
    size = _displayed_size(frame, aspect)
    turned = _orientation(frame)
    width, height = size[::-1] if turned.transpose else size
    count = index.count if rate.numbers is None else len(rate.numbers)
    info = ClipInfo(
        str(decoder.path),
        decoder.container.format.name,
        decoder.stream.codec.canonical_name,
        width,
        height,
        frame.width,
        frame.height,
        turned.rotation_deg,
        aspect,
        rate.fps,
        count,
        count / rate.fps,
        rate.variable,
        frame.format.name,
        stored_bits(frame.format),
        any(component.is_alpha for component in frame.format.components),
        tags.matrix,
        "full" if tags.full_range else "limited",
        tags.transfer,
        tags.primaries,
        _audio(decoder.container, decoder, index),
    )
    notes = tuple(_notes(decoder, info, index, frame, rate))
    info = replace(info, notes=notes)
    return Examined(info, index, rate.numbers, size, turned, tags, _late_s(decoder, index, rate))


def _rate(decoder: Decoder, index: FrameIndex) -> Conformed:
    stream = decoder.stream
    hints = [stream.average_rate, stream.guessed_rate, stream.base_rate]
    if not index.timed:
        return Conformed(next((rate for rate in hints if rate), 1 / STILL_S))
    tick = stream.time_base or Fraction(1, 90000)
    end = index.end
    if end <= index.pts[-1]:
        end = index.pts[-1] + max(1, round(1 / (hints[0] or 1 / STILL_S) / tick))
    return conform(index.pts, end, tick, hints)


def _late_s(decoder: Decoder, index: FrameIndex, rate: Conformed) -> Fraction:
    stream = decoder.stream
    if not index.timed or stream.start_time is None or stream.time_base is None:
        return Fraction(0)
    late = (index.pts[0] - stream.start_time) * stream.time_base
    return late if late * rate.fps > Fraction(1, 2) else Fraction(0)


def _check_matrix(path: Path, tags: ColorTags) -> None:
    if tags.matrix not in SWSCALE_MATRICES:
        raise MediaError(
            f"{path.name} must be coloured in RGB, BT.601, BT.709, BT.2020 or SMPTE 240M, got "
            f"{tags.matrix}. Convert it to BT.709 first."
        )


def _sample_aspect(decoder: Decoder, frame: VideoFrame) -> Fraction:
    """Return the shape of a pixel: the container's word counts before the codec's."""
    for found in (
        decoder.stream.sample_aspect_ratio,
        decoder.context.sample_aspect_ratio,
    ):
        if found and found > 0:
            return Fraction(found)
    return Fraction(1)


def _displayed_size(frame: VideoFrame, aspect: Fraction) -> tuple[int, int]:
    """Return the size with square pixels; a change of less than a pixel is not worth its blur."""
    width = round(frame.width * aspect)
    if abs(frame.width * aspect - frame.width) < 1 or not 1 <= width <= 32768:
        return frame.width, frame.height
    return width, frame.height


def _orientation(frame: VideoFrame) -> Orientation:
    """Return how FFmpeg's display matrix turns a picture (nearest quarter turn)."""
    side: Any = frame.side_data
    found = side.get("DISPLAYMATRIX")
    if found is None:
        return Orientation()
    a, b, _, c, d = struct.unpack_from("<5i", bytes(found))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)


def _audio(container: InputContainer, decoder: Decoder, index: FrameIndex) -> AudioInfo | None:
    """Return the facts of the first sound, if there is any that can be decoded."""
    stream = next(iter(container.streams.audio), None)
    if stream is None or stream.codec_context is None or not stream.codec_context.sample_rate:
        return None
    first = index.pts[0] * (decoder.stream.time_base or 0) if index.timed else Fraction(0)
    start = (stream.start_time or 0) * (stream.time_base or Fraction(0))
    context = stream.codec_context
    return AudioInfo(
        context.name,
        context.sample_rate,
        len(context.layout.channels),
        context.layout.name,
        _audio_duration(container, stream),
        float(start - first),
    )


def _audio_duration(container: InputContainer, stream: AudioStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration else 0.0


def _notes(
    decoder: Decoder, info: ClipInfo, index: FrameIndex, frame: VideoFrame, rate: Conformed
) -> list[str]:
    """Return what a user should know of how the file is read."""
    videos = [s for s in decoder.container.streams.video if s.codec_context is not None]
    notes = [rate.note] if rate.note else []
    if index.truncated:
        notes.append(f"The file breaks off: its first {index.count} frames are used.")
    if not index.timed:
        notes.append("The file has no usable time stamps; frames are found by counting.")
    if index.damaged:
        notes.append("The decoder calls all frames damaged; they are shown as they come.")
    if len(videos) > 1:
        notes.append(
            f"The file has {len(videos)} video streams; number {decoder.stream.index} is used."
        )
    if frame.interlaced_frame:
        notes.append("The pictures are interlaced; fields are not separated.")
    if info.transfer in ("pq", "hlg"):
        notes.append(
            f"High dynamic range ({info.transfer.upper()}) is converted to standard range."
        )
    elif info.primaries in ("bt2020", "display-p3"):
        notes.append(f"Colours are converted from {info.primaries} to Rec.709 primaries.")
    if info.sample_aspect != 1:
        notes.append(_aspect_note(info))
    return notes


def _aspect_note(info: ClipInfo) -> str:
    shape = f"{info.sample_aspect.numerator}:{info.sample_aspect.denominator}"
    if (info.width, info.height) in (
        (info.coded_width, info.coded_height),
        (info.coded_height, info.coded_width),
    ):
        return f"Pixels are {shape}, less than a pixel from square over the picture; not scaled."
    return f"Pixels are {shape}; the picture is scaled to square ones."
