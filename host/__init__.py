"""The host: the only folder that knows whether we run inside ComfyUI or headless.

Nodes import what they need from here and from nowhere else of ComfyUI.
"""

from __future__ import annotations

from .clips import clip_of, matte_clip_of
from .folders import (
    input_dir,
    input_exists,
    input_files,
    output_dir,
    output_path,
    resolve_input,
    temp_dir,
    user_dir,
)
from .ic_light import SAMPLERS, SCHEDULERS, Sampling, with_ic_light
from .recipe import recipe_of
from .run_context import context, store_dir
from .shown import preview_frame, result, saved_metadata
from .video import ClipVideo, video_of
from .where import HEADLESS, ComfyExtension, io, ui

__all__ = [
    "HEADLESS",
    "SAMPLERS",
    "SCHEDULERS",
    "ClipVideo",
    "ComfyExtension",
    "Sampling",
    "clip_of",
    "context",
    "input_dir",
    "input_exists",
    "input_files",
    "io",
    "matte_clip_of",
    "output_dir",
    "output_path",
    "preview_frame",
    "recipe_of",
    "resolve_input",
    "result",
    "saved_metadata",
    "store_dir",
    "temp_dir",
    "ui",
    "user_dir",
    "video_of",
    "with_ic_light",
]
