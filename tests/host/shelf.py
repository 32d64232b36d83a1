"""Small nodes for the tests of the executor."""

from __future__ import annotations

from backlot.engine.errors import Cancelled, InputError
from backlot.host.api import io


def declared(name, inputs, outputs, run, *, output_node=False, check=None, hidden=()):
    def define_schema(cls):
        return io.Schema(
            node_id=name,
            display_name=name,
            category="Backlot/Matting",
            inputs=inputs,
            outputs=outputs,
            is_output_node=output_node,
            hidden=list(hidden),
        )

    body = {"define_schema": classmethod(define_schema), "execute": classmethod(run)}
    if check is not None:
        body["validate_inputs"] = classmethod(check)
    return type(name, (io.ComfyNode,), body)


def _fail(cls, value):
    raise InputError("value must be cheerful, got gloom. Smile.")


def _crash(cls, value):
    raise KeyError("inner")


def _stop(cls, value):
    raise Cancelled("stopped.")


async def _later(cls, value):
    return io.NodeOutput(value + 1)


NUMBER = io.Int.Input("value", default=1, min=0, max=10)
ADD = declared(
    "Add",
    [NUMBER, io.Int.Input("more", default=2, optional=True), io.Float.Input("scale", default=1.0)],
    [io.Int.Output()],
    lambda cls, value, scale, more=100: io.NodeOutput(int(value * scale) + more),
)
PICK = declared(
    "Pick",
    [io.Combo.Input("what", options=["a", "b"]), io.String.Input("text", default="")],
    [io.String.Output(), io.Float.Output()],
    lambda cls, what, text: io.NodeOutput(what + text, 0.5),
)
SHOW = declared(
    "Show",
    [io.AnyType.Input("source")],
    [],
    lambda cls, source: io.NodeOutput(ui={"text": (source,), "asked": cls.hidden.prompt}),
    output_node=True,
    hidden=[io.Hidden.prompt],
)
UPLOAD = declared(
    "Upload",
    [io.Combo.Input("file", options=[])],
    [io.String.Output()],
    lambda cls, file: io.NodeOutput(file),
    check=lambda cls, file: file.endswith(".mp4") or f"file must be a video, got {file}.",
)
FAIL = declared("Fail", [NUMBER], [io.Int.Output()], _fail)
CRASH = declared("Crash", [NUMBER], [io.Int.Output()], _crash)
STOP = declared("Stop", [NUMBER], [io.Int.Output()], _stop)
LATER = declared("Later", [NUMBER], [io.Int.Output()], _later)
NODES = {
    node.GET_SCHEMA().node_id: node for node in (ADD, PICK, SHOW, UPLOAD, FAIL, CRASH, STOP, LATER)
}


def graph(**nodes):
    """Return a workflow: ``a=("Add", {"value": 1})`` is node a of class Add."""
    return {key: {"class_type": kind, "inputs": inputs} for key, (kind, inputs) in nodes.items()}
