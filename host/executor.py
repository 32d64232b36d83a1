"""Runs a workflow without ComfyUI: every node in order, as ComfyUI would call it.

A small executor for the pack's nodes and the few core nodes of its workflows, not a second
ComfyUI: no queue, no lists, no lazy inputs, no expansion.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch

from ..engine.errors import BacklotError, Cancelled, FinalError
from .api.io import ComfyNode, Hidden, HiddenHolder, NodeOutput
from .headless import Session, running
from .overall import Overall
from .plan import Link, Nodes, Step, plan
from .workflow import Workflow

log = logging.getLogger(__name__)

Watch = Callable[[str, tuple[Any, ...]], None]


class NodeError(FinalError):
    """A node of a workflow failed; the message names it, the cause is chained."""


def run_workflow(
    workflow: Workflow,
    nodes: Nodes,
    session: Session,
    extra_pnginfo: dict[str, Any] | None = None,
    watch: Watch | None = None,
) -> dict[str, dict[str, Any]]:
    """Check and run a workflow.

    Args:
        workflow: in API format.
        nodes: every class it may use, by node id of the schema.
        session: folders, where progress goes, and the question whether to stop. Its progress is
            told of the whole run: ``done`` of ``total`` in thousandths, the node and the step
            as message.
        extra_pnginfo: what is saved with results beside the workflow.
        watch: told the title and the outputs of each node when it is done.

    Returns:
        What each output node shows (texts, saved files), by its id.

    Raises:
        WorkflowError: if the workflow is not valid; nothing was run then.
        NodeError: if a node failed.
        Cancelled: if the session asked to stop.
    """
    with running(session), torch.inference_mode():
        steps = plan(workflow, nodes)
        overall = Overall(steps, session.progress)
        return _run_steps(steps, session, overall, workflow, extra_pnginfo, watch)


def _run_steps(
    steps: list[Step],
    session: Session,
    overall: Overall,
    workflow: Workflow,
    extra_pnginfo: dict[str, Any] | None,
    watch: Watch | None,
) -> dict[str, dict[str, Any]]:
    readers = Counter(link.step for step in steps for link in step.links.values())
    results: dict[str, tuple[Any, ...]] = {}
    shown: dict[str, dict[str, Any]] = {}
    for step in steps:
        if session.is_cancelled():
            raise Cancelled("stopped on request; the next run continues where this one ended.")
        hidden = HiddenHolder(step.id, workflow, extra_pnginfo)
        started = time.monotonic()
        with running(replace(session, progress=overall.of(step))):
            output = _run_step(step, results, hidden)
        log.debug("node %s (%s): %.1f s", step.id, step.title, time.monotonic() - started)
        overall.finish(step)
        if watch is not None:
            watch(step.title, output.args)
        results[step.id] = output.args
        if step.schema.is_output_node:
            shown[step.id] = _shown(output)
        for link in step.links.values():
            readers[link.step] -= 1
            if not readers[link.step]:
                results[link.step] = ()  # nobody reads it any more: let batches go
    return shown


def _run_step(
    step: Step, results: Mapping[str, tuple[Any, ...]], hidden: HiddenHolder
) -> NodeOutput:
    inputs = {name: _value(value, results) for name, value in step.inputs.items()}
    # A clone, as in ComfyUI: what a node writes on its class must not outlive the call.
    clone: type[ComfyNode] = type(
        step.node.__name__, (step.node,), {"hidden": _asked(step, hidden)}
    )
    try:
        output = clone.execute(**inputs)
        if inspect.isawaitable(output):
            output = asyncio.run(_awaited(output))
    except Cancelled:
        raise
    except BacklotError as error:
        raise NodeError(f"node {step.id} ({step.title}): {error}") from error
    except Exception as error:
        kind = type(error).__name__
        raise NodeError(
            f"node {step.id} ({step.title}) failed with {kind}: {error}. "
            "Run again with --debug for the details."
        ) from error
    if not isinstance(output, NodeOutput):
        raise NodeError(f"node {step.id} ({step.title}) must give a NodeOutput, got {output!r}.")
    if output.block_execution is not None:
        raise NodeError(f"node {step.id} ({step.title}): {output.block_execution}")
    return output


async def _awaited(output: Any) -> Any:
    return await output


def _value(value: Any, results: Mapping[str, tuple[Any, ...]]) -> Any:
    return results[value.step][value.output] if isinstance(value, Link) else value


def _asked(step: Step, hidden: HiddenHolder) -> HiddenHolder:
    """Return of ``hidden`` what the node's schema asks for."""
    asked = {Hidden(name) for name in step.schema.hidden}
    return HiddenHolder(**{kind.name: getattr(hidden, kind.name) for kind in asked})


def _shown(output: NodeOutput) -> dict[str, Any]:
    shown = output.ui
    if shown is None:
        return {}
    return shown if isinstance(shown, dict) else shown.as_dict()
