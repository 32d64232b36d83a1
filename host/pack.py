"""The pack's nodes, and running a workflow with them: in ComfyUI's executor where it is there."""

from __future__ import annotations

from typing import Any

from .headless import Session
from .where import HEADLESS, io
from .workflow import Workflow


def pack_nodes() -> list[type[io.ComfyNode]]:
    """Return every node of the pack."""
    from ..nodes import NODES  # the nodes import this package

    return list(NODES)


def run(workflow: Workflow, session: Session) -> dict[str, dict[str, Any]]:
    """Run a workflow and return what each output node shows, by its id.

    Raises:
        WorkflowError: if it cannot be run.
        NodeError: if a node failed.
        Cancelled: if the session asked to stop.
    """
    if HEADLESS:
        from .core_nodes import CORE_NODES
        from .executor import run_workflow

        nodes = {node.GET_SCHEMA().node_id: node for node in [*CORE_NODES, *pack_nodes()]}
        return run_workflow(workflow, nodes, session)
    from .comfy_executor import run_in_comfyui

    return run_in_comfyui(workflow, pack_nodes(), session)
