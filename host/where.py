"""Decides where we run, once: inside ComfyUI, or headless.

``find_spec`` rather than catching ImportError: a broken ComfyUI must fail loudly, not turn into
a headless run.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

HEADLESS = find_spec("comfy_api") is None

if TYPE_CHECKING or HEADLESS:
    from . import headless as here
    from .api import ComfyExtension, Types, io, ui
    from .api.video import VideoInput
else:
    from comfy_api.latest import ComfyExtension, Input, Types, io, ui

    from . import comfy as here

    VideoInput = Input.Video

__all__ = ["HEADLESS", "ComfyExtension", "Types", "VideoInput", "here", "io", "ui"]
