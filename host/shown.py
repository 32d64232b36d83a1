"""What a node shows of itself: one frame, a saved video, a text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..engine.clip.average import area_average
from ..engine.clip.clip import Array, Clip
from .folders import output_dir, temp_dir
from .run_context import context
from .where import HEADLESS, here, io, ui

#: Previews are scaled down to this: the node is smaller, and the picture is written in a wink.
PREVIEW_PX = 960


def result(
    *outputs: Any,
    preview: tuple[Clip, int] | None = None,
    text: str | None = None,
    video: Path | None = None,
) -> io.NodeOutput:
    """Return a node's outputs together with what it shows.

    Args:
        outputs: in the order of the schema.
        preview: a clip and the frame of it to show; an index past the end shows the last.
        text: shown below the node.
        video: a saved file under the output or temp folder, shown playing.
    """
    shown: dict[str, Any] = {}
    if preview is not None:
        shown |= preview_frame(*preview) or {}
    if video is not None:
        shown |= _playing(video)
    if text is not None:
        shown |= ui.PreviewText(text).as_dict()
    return io.NodeOutput(*outputs, ui=shown or None)


def preview_frame(clip: Clip, index: int) -> dict[str, Any] | None:
    """Return one frame as a picture for the editor, or None headless."""
    if HEADLESS:
        return None
    index = min(max(index, 0), len(clip) - 1)
    path = temp_dir() / f"backlot_{clip.fingerprint}_{index}.png"
    if not path.is_file():
        clip.prepare(1, context().check)
        picture = _small_rgb(clip.frame(index), clip.format.max_value)
        coded = cv2.imencode(".png", picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
        path.write_bytes(coded.tobytes())
    saved = ui.SavedResult(path.name, "", io.FolderType.temp)
    return {"images": [saved], "animated": (False,)}


def _small_rgb(frame: Array, max_value: float) -> Array:
    """Return ``frame`` at most PREVIEW_PX long, as (H, W, 3) uint8; transparency over checkers."""
    height, width = frame.shape[:2]
    scale = min(1.0, PREVIEW_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = area_average(frame, size)
    codes = np.clip(small.astype(np.float32) * np.float32(255.0 / max_value) + 0.5, 0, 255)
    if codes.ndim == 2:
        codes = np.repeat(codes[..., None], 3, axis=2)
    if codes.shape[2] == 4:
        codes = _over_checkers(codes)
    return np.asarray(codes, np.uint8)


def _over_checkers(rgba: Array, square_px: int = 16) -> Array:
    rows, columns = np.indices(rgba.shape[:2]) // square_px
    board = np.where((rows + columns) % 2, np.float32(100), np.float32(150))[..., None]
    alpha = rgba[..., 3:] / np.float32(255)
    return np.asarray(rgba[..., :3] * alpha + board * (1 - alpha))


def _playing(path: Path) -> dict[str, Any]:
    """Return what makes the editor play a saved video; nothing if it lies elsewhere."""
    for folder, kind in ((output_dir(), io.FolderType.output), (temp_dir(), io.FolderType.temp)):
        if path.resolve().is_relative_to(folder.resolve()):
            inside = path.resolve().relative_to(folder.resolve())
            subfolder = "" if inside.parent == Path() else inside.parent.as_posix()
            saved = ui.SavedResult(path.name, subfolder, kind)
            return ui.PreviewVideo([saved]).as_dict()
    return {}


def saved_metadata(hidden: Any) -> dict[str, str]:
    """Return the tags that let ComfyUI restore the workflow from a saved file.

    Args:
        hidden: ``cls.hidden`` of a node whose schema asks for ``prompt`` and ``extra_pnginfo``.
    """
    if hidden is None or not here.metadata_wanted():
        return {}
    values = dict(hidden.extra_pnginfo or {})
    if hidden.prompt is not None:
        values["prompt"] = hidden.prompt
    return as_tags(values)


def as_tags(metadata: dict[str, Any] | None) -> dict[str, str]:
    """Return metadata as text tags, JSON unless it is text already, as core writes them."""
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in (metadata or {}).items()
    }
