from __future__ import annotations

import importlib
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest
from backlot.engine.errors import FinalError
from backlot.engine.models import networks
from backlot.engine.models.library import download_folder, find_model, need_model
from backlot.engine.models.manifest import manifest

MODEL = "siglip2-base-patch16-224"


@pytest.fixture
def with_folders(context, tmp_path):
    return replace(context, model_folders=(tmp_path / "first", tmp_path / "second"))


def put(folder, names=None):
    place = folder / manifest(MODEL).folder
    place.mkdir(parents=True, exist_ok=True)
    for one in manifest(MODEL).files if names is None else names:
        (place / getattr(one, "path", one)).write_bytes(b"x")
    return place


def test_a_model_is_found_in_any_of_the_folders_and_the_first_wins(with_folders, tmp_path):
    assert find_model(with_folders, MODEL) is None
    second = put(tmp_path / "second")
    assert find_model(with_folders, MODEL) == second
    first = put(tmp_path / "first")
    assert find_model(with_folders, MODEL) == first == need_model(with_folders, MODEL)


def test_a_part_of_a_model_is_no_model(with_folders, tmp_path):
    place = put(tmp_path / "first", ["config.json", "model.safetensors"])
    assert find_model(with_folders, MODEL) is None
    put(tmp_path / "first")
    (place / "tokenizer.json").write_bytes(b"")
    assert find_model(with_folders, MODEL) is None


def test_what_is_missing_is_said_in_one_sentence_with_all_that_helps(with_folders, tmp_path):
    with pytest.raises(FinalError) as error:
        need_model(with_folders, MODEL)
    said = str(error.value)
    target = str(tmp_path / "first" / manifest(MODEL).folder)
    for part in ("SigLIP 2", f"backlot models get {MODEL}", "tokenizer.json", target, "https://"):
        assert part in said


def test_without_a_folder_nothing_is_found_and_a_download_has_no_place(context):
    assert find_model(context, MODEL) is None
    with pytest.raises(FinalError, match="BACKLOT_MODELS"):
        download_folder(context, MODEL)


@pytest.mark.parametrize(
    ("version", "fine"),
    [(None, False), ("4.55.4", False), ("4.56.0", True), ("5.0.0", False), ("5.24.0", True)],
)
def test_only_a_fit_library_runs_a_model(monkeypatch, version, fine):
    monkeypatch.setattr(networks, "_version", lambda: version)
    assert networks.can_run(MODEL) is fine
    if not fine:
        with pytest.raises(FinalError, match=r"pip install .*transformers>=4\.56,!=5\.0\.0"):
            networks.load_library(MODEL)


def test_a_library_that_cannot_be_imported_is_explained(monkeypatch):
    monkeypatch.setattr(networks, "_version", lambda: "5.1.0")
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(FinalError, match="importable to run SigLIP 2"):
        networks.load_library(MODEL)


def test_the_hosts_folders_come_from_the_environment_or_the_users_folder(monkeypatch, tmp_path):
    from backlot.host import headless, run_context

    monkeypatch.delenv("BACKLOT_MODELS", raising=False)
    monkeypatch.setattr(headless, "user_dir", lambda: tmp_path)
    assert headless.model_folders() == (tmp_path / "backlot" / "models",)
    both = [str(tmp_path / "a"), str(tmp_path / "b")]
    monkeypatch.setenv("BACKLOT_MODELS", run_context.os.pathsep.join(both))
    assert run_context.model_folders() == tuple(map(Path, both))
    monkeypatch.setenv("BACKLOT_STORE", str(tmp_path / "store"))
    assert run_context.context().model_folders == tuple(map(Path, both))


def test_comfyui_keeps_models_in_its_own_folder_and_finds_those_of_the_command_line(
    monkeypatch, tmp_path
):
    from backlot import host
    from backlot.host import headless

    def module(name, **content):
        made = types.ModuleType(name)
        vars(made).update(content)
        monkeypatch.setitem(sys.modules, name, made)
        return made

    folders = module(
        "folder_paths",
        models_dir=str(tmp_path / "models"),
        folder_names_and_paths={},
        get_folder_paths=lambda kind: [str(tmp_path / "models" / kind), str(tmp_path / "disk")],
    )
    management = module("comfy.model_management", InterruptProcessingException=Exception)
    module("comfy", model_management=management)
    module("comfy.cli_args", args=types.SimpleNamespace())
    module("comfy.utils", ProgressBar=None)
    module("comfy_execution")
    module("comfy_execution.utils", get_executing_context=None)
    monkeypatch.delitem(sys.modules, "backlot.host.comfy", raising=False)
    monkeypatch.setattr(headless, "user_dir", lambda: tmp_path / "cache")
    comfy = importlib.import_module("backlot.host.comfy")
    monkeypatch.delitem(sys.modules, "backlot.host.comfy")
    monkeypatch.delattr(host, "comfy", raising=False)
    own, shared = tmp_path / "models" / "backlot", tmp_path / "cache" / "backlot" / "models"
    assert comfy.model_folders() == (own, shared)
    folders.folder_names_and_paths["backlot"] = ([], set())
    assert comfy.model_folders() == (own, tmp_path / "disk", shared)
