"""Backlot: video background replacement for ComfyUI.

ComfyUI reads the two names below. The nodes are imported when it asks for them, so that the
engine can be used by itself without loading anything else.
"""

from __future__ import annotations

from typing import Any

WEB_DIRECTORY = "./web"


async def comfy_entrypoint() -> Any:
    """Return the pack's extension."""
    from .nodes import Backlot

    return Backlot()
