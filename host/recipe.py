"""What made a node's inputs, told from the workflow it runs in.

A MODEL or a CONDITIONING is an object with functions laid into it: what it will do cannot be read
from it. The nodes and widgets it came from can, which is also how ComfyUI tells what to run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.fingerprint import fingerprint


def recipe_of(hidden: Any, inputs: Sequence[str]) -> str | None:
    """Return what identifies all that lies before some inputs of the node that runs now.

    Args:
        hidden: ``cls.hidden`` of a node whose schema asks for ``prompt`` and ``unique_id``.
        inputs: names of the node's inputs.

    Returns:
        A fingerprint, or None if the workflow does not tell: the node was made while it ran.
    """
    prompt = getattr(hidden, "prompt", None) or {}
    node = prompt.get(str(getattr(hidden, "unique_id", None)))
    if node is None:
        return None
    made: dict[str, str] = {}
    try:
        given = [_described(prompt, node["inputs"].get(name), made) for name in inputs]
        return fingerprint("recipe/1", given)
    except (KeyError, TypeError):
        return None


def _described(prompt: Mapping[str, Any], value: Any, made: dict[str, str]) -> Any:
    """Return an input's value; for a link what made it, and which of its outputs."""
    if not _is_link(value):
        return value
    name, output = str(value[0]), value[1]
    if name not in made:
        node = prompt[name]
        inputs = {key: _described(prompt, one, made) for key, one in node["inputs"].items()}
        made[name] = fingerprint("recipe-node/1", node["class_type"], inputs)
    return [made[name], output]


def _is_link(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
    )
