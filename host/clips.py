"""Clips from what other nodes put on VIDEO, IMAGE and MASK sockets."""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from ..engine.clip.clip import AudioTrack, Clip, ClipFormat, trimmed_audio, with_audio
from ..engine.clip.operations import clip_of_images, still, trim
from ..engine.clip.rates import exact_rate
from ..engine.errors import InputError, MediaError
from ..engine.media.read import FileClip, open_clip
from .folders import temp_dir
from .run_context import store
from .video import ClipVideo
from .where import VideoInput

#: Trim windows are seconds in floating point: this much of a frame early still counts as in it.
_FRAME_TOLERANCE = 0.01


def clip_of(video: Any, fps: Fraction | float | None = None) -> Clip:
    """Return what lies on a VIDEO or IMAGE socket as a clip; files stay lazy.

    Args:
        video: a VIDEO of this or any other node, or an IMAGE batch (T, H, W, C) in 0 ... 1.
        fps: frames per second of an IMAGE batch; 23.976 and its like mean the NTSC rates.

    Raises:
        InputError: if it is neither, or an IMAGE batch comes without a frame rate.
    """
    if isinstance(video, ClipVideo):
        return video.clip
    if isinstance(video, torch.Tensor):
        return clip_of_images(video, _rate(fps))
    if not isinstance(video, VideoInput):
        raise InputError(
            f"clip must be a VIDEO or an IMAGE, got {type(video).__name__}. "
            "Connect Load Clip, Load Video or a batch of images."
        )
    clip = _clip_of_source(video)
    return _clip_of_components(video) if clip is None else clip


def matte_clip_of(mask: torch.Tensor, like: ClipFormat) -> Clip:
    """Return a MASK as a matte clip: (T, H, W), or one picture for the whole of ``like``."""
    if mask.ndim == 2 or mask.shape[0] == 1:
        picture = mask.reshape(mask.shape[-2:]).detach().cpu().float().numpy()
        return still(picture, like)
    return clip_of_images(mask, like.fps)


def _rate(fps: Fraction | float | None) -> Fraction:
    if fps is None:
        raise InputError(
            "fps must be given for a batch of images, got nothing. "
            "Set the frame rate the images are to play at."
        )
    return fps if isinstance(fps, Fraction) else exact_rate(str(fps))


def _clip_of_source(video: VideoInput) -> Clip | None:
    """Return the clip of the file behind ``video``, or None if no file shows the same frames."""
    if type(video).get_stream_source is VideoInput.get_stream_source:
        return None  # its source would be encoded on the spot, with loss
    source = video.get_stream_source()
    path = _file_of_buffer(source) if isinstance(source, BytesIO) else Path(source)
    clip = open_clip(path, store())
    if not _same_size(video, clip):
        return None  # it shows a crop of its source
    window = getattr(video, "get_active_trim_window", None)
    return clip if window is None else _windowed(clip, *window())


def _same_size(video: VideoInput, clip: FileClip) -> bool:
    info = clip.info
    sizes = {(info.width, info.height), (info.coded_width, info.coded_height)}
    return tuple(video.get_dimensions()) in sizes


def _windowed(clip: Clip, start_s: float, duration_s: float) -> Clip:
    rate = float(clip.format.fps)
    start = max(0, math.ceil(start_s * rate - _FRAME_TOLERANCE))
    stop = len(clip)
    if duration_s > 0:
        stop = min(stop, math.ceil((start_s + duration_s) * rate - _FRAME_TOLERANCE))
    return trim(clip, start, stop)


def _file_of_buffer(buffer: BytesIO) -> Path:
    """Return a file that holds what ``buffer`` holds, named by its content."""
    content = buffer.getbuffer()
    path = temp_dir() / f"backlot_{hashlib.blake2b(content, digest_size=16).hexdigest()}.video"
    if not path.is_file():
        partial = path.with_suffix(".part")
        try:
            partial.write_bytes(content)
            partial.replace(path)
        except OSError as error:
            raise MediaError(
                f"a video in memory must be written to {path.parent}, got {error}. "
                "Free some space there."
            ) from error
    return path


def _clip_of_components(video: VideoInput) -> Clip:
    parts = video.get_components()
    clip = clip_of_images(parts.images, Fraction(parts.frame_rate))
    return sounded(clip, parts.audio)


def sounded(clip: Clip, audio: dict[str, Any] | None) -> Clip:
    """Return ``clip`` with an AUDIO socket's sound, cut to its length; None is silent."""
    if not audio:
        return clip
    rate = int(audio["sample_rate"])
    waveform = audio["waveform"][0].detach().cpu().float()
    length = Fraction(waveform.shape[-1], rate)
    track = AudioTrack(waveform=waveform, sample_rate=rate, duration_s=length)
    return with_audio(clip, trimmed_audio((track,), Fraction(0), clip.format.duration_s))
