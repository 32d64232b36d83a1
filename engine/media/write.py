"""Delivering a clip: encoded in segments, joined by stream copy with its sound, then renamed."""

from __future__ import annotations

import heapq
import os
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error

from ..clip.clip import Clip
from ..errors import BacklotError, InputError, MediaError
from .encode import PRESETS, EncodeSettings, SegmentedEncoder, configure, encoded_rate
from .sound import Packets, add_sound

if TYPE_CHECKING:
    from ..context import Context

__all__ = ["PRESETS", "EncodeSettings", "deliver"]

_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}


def deliver(
    clip: Clip,
    path: Path,
    context: Context,
    settings: EncodeSettings,
    *,
    metadata: dict[str, str] | None = None,
) -> None:
    """Encode ``clip`` with its sound to ``path``, which appears only when it is complete.

    Size, frame count and rate are the clip's own (Matroska rounds times to its milliseconds).
    Frames that have an odd side are encoded with full-size colour, because halved colour cannot
    carry them. Untouched sound is copied where the container takes it, otherwise encoded once.

    Args:
        clip: what to deliver.
        path: ``.mp4``, ``.m4v``, ``.mov`` or ``.mkv``; replaced if it is there.
        context: store, progress and cancel.
        settings: codec and quality.
        metadata: tags for the container.

    Raises:
        InputError: if the suffix names no container.
        MediaError: if the folder cannot be written or the sound cannot be read.
        Cancelled: if the host asked to stop; finished segments stay in the store.
    """
    container = _CONTAINERS.get(path.suffix.lower())
    if container is None:
        raise InputError(
            f"file name must end in {', '.join(_CONTAINERS)}, got {path.name!r}. Rename it."
        )
    _check_folder(path)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    encoder = SegmentedEncoder(clip, settings, context)
    try:
        with context.store.lease(encoder.key):
            encoder.run("media", f"encoding {path.name}")
            _join(encoder, clip, part, container, context, metadata or {})
        with part.open("r+b") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        if isinstance(error, BacklotError):
            raise
        raise _unwritable(path, error) from error
    except av.error.FFmpegError as error:
        raise MediaError(
            f"{path.name} could not be put together ({error.strerror}). Choose another container, "
            "or other sound."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _join(
    encoder: SegmentedEncoder,
    clip: Clip,
    part: Path,
    container: str,
    context: Context,
    metadata: dict[str, str],
) -> None:
    """Write the encoded segments and the sound into one file."""
    fps = encoded_rate(clip.format.fps)
    with ExitStack() as stack:
        output: Any = stack.enter_context(
            av.open(str(part), "w", format=container, options=_options(container))
        )
        output.metadata.update(metadata)
        stream = output.add_stream("libx264", rate=fps)
        configure(
            stream.codec_context, clip.format.width, clip.format.height, fps, encoder.settings
        )
        stream.time_base = 1 / fps
        streams = [_video_packets(encoder, stream, fps)]
        if clip.audio:
            streams.append(add_sound(output, container, clip.audio, stack))
        for _, packet in heapq.merge(*streams, key=lambda timed: timed[0]):
            context.check()
            output.mux_one(packet)


def _video_packets(encoder: SegmentedEncoder, stream: Any, fps: Fraction) -> Packets:
    delay = encoder.delay()
    number = 0
    for segment in encoder.segments():
        for data, shown, key in segment.packets():
            packet: Any = av.Packet(data)
            packet.stream, packet.time_base = stream, 1 / fps
            packet.pts, packet.dts, packet.duration = shown, number - delay, 1
            packet.is_keyframe = key
            yield (number - delay) / fps, packet
            number += 1


def _options(container: str) -> dict[str, str]:
    """Return the muxer's options: an index in front, the caller's tags, no random numbers."""
    if container == "matroska":
        return {"fflags": "+bitexact"}
    return {"movflags": "+faststart+use_metadata_tags"}


def _check_folder(path: Path) -> None:
    if path.is_dir():
        raise MediaError(f"output must be a file, got the folder {path}. Add a file name.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error
    if not os.access(path.parent, os.W_OK):
        raise MediaError(
            f"folder {path.parent} must be writable, got a protected one. Choose another."
        )


def _unwritable(path: Path, error: OSError) -> MediaError:
    return MediaError(
        f"{path} must be writable, got '{error.strerror}'. Free space there, or choose another "
        "folder."
    )
