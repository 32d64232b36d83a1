"""A stand-in for the part of ComfyUI's ``comfy_api.latest`` that the nodes use.

Headless, the same node classes are built on these names; inside ComfyUI on the real ones. Names,
argument names and defaults are ComfyUI's (0.3.64 and later), which a test compares wherever
ComfyUI is present. Only what the pack uses is here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from . import io, ui
from .video import VideoCodec, VideoComponents, VideoContainer, VideoInput

__all__ = ["ComfyExtension", "Input", "Types", "io", "ui"]


class ComfyExtension(ABC):
    """A pack of nodes."""

    async def on_load(self) -> None:
        """Do what is needed once, when the pack is loaded."""

    @abstractmethod
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Return every node of the pack."""


class Input:
    """Types of what travels on sockets."""

    Video = VideoInput


class Types:
    """Types that videos are made of."""

    VideoCodec = VideoCodec
    VideoContainer = VideoContainer
    VideoComponents = VideoComponents
