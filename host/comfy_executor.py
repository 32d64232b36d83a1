"""Runs a workflow in ComfyUI's own executor, from the command line and without its server.

ComfyUI's modules must be on the Python path. Core's nodes and the pack's are there, other packs
are not loaded: whoever needs them runs the workflow in ComfyUI itself.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import comfy.utils  # type: ignore[import-not-found]
import execution  # type: ignore[import-not-found]
import folder_paths  # type: ignore[import-not-found]
from comfy import model_management

import nodes as core  # type: ignore[import-not-found]

from ..engine.errors import Cancelled, WorkflowError
from .executor import NodeError
from .headless import Session
from .workflow import Workflow, title_of

#: Files of core nodes that bundled workflows use and that ``nodes`` alone does not define.
_EXTRAS = ("nodes_video.py", "nodes_preview_any.py")
_WATCH_S = 0.1


class _Server:
    """What ComfyUI's executor asks of its server: a place to send messages to."""

    client_id = "backlot"
    last_node_id: str | None = None
    last_prompt_id: str | None = None
    prompt_queue: Any = None

    def __init__(self) -> None:
        self.shown: dict[str, dict[str, Any]] = {}
        self.sockets_metadata: dict[str, Any] = {}

    def send_sync(self, event: str, data: Any, client_id: str | None = None) -> None:
        """Keep what output nodes show."""
        if event == "executed" and data.get("output"):
            self.shown[data["node"]] = data["output"]


def run_in_comfyui(
    workflow: Workflow, pack: Sequence[Any], session: Session
) -> dict[str, dict[str, Any]]:
    """Run a workflow and return what each node shows, by its id; see ``pack.run``."""
    return asyncio.run(_run(workflow, pack, session))


async def _run(
    workflow: Workflow, pack: Sequence[Any], session: Session
) -> dict[str, dict[str, Any]]:
    if session.output is not None:
        folder_paths.set_output_directory(str(session.output.resolve()))
    await _load_nodes(pack)
    name = str(uuid.uuid4())
    valid, error, outputs, node_errors = await execution.validate_prompt(name, workflow, None)
    if not valid:
        raise WorkflowError(_problem(workflow, error, node_errors))
    server = _Server()
    executor = _executor(server)
    comfy.utils.set_progress_bar_global_hook(_hook(workflow, session))
    with _watched(session):
        extra = {"client_id": server.client_id}
        await executor.execute_async(workflow, name, extra, outputs)
    _raise_failure(workflow, executor)
    return server.shown


def _executor(server: _Server) -> Any:
    if "cache_args" not in inspect.signature(execution.PromptExecutor).parameters:
        return execution.PromptExecutor(server)  # 0.3.64
    unlimited = {"lru": 0, "ram": 0, "ram_inactive": 0}
    return execution.PromptExecutor(server, cache_args=unlimited)


async def _load_nodes(pack: Sequence[Any]) -> None:
    extras = Path(core.__file__).parent / "comfy_extras"
    for name in _EXTRAS:
        await core.load_custom_node(str(extras / name), module_parent="comfy_extras")
    for node in pack:
        core.NODE_CLASS_MAPPINGS[node.GET_SCHEMA().node_id] = node


@contextmanager
def _watched(session: Session) -> Iterator[None]:
    """Carry the session's wish to stop over to ComfyUI, whose nodes ask only ComfyUI."""
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(_WATCH_S):
            if session.is_cancelled():
                model_management.interrupt_current_processing()
                return

    watcher = threading.Thread(target=watch, name="backlot-cancel", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        watcher.join()


def _hook(workflow: Workflow, session: Session) -> Any:
    """Return what ComfyUI calls with each node's progress."""
    order = list(workflow)

    def hook(value: int, total: int, preview: Any, *, node_id: str | None = None) -> None:
        if node_id in workflow:
            share = (order.index(node_id) + value / max(1, total)) / len(order)
            session.progress("", round(1000 * share), 1000, title_of(workflow[node_id]))

    return hook


def _problem(workflow: Workflow, error: dict[str, Any], node_errors: dict[str, Any]) -> str:
    """Return ComfyUI's account of an invalid workflow as one sentence."""
    for key, found in node_errors.items():
        first = found["errors"][0]
        return f"node {key} ({title_of(workflow[key])}): {first['message']} ({first['details']})."
    return f"workflow must be valid, got: {error['message']} ({error['details']})."


def _raise_failure(workflow: Workflow, executor: Any) -> None:
    for event, data in executor.status_messages:
        if event == "execution_interrupted":
            raise Cancelled("stopped on request; the next run continues where this one ended.")
        if event == "execution_error":
            key = data["node_id"]
            raise NodeError(
                f"node {key} ({title_of(workflow[key])}): {data['exception_message'].strip()}"
            )
