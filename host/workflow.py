"""Workflow files in API format: read, found by name, and changed from the command line."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..engine.errors import WorkflowError

#: The pack's own workflows in API format.
BUNDLED = Path(__file__).parents[1] / "workflows" / "api"

#: Node id -> {"class_type", "inputs", "_meta"}.
Workflow = dict[str, dict[str, Any]]


def find_workflow(name: str) -> Path:
    """Return the file of a workflow given by path, or by name when it is a bundled one."""
    bundled = BUNDLED / f"{Path(name).stem}.json"
    for path in (Path(name).expanduser(), bundled):
        if path.is_file():
            return path
    names = ", ".join(sorted(path.stem for path in BUNDLED.glob("*.json"))) or "none"
    raise WorkflowError(
        f"workflow must be a file or one of the bundled ones ({names}), got {name}. "
        "Correct the path or the name."
    )


def load_workflow(path: Path) -> Workflow:
    """Return the nodes of a workflow file.

    Raises:
        WorkflowError: if it is not a workflow in API format.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkflowError(
            f"{path.name} must be a workflow in JSON, got a file that cannot be read ({error}). "
            "Export it again with Export (API) in ComfyUI."
        ) from error
    if isinstance(content, dict) and isinstance(content.get("prompt"), dict):
        content = content["prompt"]
    if isinstance(content, dict) and "nodes" in content and "links" in content:
        raise WorkflowError(
            f"{path.name} must be in API format, got the editor's format. "
            "Use Export (API) in ComfyUI, or the file of that name in workflows/api."
        )
    if not isinstance(content, dict) or not content or not all(map(_is_node, content.values())):
        raise WorkflowError(
            f"{path.name} must be a workflow in API format, got other JSON. "
            "Export it with Export (API) in ComfyUI."
        )
    return {
        str(key): {**node, "inputs": dict(node.get("inputs", {}))} for key, node in content.items()
    }


def _is_node(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("class_type"), str)
        and isinstance(value.get("inputs", {}), dict)
    )


def title_of(node: dict[str, Any]) -> str:
    """Return what the node is called: its title in the editor, else its class."""
    return str(node.get("_meta", {}).get("title") or node["class_type"])


def find_node(workflow: Workflow, name: str) -> str:
    """Return the id of the node with that id, or with that title or class if it is the only one.

    Raises:
        WorkflowError: if there is none, or more than one.
    """
    if name in workflow:
        return name
    wanted = _folded(name)
    found = [
        key
        for key, node in workflow.items()
        if wanted in (_folded(title_of(node)), _folded(node["class_type"]))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise WorkflowError(
            f"node must be named by its id when several are called {name}, "
            f"got {name}. Choose one of the ids {', '.join(found)}."
        )
    names = ", ".join(f"{key} ({title_of(node)})" for key, node in workflow.items())
    raise WorkflowError(f"node must be one of {names}, got {name}. Correct its name.")


def _folded(name: str) -> str:
    return "".join(name.split()).lower()


def set_input(workflow: Workflow, target: str, value: Any) -> None:
    """Set one input, given as ``node.input``; the node by id, title or class.

    Raises:
        WorkflowError: if there is no such node. (A wrong input is found by the check of a run.)
    """
    node, dot, name = target.rpartition(".")
    if not dot or not node or not name:
        raise WorkflowError(
            f"what to set must be written node.input=value, got {target}. "
            "Name the node by its id, title or class."
        )
    workflow[find_node(workflow, node)]["inputs"][name] = value


def with_settings(workflow: Workflow, settings: Iterable[str]) -> Workflow:
    """Return a copy of the workflow with every ``node.input=value`` of ``settings`` applied."""
    changed = copy.deepcopy(workflow)
    for setting in settings:
        target, equals, text = setting.partition("=")
        if not equals:
            raise WorkflowError(
                f"what to set must be written node.input=value, got {setting}. Add the value."
            )
        set_input(changed, target.strip(), parse_value(text))
    return changed


def parse_value(text: str) -> Any:
    """Return a value as JSON reads it, or the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text
