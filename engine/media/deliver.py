"""Delivering: the video, and beside it a thumbnail and a report of how it was made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from ..clip.clip import Clip
from ..context import Context
from .read import open_clip
from .thumbnail import write_thumbnail
from .write import EncodeSettings, deliver


class Reported(Protocol):
    """A result with a JSON and a text form."""

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write."""

    def to_text(self) -> str:
        """Return what a person can read."""


@dataclass(frozen=True)
class Delivery:
    """Where a finished clip lies.

    Attributes:
        video: the encoded file.
        thumbnail: a JPEG beside it.
        report: a JSON file beside it.
        text: the report in words.
    """

    video: Path
    thumbnail: Path
    report: Path
    text: str


def deliver_clip(
    clip: Clip,
    path: Path,
    context: Context,
    settings: EncodeSettings,
    *,
    clip_id: str = "",
    quality: Reported | None = None,
    analysis: Reported | None = None,
    metadata: dict[str, str] | None = None,
) -> Delivery:
    """Encode ``clip`` to ``path`` and write ``<name>.jpg`` and ``<name>.json`` beside it.

    Args:
        clip: what to encode; its rate, length and sound are kept exactly.
        path: the file to write (.mp4, .mov or .mkv); replaced only when the new one is complete.
        context: store, progress and cancel.
        settings: codec and quality.
        clip_id: the name the clip is known by, for the report.
        quality: a quality report to write into the report.
        analysis: an analysis to write into the report.
        metadata: tags for the container.

    Raises:
        MediaError: if the folder cannot be written or the sound cannot be read.
        Cancelled: if the host asked to stop; finished segments are kept.
    """
    deliver(clip, path, context, settings, metadata=metadata)
    thumbnail = path.with_suffix(".jpg")
    # Of the file itself: a frame of the clip may cost the frames around it once more.
    delivered = open_clip(path, context.store)
    try:
        write_thumbnail(delivered, thumbnail)
    finally:
        delivered.release()
    record: dict[str, Any] = {
        "clip_id": clip_id,
        "video": path.name,
        "thumbnail": thumbnail.name,
        "width": clip.format.width,
        "height": clip.format.height,
        "fps": f"{clip.format.fps.numerator}/{clip.format.fps.denominator}",
        "frames": len(clip),
        "duration_s": float(clip.format.duration_s),
        "sound": bool(clip.audio),
        "encoding": asdict(settings),
    }
    if quality is not None:
        record["quality"] = quality.to_json()
    if analysis is not None:
        record["analysis"] = analysis.to_json()
    report = path.with_suffix(".json")
    _write_whole(report, json.dumps(record, indent=2) + "\n")
    text = f"{path.name}: {clip.format.width}x{clip.format.height}, {len(clip)} frames"
    if quality is not None:
        text += "\n" + quality.to_text()
    return Delivery(path, thumbnail, report, text)


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
