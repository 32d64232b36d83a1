"""The truth's layers as what nodes give each other."""

from __future__ import annotations

from typing import Any

from ..pipeline import context
from ..studio import Truth


def opened(truth: Truth, layer: str, *, matte: bool = False) -> Any:
    """Return a layer of the truth as a clip."""
    from backlot.engine.media.read import open_clip

    return open_clip(truth.folder / f"{layer}.nut", context().store, matte=matte)


def video(clip: Any) -> Any:
    """Return a clip as a VIDEO."""
    from backlot.host import video_of

    return video_of(clip)
