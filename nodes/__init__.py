"""What ComfyUI sees: the list of every node, by stage."""

from __future__ import annotations

from ..host import ComfyExtension, io
from . import analysis, background, compositing, matting, media, quality

NODES: list[type[io.ComfyNode]] = [
    *media.NODES,
    *analysis.NODES,
    *matting.NODES,
    *background.NODES,
    *compositing.NODES,
    *quality.NODES,
]


class Backlot(ComfyExtension):
    """The pack, as ComfyUI loads it."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return NODES
