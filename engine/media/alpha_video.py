"""Videos that other compositors and browsers open with transparency: ProRes 4444 and VP9.

Written under a temporary name beside the target and renamed when complete. ProRes codes each
frame by itself and carries 16 bits of alpha; VP9 keeps alpha as a second picture in WebM.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np

from ..clip.clip import Array, AudioTrack, Clip
from ..clip.pull import pull
from ..errors import BacklotError, InputError, MediaError
from .audio import SoundForm, common_form, read_samples
from .encode import encoded_rate
from .sound import Packets, add_sound

if TYPE_CHECKING:
    from ..context import Context

_OPUS_RATE = 48000
_LIMITED, _BT709 = 1, 1


@dataclass(frozen=True)
class AlphaCodec:
    """A codec that carries transparency.

    Attributes:
        suffix: of its files.
        container: FFmpeg's name of their format.
        encoder: FFmpeg's name.
        bits: that the clip should have.
        with_alpha: pixel format of RGBA.
        without: pixel format of a matte shown as grey.
        options: the encoder's.
    """

    suffix: str
    container: str
    encoder: str
    bits: int
    with_alpha: str
    without: str
    options: tuple[tuple[str, str], ...]


CODECS = {
    "prores": AlphaCodec(
        ".mov", "mov", "prores_ks", 16, "yuva444p10le", "yuv444p10le",
        (("profile", "4444"), ("alpha_bits", "16"), ("vendor", "apl0")),
    ),
    "vp9": AlphaCodec(
        ".webm", "webm", "libvpx-vp9", 8, "yuva420p", "yuv420p",
        (("crf", "18"), ("b", "0"), ("row-mt", "1"), ("cpu-used", "3"), ("auto-alt-ref", "0")),
    ),
}  # fmt: skip


def deliver_alpha_video(
    clip: Clip, path: Path, context: Context, codec: str, metadata: dict[str, str] | None = None
) -> None:
    """Encode ``clip``, RGBA or a matte, to ``path``, which appears only when it is complete.

    Args:
        clip: of the codec's bits; its rate, length and sound are kept.
        path: with the codec's suffix; replaced if it is there.
        context: progress and cancel.
        codec: a key of CODECS.
        metadata: tags for the container.

    Raises:
        InputError: if the suffix is not the codec's, or VP9 is given odd sides.
        MediaError: if the file cannot be written.
        Cancelled: if the host asked to stop.
    """
    rules = CODECS[codec]
    _check(clip, path, rules)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(clip, part, path.name, context, rules, metadata or {})
            with part.open("r+b") as stream:
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, av.error.FFmpegError) as error:
        if isinstance(error, BacklotError):
            raise
        raise MediaError(
            f"{path} must be writable, got '{error.strerror}'. Free space there, or choose "
            "another folder."
        ) from error


def _check(clip: Clip, path: Path, rules: AlphaCodec) -> None:
    if path.suffix.lower() != rules.suffix:
        raise InputError(
            f"file name must end in {rules.suffix}, got {path.name!r}. Rename it, or choose "
            "another format."
        )
    fmt = clip.format
    if rules.encoder == "libvpx-vp9" and (fmt.width % 2 or fmt.height % 2):
        raise InputError(
            f"size must be even for VP9 with alpha, got {fmt.width}x{fmt.height}. Resize it, or "
            "choose ProRes."
        )


def _write(
    clip: Clip, part: Path, name: str, context: Context, rules: AlphaCodec, tags: dict[str, str]
) -> None:
    with ExitStack() as stack:
        options = {"movflags": "+faststart+use_metadata_tags"} if rules.container == "mov" else {}
        output: Any = stack.enter_context(
            av.open(str(part), "w", format=rules.container, options=options)
        )
        output.metadata.update(tags)
        stream = output.add_stream(rules.encoder, rate=encoded_rate(clip.format.fps))
        _configure(stream, clip, rules)
        packets = [_video(clip, stream, name, context, rules)]
        if clip.audio:
            adder = _add_opus if rules.container == "webm" else add_sound
            packets.append(adder(output, rules.container, clip.audio, stack))
        for _, packet in heapq.merge(*packets, key=lambda timed: timed[0]):
            output.mux_one(packet)


def _configure(stream: Any, clip: Clip, rules: AlphaCodec) -> None:
    fmt = clip.format
    stream.width, stream.height = fmt.width, fmt.height
    stream.pix_fmt = rules.with_alpha if fmt.channels == 4 else rules.without
    stream.options = dict(rules.options)
    context = stream.codec_context
    context.time_base = 1 / encoded_rate(fmt.fps)
    context.color_range, context.colorspace = _LIMITED, _BT709
    context.color_primaries, context.color_trc = _BT709, _BT709
    context.thread_type = "AUTO"
    if fmt.channels == 4 and rules.container == "webm":
        stream.metadata["alpha_mode"] = "1"


def _video(clip: Clip, stream: Any, name: str, context: Context, rules: AlphaCodec) -> Packets:
    fps = encoded_rate(clip.format.fps)
    message = f"encoding {name}"
    with closing(pull(clip, workers=context.workers, check=context.check)) as frames:
        for index, frame in enumerate(context.steps(frames, len(clip), "media", message)):
            picture = _picture(frame, stream.pix_fmt)
            picture.pts, picture.time_base = index, 1 / fps
            yield from _timed(stream.encode(picture), fps)
    yield from _timed(stream.encode(None), fps)


def _timed(packets: list[Any], fps: Fraction) -> Iterator[tuple[Fraction, Any]]:
    for packet in packets:
        yield packet.dts * packet.time_base, packet


def _picture(frame: Array, pixel_format: str) -> Any:
    """Return a native frame as a BT.709 limited-range picture, alpha in full range."""
    if frame.ndim == 2:
        frame = np.repeat(frame[..., None], 3, axis=2)
    kind = ("rgba", "rgba64le") if frame.shape[2] == 4 else ("rgb24", "rgb48le")
    deep = frame.dtype == np.uint16
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format=kind[int(deep)])
    # PyAV 14 heeds the matrix only where the two differ.
    return picture.reformat(
        format=pixel_format,
        src_colorspace="ITU601",
        dst_colorspace="ITU709",
        dst_color_range="MPEG",
    )


def _add_opus(
    output: Any, container: str, audio: tuple[AudioTrack, ...], stack: ExitStack
) -> Packets:
    """Add the sound as Opus, which WebM wants, and return its packets."""
    form = SoundForm(_OPUS_RATE, min(common_form(audio).channels, 2))
    stream = output.add_stream("libopus", rate=form.rate, layout=form.layout)
    pieces = stack.enter_context(closing(read_samples(audio, form)))
    return _opus_packets(stream, pieces, form)


def _opus_packets(stream: Any, pieces: Iterator[Array], form: SoundForm) -> Packets:
    at = 0
    for piece in pieces:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(piece), format="fltp", layout=form.layout
        )
        frame.sample_rate, frame.pts, frame.time_base = form.rate, at, Fraction(1, form.rate)
        at += piece.shape[1]
        for packet in stream.encode(frame):
            yield packet.dts * packet.time_base, packet
    for packet in stream.encode(None):
        yield packet.dts * packet.time_base, packet
