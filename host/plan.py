"""Checking a workflow before it runs, and the order it runs in.

The checks are ComfyUI's own (known node, inputs present, links that exist and fit, values within
their limits), each told in one sentence that names the node. Missing inputs take their default.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.errors import WorkflowError
from .api.io import ComfyNode, Schema
from .workflow import Workflow, title_of

Nodes = Mapping[str, type[ComfyNode]]
_CASTS: dict[str, Any] = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}


@dataclass(frozen=True)
class Link:
    """Where an input comes from: an output of another step."""

    step: str
    output: int


@dataclass(frozen=True)
class Step:
    """One node of a workflow, checked.

    Attributes:
        id: its id in the workflow.
        title: what it is called.
        node: its class.
        inputs: a value or a Link for each input that is given.
    """

    id: str
    title: str
    node: type[ComfyNode]
    inputs: dict[str, Any]

    @property
    def schema(self) -> Schema:
        """The node's schema."""
        return self.node.GET_SCHEMA()

    @property
    def links(self) -> dict[str, Link]:
        """The inputs that come from other steps."""
        return {name: value for name, value in self.inputs.items() if isinstance(value, Link)}


def plan(workflow: Workflow, nodes: Nodes) -> list[Step]:
    """Return the steps that the workflow's output nodes need, each after what it reads.

    Raises:
        WorkflowError: if the workflow cannot be run; the sentence names the node.
    """
    for key, node in workflow.items():
        if node["class_type"] not in nodes:
            raise WorkflowError(
                f"{_name(key, node)} must be a node that is installed, got the class "
                f"{node['class_type']}. Install its pack, or run the workflow in ComfyUI."
            )
    outputs = [
        key
        for key, node in workflow.items()
        if nodes[node["class_type"]].GET_SCHEMA().is_output_node
    ]
    if not outputs:
        raise WorkflowError(
            "workflow must have a node that writes or shows something, got none. Add Deliver Clip."
        )
    order = _ordered(workflow, outputs)
    steps = {key: _checked(key, workflow, nodes) for key in order}
    return [steps[key] for key in order]


def _ordered(workflow: Workflow, outputs: list[str]) -> list[str]:
    """Return ids in the order of execution: depth first from the outputs."""
    order: list[str] = []
    path: list[str] = []

    def visit(key: str) -> None:
        if key in path:
            circle = " -> ".join(_name(k, workflow[k]) for k in [*path[path.index(key) :], key])
            raise WorkflowError(
                f"workflow must not run in a circle, got {circle}. Remove one of these links."
            )
        if key in order:
            return
        path.append(key)
        for name, value in workflow[key]["inputs"].items():
            if _is_link(value):
                visit(_link(key, workflow, name, value).step)
        path.pop()
        order.append(key)

    for key in outputs:
        visit(key)
    return order


def _is_link(value: Any) -> bool:
    return isinstance(value, list)


def _link(key: str, workflow: Workflow, name: str, value: list[Any]) -> Link:
    if len(value) == 2 and str(value[0]) in workflow and isinstance(value[1], int):
        return Link(str(value[0]), value[1])
    raise WorkflowError(
        f"{_name(key, workflow[key])}: {name} must be linked to an output of a node, "
        f"got {value}. Link it again."
    )


def _checked(key: str, workflow: Workflow, nodes: Nodes) -> Step:
    given = workflow[key]
    node = nodes[given["class_type"]]
    schema = node.GET_SCHEMA()
    name = _name(key, given)
    self_checked = _self_checked(node)
    inputs: dict[str, Any] = {}
    for socket in schema.inputs:
        if socket.id not in given["inputs"]:
            if not socket.optional:
                inputs[socket.id] = _default(name, socket)
            continue
        value = given["inputs"][socket.id]
        if _is_link(value):
            link = _link(key, workflow, socket.id, value)
            _check_link(name, socket, link, workflow, nodes)
            inputs[socket.id] = link
            continue
        value = _cast(name, socket, _unwrapped(value))
        if self_checked is not None and socket.id not in self_checked:
            _check_range(name, socket, value)
        inputs[socket.id] = value
    step = Step(key, title_of(given), node, inputs)
    _ask_node(name, step, self_checked)
    return step


def _self_checked(node: type[ComfyNode]) -> set[str] | None:
    """Return the inputs that the node checks itself; None is all of them."""
    check = getattr(node, "validate_inputs", None)
    if check is None:
        return set()
    facts = inspect.getfullargspec(check)
    return None if facts.varkw else {*facts.args, *facts.kwonlyargs}


def _default(name: str, socket: Any) -> Any:
    if socket.default is not None:
        return socket.default
    options = getattr(socket, "options", None)
    if options:
        return options[0]
    raise WorkflowError(f"{name}: {socket.id} must be given, got nothing. Link it or set a value.")


def _unwrapped(value: Any) -> Any:
    """Return a list that was wrapped, since a bare list means a link."""
    if isinstance(value, dict) and "__value__" in value:
        return value["__value__"]
    return value


def _cast(name: str, socket: Any, value: Any) -> Any:
    cast = _CASTS.get(socket.get_io_type())
    if cast is None:
        return value
    try:
        return cast(value)
    except (TypeError, ValueError) as error:
        raise WorkflowError(
            f"{name}: {socket.id} must be {socket.get_io_type()}, got {value!r}. Correct the value."
        ) from error


def _check_range(name: str, socket: Any, value: Any) -> None:
    low, high = getattr(socket, "min", None), getattr(socket, "max", None)
    if (low is not None and value < low) or (high is not None and value > high):
        limits = f"at least {low}" if high is None else f"at most {high}"
        if low is not None and high is not None:
            limits = f"between {low} and {high}"
        raise WorkflowError(
            f"{name}: {socket.id} must be {limits}, got {value}. Choose a value inside the limits."
        )
    options = getattr(socket, "options", None)
    if options is not None and value not in options:
        choices = ", ".join(map(str, options)) or "none"
        raise WorkflowError(
            f"{name}: {socket.id} must be one of {choices}, got {value}. Choose one of these."
        )


def _check_link(name: str, socket: Any, link: Link, workflow: Workflow, nodes: Nodes) -> None:
    origin = workflow[link.step]
    outputs = nodes[origin["class_type"]].GET_SCHEMA().outputs
    if not 0 <= link.output < len(outputs):
        raise WorkflowError(
            f"{name}: {socket.id} must be linked to one of the {len(outputs)} outputs of "
            f"{_name(link.step, origin)}, got output {link.output}. Link it again."
        )
    sent, wanted = outputs[link.output].get_io_type(), socket.get_io_type()
    if not _fits(sent, wanted):
        raise WorkflowError(
            f"{name}: {socket.id} must be {wanted.replace(',', ' or ')}, got {sent} from "
            f"{_name(link.step, origin)}. Link another output."
        )


def _fits(sent: str, wanted: str) -> bool:
    return "*" in (sent, wanted) or bool(set(sent.split(",")) & set(wanted.split(",")))


def _ask_node(name: str, step: Step, self_checked: set[str] | None) -> None:
    """Let the node check the values that are not linked, as ComfyUI does."""
    check = getattr(step.node, "validate_inputs", None)
    if check is None:
        return
    values = {
        key: value
        for key, value in step.inputs.items()
        if not isinstance(value, Link) and (self_checked is None or key in self_checked)
    }
    answer = check(**values)
    if answer is not True:
        raise WorkflowError(f"{name}: {answer or 'its inputs are not valid.'}")


def _name(key: str, node: dict[str, Any]) -> str:
    return f"node {key} ({title_of(node)})"
