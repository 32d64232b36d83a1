"""The clip as ComfyUI's VIDEO: every question answered without computing frames.

Core's own defaults for size, length and rate take the whole video apart in memory, so all of
them are overridden, for both ages of ComfyUI.
"""

from __future__ import annotations

import os
from dataclasses import fields
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from ..engine.clip.clip import Clip
from ..engine.clip.operations import trim
from ..engine.clip.pull import pull
from ..engine.errors import InputError
from ..engine.fingerprint import fingerprint
from ..engine.media.audio import read_audio
from ..engine.media.write import EncodeSettings, deliver
from .folders import temp_dir
from .run_context import context
from .shown import as_tags
from .where import Types, VideoInput

#: Core saves with x264's own defaults, crf 23 at preset medium. On two real clips veryfast at
#: crf 20 came as close to the source (SSIM 0.9935 against 0.9936, 0.973 against 0.969), in files
#: 10 and 38 % larger and less than half of the time. A crf that somebody chose means medium.
SAVED_CRF, SAVED_PRESET, CHOSEN_PRESET = 20, "veryfast", "medium"

_SUFFIXES = {"mp4": ".mp4", "mkv": ".mkv", "webm": ".webm"}


class ClipVideo(VideoInput):
    """A VIDEO that is a lazy clip.

    Attributes:
        clip: the clip.
    """

    def __init__(self, clip: Clip) -> None:
        """Carry ``clip``."""
        self.clip = clip

    def get_dimensions(self) -> tuple[int, int]:
        """Return (width, height)."""
        return self.clip.format.width, self.clip.format.height

    def get_duration(self) -> float:
        """Return the duration in seconds."""
        return float(self.clip.format.duration_s)

    def get_frame_count(self) -> int:
        """Return the number of frames."""
        return len(self.clip)

    def get_frame_rate(self) -> Fraction:
        """Return the exact frames per second."""
        return self.clip.format.fps

    def get_bit_depth(self) -> int:
        """Return the bits of the encoded form: 8, or 10 for anything deeper."""
        return 8 if self.clip.format.bits == 8 else 10

    def get_color_space(self) -> str:
        """Return sRGB: clips are display-referred Rec.709."""
        return "sRGB"

    def get_container_format(self) -> str:
        """Return the container that :meth:`get_stream_source` is in, as FFmpeg names it."""
        return "mov,mp4,m4a,3gp,3g2,mj2"

    def get_active_trim_window(self) -> tuple[float, float]:
        """Return no window: a trim is part of the clip, not laid over its source."""
        return 0.0, 0.0

    def as_trimmed(
        self,
        start_time: float | None = None,
        duration: float | None = None,
        strict_duration: bool = True,
    ) -> VideoInput | None:
        """Return the frames shown from ``start_time`` on for ``duration`` seconds, lazily.

        Args:
            start_time: seconds; below 0 counts from the end; None is the start.
            duration: seconds; None or 0 is everything that follows.
            strict_duration: give None when less than ``duration`` is left.
        """
        rate, frames = self.clip.format.fps, len(self.clip)
        start = round(Fraction(start_time or 0) * rate)
        start = max(0, frames + start) if start < 0 else start
        stop = start + round(Fraction(duration) * rate) if duration else frames
        if start >= frames or stop <= start or (strict_duration and stop > frames):
            return None
        return ClipVideo(trim(self.clip, start, min(stop, frames)))

    def get_components(self) -> Any:
        """Return all frames as one float32 batch and the sound; what core's own nodes need."""
        images, alpha = _batch(self.clip)
        parts: dict[str, Any] = {"images": images, "frame_rate": self.clip.format.fps}
        if self.clip.audio:
            waveform, rate = read_audio(self.clip.audio, self.clip.format.duration_s)
            parts["audio"] = {"waveform": waveform[None], "sample_rate": rate}
        if "alpha" in {field.name for field in fields(Types.VideoComponents)}:
            parts["alpha"] = alpha
        return Types.VideoComponents(**parts)

    def get_stream_source(self) -> str | BytesIO:
        """Return a file with the encoded clip; encoded once, at the first call."""
        mark = fingerprint("stream/1", self.clip.fingerprint, _sound_mark(self.clip))
        path = temp_dir() / f"backlot_{mark}.mp4"
        if not path.is_file():
            deliver(self.clip, path, context(), _settings(None, None, None))
        return str(path)

    def save_to(
        self,
        path: str | IO[bytes],
        format: Any = "auto",
        codec: Any = "auto",
        metadata: dict[str, Any] | None = None,
        bit_depth: int | None = None,
        crf: float | None = None,
        color_space: str | None = None,
        **options: Any,
    ) -> None:
        """Encode the clip; finished stretches stay in the store, so a second save is quick.

        Args:
            path: a file's path, or a buffer.
            format: ``auto`` follows the path, otherwise ``mp4`` or ``mkv``.
            codec: ``auto`` or ``h264``.
            metadata: tags, such as the workflow; they do not touch the pixels.
            bit_depth: 8 or 10; None is 8.
            crf: x264's constant rate factor; None is SAVED_CRF.
            color_space: None, ``auto`` or ``sRGB``.
            options: what later ComfyUI versions pass; ``preset`` is used, the rest is not needed.

        Raises:
            InputError: if the clip cannot be written that way.
        """
        _check_choices(_plain(codec), color_space)
        settings = _settings(bit_depth, crf, options.get("preset"))
        tags = as_tags(metadata)
        if isinstance(path, (str, os.PathLike)):
            deliver(self.clip, Path(path), context(), settings, metadata=tags)
            return
        self._save_to_buffer(path, _plain(format), settings, tags)

    def _save_to_buffer(
        self, buffer: IO[bytes], container: str, settings: EncodeSettings, tags: dict[str, str]
    ) -> None:
        name = f"backlot_{os.getpid()}_{id(buffer)}{_SUFFIXES.get(container, '.mp4')}"
        path = temp_dir() / name
        try:
            deliver(self.clip, path, context(), settings, metadata=tags)
            buffer.write(path.read_bytes())
        finally:
            path.unlink(missing_ok=True)


