"""What a video file is: size as displayed, exact rate, length, colours, sound."""

from __future__ import annotations

from pathlib import Path

from .examine import examine
from .facts import AudioInfo, ClipInfo, describe

__all__ = ["AudioInfo", "ClipInfo", "describe", "probe"]


def probe(path: Path) -> ClipInfo:
    """Return the facts of a video file.

    Raises:
        MediaError: if it is missing, no video, or so damaged that nothing can be decoded.
    """
    return examine(path).info
