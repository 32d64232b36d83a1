"""Stand-in for ComfyUI's VIDEO: what a video on a socket must answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from io import BytesIO
from typing import IO, Any

import torch


class VideoCodec(str, Enum):
    """Codecs a video can be saved with."""

    AUTO = "auto"
    H264 = "h264"
    AV1 = "av1"

    @classmethod
    def as_input(cls) -> list[str]:
        """Return the names for a combo."""
        return [member.value for member in cls]


class VideoContainer(str, Enum):
    """Containers a video can be saved in."""

    AUTO = "auto"
    MP4 = "mp4"
    MKV = "mkv"
    WEBM = "webm"

    @classmethod
    def as_input(cls) -> list[str]:
        """Return the names for a combo."""
        return [member.value for member in cls]

    @classmethod
    def get_extension(cls, value: str | VideoContainer) -> str:
        """Return the file extension, without a dot."""
        container = cls(value)
        return "mp4" if container is cls.AUTO else container.value


@dataclass
class VideoComponents:
    """A video taken apart.

    Attributes:
        images: (T, H, W, C) float32, 0 ... 1.
        frame_rate: frames per second.
        audio: ``{"waveform": (1, C, samples) float32, "sample_rate": int}``, or None.
        metadata: tags of the file it came from.
        alpha: (T, H, W, 1) float32, 0 ... 1, or None.
    """

    images: torch.Tensor
    frame_rate: Fraction
    audio: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    alpha: torch.Tensor | None = None


class VideoInput(ABC):
    """What travels on a VIDEO socket."""

    @abstractmethod
    def get_components(self) -> VideoComponents:
        """Return every frame and the sound, in memory."""

    @abstractmethod
    def save_to(
        self,
        path: str | IO[bytes],
        format: VideoContainer = VideoContainer.AUTO,
        codec: VideoCodec = VideoCodec.AUTO,
        metadata: dict[str, Any] | None = None,
        bit_depth: int | None = None,
        crf: float | None = None,
        color_space: str | None = None,
    ) -> None:
        """Write the video to a file or a buffer."""

    @abstractmethod
    def as_trimmed(
        self,
        start_time: float | None = None,
        duration: float | None = None,
        strict_duration: bool = False,
    ) -> VideoInput | None:
        """Return a part of the video, or None if there is no such part."""

    def get_stream_source(self) -> str | BytesIO:
        """Return a file, or a buffer, that can be opened with PyAV."""
        buffer = BytesIO()
        self.save_to(buffer)
        buffer.seek(0)
        return buffer

    def get_active_trim_window(self) -> tuple[float, float]:
        """Return (start, duration) in seconds of the part of the source that counts; 0 is all."""
        return 0.0, 0.0

    def get_dimensions(self) -> tuple[int, int]:
        """Return (width, height)."""
        images = self.get_components().images
        return images.shape[2], images.shape[1]

    def get_duration(self) -> float:
        """Return the duration in seconds."""
        parts = self.get_components()
        return float(parts.images.shape[0] / parts.frame_rate)

    def get_frame_count(self) -> int:
        """Return the number of frames."""
        return int(self.get_components().images.shape[0])

    def get_frame_rate(self) -> Fraction:
        """Return frames per second."""
        return self.get_components().frame_rate

    def get_bit_depth(self) -> int:
        """Return bits per sample."""
        return 8

    def get_color_space(self) -> str:
        """Return sRGB, HDR, HDR PQ or auto."""
        return "auto"

    def get_container_format(self) -> str:
        """Return the container's name as FFmpeg writes it."""
        return "mov,mp4,m4a,3gp,3g2,mj2"
