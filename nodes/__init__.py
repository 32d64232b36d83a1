"""What ComfyUI sees: the list of every node, by stage."""

from __future__ import annotations

from ..host import ComfyExtension, io
from . import (
    analysis,
    background,
    compositing,
    compositing_ground,
    compositing_iclight,
    compositing_layers,
    compositing_light,
    compositing_texture,
    matting,
    matting_edges,
    matting_tools,
    media,
    media_foreground,
    quality,
)

NODES: list[type[io.ComfyNode]] = [
    *media.NODES,
    *media_foreground.NODES,
    *analysis.NODES,
    *matting.NODES,
    *matting_tools.NODES,
    *matting_edges.NODES,
    *background.NODES,
    *compositing.NODES,
    *compositing_ground.NODES,
    *compositing_layers.NODES,
    *compositing_texture.NODES,
    *compositing_light.NODES,
    *compositing_iclight.NODES,
    *quality.NODES,
]


class Backlot(ComfyExtension):
    """The pack, as ComfyUI loads it."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return NODES