def video_of(clip: Clip) -> ClipVideo:
    """Return ``clip`` as what a node gives on a VIDEO socket."""
    return ClipVideo(clip)


def _plain(choice: Any) -> str:
    """Return the text of a choice: ComfyUI hands enums or strings."""
    return str(getattr(choice, "value", choice)).lower()


def _check_choices(codec: str, color_space: str | None) -> None:
    if codec not in ("auto", "h264"):
        raise InputError(
            f"codec must be auto or h264, got {codec}. Choose h264, or re-encode the saved file."
        )
    if color_space not in (None, "auto", "sRGB"):
        raise InputError(
            f"color space must be auto or sRGB, got {color_space}. Backlot's clips are Rec.709."
        )


def _settings(bit_depth: int | None, crf: float | None, preset: str | None) -> EncodeSettings:
    return EncodeSettings(
        crf=SAVED_CRF if crf is None else round(crf),
        preset=preset or (SAVED_PRESET if crf is None else CHOSEN_PRESET),
        pixel_format="yuv420p10le" if bit_depth and bit_depth > 8 else "yuv420p",
    )


def _sound_mark(clip: Clip) -> list[Any]:
    """Return what tells one soundtrack from another; frames' fingerprints leave it out."""
    return [
        (
            str(track.path),
            None if track.waveform is None else track.waveform.numpy(),
            track.sample_rate,
            track.stream,
            track.start_s,
            track.duration_s,
        )
        for track in clip.audio
    ]


def _batch(clip: Clip) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return (T, H, W, 3) and, with alpha, (T, H, W, 1) float32; one allocation, no copies."""
    now, fmt = context(), clip.format
    shape = len(clip), fmt.height, fmt.width
    images = np.empty((*shape, 3), np.float32)
    alpha = np.empty((*shape, 1), np.float32) if fmt.channels == 4 else None
    scale = np.float32(1.0 / fmt.max_value)
    frames = pull(clip, workers=now.workers, check=now.check)
    for index, frame in enumerate(now.steps(frames, len(clip), "media", "reading frames")):
        color = frame[..., None] if frame.ndim == 2 else frame[..., :3]
        np.multiply(color, scale, out=images[index], casting="unsafe")
        if alpha is not None:
            np.multiply(frame[..., 3:], scale, out=alpha[index], casting="unsafe")
    return torch.from_numpy(images), None if alpha is None else torch.from_numpy(alpha)
