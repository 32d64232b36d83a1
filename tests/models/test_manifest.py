from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from backlot.engine.errors import FinalError
from backlot.engine.models import manifest as module
from backlot.engine.models.manifest import ModelManifest, manifest, model_ids, read_manifest

ROOT = Path(__file__).parents[2]

GOOD = {
    "id": "small-net",
    "title": "Small Net",
    "purpose": "something",
    "licence": "MIT",
    "page": "https://example.org/small",
    "folder": "small-net",
    "requires": {"transformers": "4.56"},
    "files": [
        {"path": "config.json", "url": "https://example.org/c", "size_bytes": 3},
        {"path": "model.safetensors", "url": "https://example.org/m", "sha256": "0" * 64},
    ],
}


def written(place, /, **changes):
    path = place / "small-net.json"
    path.write_text(json.dumps({**GOOD, **changes}))
    return path


def file(**changes):
    return [{**GOOD["files"][0], **changes}]


@pytest.mark.parametrize("model_id", model_ids())
def test_every_manifest_is_valid(model_id):
    known = manifest(model_id)
    assert isinstance(known, ModelManifest)
    assert known.licence in {"Apache-2.0", "MIT", "GPL-3.0"}, (
        "the pack must not fetch what limits its use"
    )
    paths = {one.path for one in known.files}
    if "transformers" in known.requires:
        assert {"config.json", "model.safetensors"} <= paths
    for one in known.files:
        assert one.url.endswith(one.path)
        fixed = r"/resolve/[0-9a-f]{40}/|^https://github\.com/.*/releases/download/v[\d.]+/"
        assert re.search(fixed, one.url), "a moving branch can change"
        if one.path.endswith(module.WEIGHTS):
            assert one.sha256


@pytest.mark.parametrize("model_id", model_ids())
def test_code_of_others_is_one_file_that_is_known_to_the_last_bit(model_id):
    known = manifest(model_id)
    archives = [one for one in known.files if one.path.endswith((".torchscript", ".pth"))]
    assert archives == [] or (known.files == tuple(archives) and len(archives) == 1)
    assert known.licence != "GPL-3.0" or archives, "what is under the GPL must stay apart"


def test_there_are_manifests_and_each_has_a_folder_of_its_own():
    folders = [manifest(model_id).folder for model_id in model_ids()]
    assert len(folders) >= 3
    assert len(set(folders)) == len(folders)


def test_the_libraries_that_run_them_are_extras():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extra = re.search(r'^models = \["transformers>=([\d.]+),!=5\.0\.0"\]', text, re.M)
    onnx = re.search(r'^onnx = \["onnxruntime>=([\d.]+)"\]', text, re.M)
    torch = re.search(r'^ +"torch>=([\d.]+)",', text, re.M)
    assert extra is not None and onnx is not None and torch is not None
    offered = {"transformers": extra[1], "onnxruntime": onnx[1], "torch": torch[1]}
    for model_id in model_ids():
        for library, needed in manifest(model_id).requires.items():
            assert offered[library] == needed


def test_a_manifest_says_how_much_there_is_to_fetch(tmp_path):
    assert read_manifest(written(tmp_path)).size_bytes is None
    (tmp_path / "other").mkdir()
    sized = [dict(GOOD["files"][0]), {**GOOD["files"][1], "size_bytes": 40}]
    assert read_manifest(written(tmp_path / "other", files=sized)).size_bytes == 43


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "other-net"}, "id in small-net.json must be the file's name small-net"),
        ({"title": " "}, "title in small-net.json must be a text"),
        ({"folder": "../elsewhere"}, "folder in small-net.json must be a relative path"),
        ({"folder": "C:\\models"}, "folder in small-net.json must be a relative path"),
        ({"page": "http://example.org"}, "page in small-net.json must be an https address"),
        ({"requires": {"transformers": "new"}}, "requires transformers .* must be a version"),
        ({"files": []}, "files in small-net.json must be a list of files"),
        ({"files": file(path="/etc/passwd")}, "a file's path .* must be a relative path"),
        ({"files": file(url="ftp://example.org/c")}, "the url of config.json .* https"),
        ({"files": file(size_bytes=0)}, "the size of config.json .* above 0"),
        ({"files": file(size_bytes=True)}, "the size of config.json .* above 0"),
        ({"files": file(sha256="abc")}, "the sha256 of config.json .* 64 hex digits"),
        ({"files": file(md5="abc")}, "a file in small-net.json must be made of"),
        ({"files": GOOD["files"][:1] * 2}, "files in small-net.json must be different paths"),
        ({"extra": 1}, "the manifest in small-net.json must be an object of"),
    ],
)
def test_a_wrong_manifest_is_named_with_its_entry(tmp_path, changes, said):
    with pytest.raises(FinalError, match=said):
        read_manifest(written(tmp_path, **changes))


def test_a_broken_manifest_is_an_error_of_ours(tmp_path):
    path = tmp_path / "small-net.json"
    path.write_text("{")
    with pytest.raises(FinalError, match=r"small-net\.json must be a model's manifest"):
        read_manifest(path)


def test_an_unknown_model_is_answered_with_the_known_ones():
    with pytest.raises(FinalError, match="got grand-net") as error:
        manifest("grand-net")
    for one in model_ids():
        assert one in str(error.value)


def test_a_model_id_cannot_lead_out_of_the_manifests():
    with pytest.raises(FinalError):
        manifest(f"../models_manifest/{model_ids()[0]}")


def test_manifests_are_part_of_the_pack():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"models_manifest/*.json"' in text
    assert module.MANIFESTS == ROOT / "models_manifest"
