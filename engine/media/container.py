"""Opening files with FFmpeg: which stream, which decoder, and errors a person can act on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import av
import av.error
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from ..errors import MediaError

#: Decoders that read the transparency which FFmpeg's own VP8 and VP9 decoders leave out.
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def open_container(path: Path) -> InputContainer:
    """Open ``path`` for reading.

    Raises:
        MediaError: if there is no such file or it is not a media file.
    """
    _check_file(path)
    try:
        return av.open(str(path), metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise MediaError(
            f"{path.name} must be a video, got a file that is none or is cut off before its "
            f"index ({error.strerror}). Choose another file or export it again."
        ) from error


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the stream to show: the first marked as default that is no cover picture.

    Raises:
        MediaError: if the file has sound only, or nothing.
    """
    streams = [stream for stream in container.streams.video if not has_flag(stream, "attached_pic")]
    if not streams:
        content = "sound only" if container.streams.audio else "no pictures"
        raise MediaError(
            f"{path.name} must be a video, got a file with {content}. Choose a file with pictures."
        )
    return next((stream for stream in streams if has_flag(stream, "default")), streams[0])


def has_flag(stream: Any, name: str) -> bool:
    """Return whether the container marks ``stream`` with the disposition ``name``."""
    flag = getattr(type(stream.disposition), name)
    return bool(stream.disposition & flag)


def make_decoder(stream: VideoStream, path: Path) -> VideoCodecContext:
    """Return a decoder for ``stream``, threaded, that keeps transparency.

    Raises:
        MediaError: if this FFmpeg has no decoder for the format.
    """
    context = stream.codec_context
    if context is None:
        raise MediaError(
            f"{path.name} must hold pictures FFmpeg can decode, got an unknown format. "
            "Export it as H.264, ProRes or VP9."
        )
    tags = {key.lower(): value for key, value in stream.metadata.items()}
    name = ALPHA_DECODERS.get(stream.codec.canonical_name, "")
    if tags.get("alpha_mode") == "1" and name in av.codecs_available:
        extradata = context.extradata
        context = cast(VideoCodecContext, av.CodecContext.create(name, "r"))
        context.extradata = extradata
    context.thread_type = "AUTO"
    return context


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise MediaError(f"video must be a file, got the folder {path}. Choose a file inside it.")
    if not path.is_file():
        raise MediaError(f"video must be an existing file, got {path}. Check the path.")
    if path.stat().st_size == 0:
        raise MediaError(
            f"{path.name} must be a video, got an empty file. Copy or export it again."
        )
