"""Compares the stand-in of ``comfy_api.latest`` with the real one, where ComfyUI is present."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import json
import os
import subprocess
import sys

import pytest
from backlot.host.api import ComfyExtension, Input, Types, io, ui

#: Prints names and signatures of the module tree given to ``describe``, as JSON.
_REAL = """
import inspect, json, sys
from comfy.cli_args import args
args.cpu = True
from comfy_api.latest import ComfyExtension, Input, Types, io, ui
names = json.load(sys.stdin)
roots = {"io": io, "ui": ui, "Types": Types, "Input": Input}
found = {}
for name in names:
    thing = roots[name.split(".")[0]]
    for part in name.split(".")[1:]:
        thing = getattr(thing, part, None)
    if thing is None:
        found[name] = None
        continue
    try:
        found[name] = list(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        found[name] = []
    if hasattr(thing, "io_type") and isinstance(thing.io_type, str):
        found[name + ":io_type"] = str(thing.io_type)
    if hasattr(thing, "__members__"):
        found[name + ":members"] = {key: value.value for key, value in thing.__members__.items()}
print(json.dumps(found))
"""
_WIDGETS = ("Int", "Float", "Boolean", "String", "Combo")
_SOCKETS = ("Image", "Mask", "Video", "Audio", "Model", "Vae", "Conditioning", "AnyType")


@pytest.fixture(scope="module")
def real():
    """Return what the real ``comfy_api.latest`` says about the names of the stand-in."""
    folder = os.environ.get("COMFYUI_DIR")
    if not folder:
        pytest.skip("set COMFYUI_DIR to a ComfyUI folder (and COMFYUI_PYTHON to its Python)")
    names = [f"io.{name}.{side}" for name in _WIDGETS + _SOCKETS for side in ("Input", "Output")]
    names += [f"io.{name}" for name in io.__all__ if name != "UIOutput"]
    names += ["io.MultiType.Input", "ui.SavedResult", "ui.PreviewText", "ui.PreviewVideo"]
    names += ["Types.VideoCodec", "Types.VideoContainer", "Types.VideoComponents"]
    names += [f"Input.Video.{name}" for name in _video_methods()]
    done = subprocess.run(
        [os.environ.get("COMFYUI_PYTHON", sys.executable), "-c", _REAL],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        timeout=300,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": folder},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def _video_methods():
    return [name for name in vars(Input.Video) if not name.startswith("_")]


def _parameters(thing):
    return [
        name
        for name, parameter in inspect.signature(thing).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
    ]


@pytest.mark.comfy
@pytest.mark.parametrize("name", [name for name in io.__all__ if name != "UIOutput"])
def test_names_and_socket_types_are_comfyuis(real, name):
    assert real[f"io.{name}"] is not None
    own = getattr(io, name)
    if hasattr(own, "io_type"):
        assert real[f"io.{name}:io_type"] == own.io_type
    if isinstance(own, type) and issubclass(own, enum.Enum):
        members = real[f"io.{name}:members"]
        assert {key: members[key] for key in own.__members__} == {
            key: value.value for key, value in own.__members__.items()
        }


@pytest.mark.comfy
@pytest.mark.parametrize("kind", _WIDGETS + _SOCKETS)
@pytest.mark.parametrize("side", ["Input", "Output"])
def test_inputs_and_outputs_take_arguments_in_comfyuis_order(real, kind, side):
    own = _parameters(getattr(getattr(io, kind), side))
    theirs = real[f"io.{kind}.{side}"]
    assert set(own) <= set(theirs)
    assert [name for name in theirs if name in own] == own


@pytest.mark.comfy
def test_schemas_and_outputs_of_nodes_take_comfyuis_arguments(real):
    assert set(_parameters(io.Schema)) <= set(real["io.Schema"])
    assert set(_parameters(io.NodeOutput)) <= set(real["io.NodeOutput"])
    assert _parameters(io.MultiType.Input) == real["io.MultiType.Input"][:7]
    assert [field.name for field in dataclasses.fields(io.HiddenHolder)] == (
        real["io.HiddenHolder"][:3]
    )


@pytest.mark.comfy
@pytest.mark.parametrize("name", ["SavedResult", "PreviewText", "PreviewVideo"])
def test_what_nodes_show_is_built_alike(real, name):
    assert set(_parameters(getattr(ui, name))) <= set(real[f"ui.{name}"])


@pytest.mark.comfy
def test_a_video_answers_at_least_what_comfyuis_does(real):
    for name in ("get_components", "save_to", "get_stream_source", "get_dimensions"):
        theirs = real[f"Input.Video.{name}"]
        own = _parameters(getattr(Input.Video, name))
        assert own[: len(theirs)] == theirs or set(own) >= set(theirs)
    assert set(real["Types.VideoComponents"]) <= set(_parameters(Types.VideoComponents))


def test_the_stand_in_has_an_extension_to_derive_from():
    assert inspect.isabstract(ComfyExtension)
