"""Every node is listed, documented and thin."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest
from backlot.host import io
from backlot.nodes import NODES

ROOT = Path(__file__).parents[1]
STAGES = {"Media", "Analysis", "Matting", "Background", "Compositing", "Quality"}


def schemas():
    return [(node, node.define_schema()) for node in NODES]


@pytest.mark.parametrize("node, schema", schemas(), ids=lambda value: getattr(value, "node_id", ""))
class TestNode:
    def test_is_named_after_its_class(self, node, schema):
        letters = schema.display_name.title().replace(" ", "").replace("-", "")
        assert letters == node.__name__
        assert schema.node_id == "Backlot" + node.__name__

    def test_stands_in_its_stage(self, node, schema):
        pack, stage = schema.category.split("/")
        assert (pack, stage) == ("Backlot", stage) and stage in STAGES
        assert node.__module__.rsplit(".", 1)[1].split("_")[0] == stage.lower()

    def test_says_what_every_socket_is(self, node, schema):
        assert schema.description.endswith(".")
        for socket in [*schema.inputs, *schema.outputs]:
            assert socket.tooltip and socket.tooltip.endswith("."), socket

    def test_takes_the_arguments_its_sockets_name(self, node, schema):
        arguments = set(inspect.signature(node.execute).parameters)
        assert arguments == {socket.id for socket in schema.inputs}

    def test_has_a_help_page_that_names_every_input(self, node, schema):
        page = (ROOT / "web" / "docs" / f"{schema.node_id}.md").read_text(encoding="utf-8")
        for socket in schema.inputs:
            assert f"`{socket.id}`" in page, f"{schema.node_id}.md does not explain {socket.id}"


def test_every_node_class_is_listed():
    written = {
        item.name
        for file in (ROOT / "nodes").glob("*.py")
        for item in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(item, ast.ClassDef)
        and any(getattr(base, "attr", "") == "ComfyNode" for base in item.bases)
    }
    assert written == {node.__name__ for node in NODES}


def test_ids_are_literal_strings():
    for file in (ROOT / "nodes").glob("*.py"):
        for item in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(item, ast.keyword) and item.arg == "node_id":
                assert isinstance(item.value, ast.Constant)


def test_every_node_is_a_comfy_node():
    assert all(issubclass(node, io.ComfyNode) for node in NODES)
