from __future__ import annotations

import hashlib
import json
import shutil
import warnings

import pytest
import torch
from backlot.engine.errors import FinalError
from backlot.engine.models import manifest as module
from backlot.engine.models.torchscript import load_torchscript

MODEL = "rvm-mobilenetv3"


class Twice(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2


@pytest.fixture
def put(monkeypatch, tmp_path):
    """Return what writes an archive, and the manifest of the file that was published."""
    manifests = tmp_path / "manifests"
    shutil.copytree(module.MANIFESTS, manifests)
    monkeypatch.setattr(module, "MANIFESTS", manifests)

    def write(content, digest=None):
        path = manifests / f"{MODEL}.json"
        known = json.loads(path.read_text(encoding="utf-8"))
        target = tmp_path / "models" / known["folder"] / known["files"][0]["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        known["files"][0]["sha256"] = digest or hashlib.sha256(content).hexdigest()
        path.write_text(json.dumps(known), encoding="utf-8")
        module.read_manifest.cache_clear()
        return tmp_path / "models"

    yield write
    module.read_manifest.cache_clear()


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "twice.torchscript"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(Twice()).save(str(path))
    return path.read_bytes()


def within(context, folder):
    from dataclasses import replace

    return replace(context, model_folders=(folder,))


def test_the_published_archive_is_run_quietly(put, archive, context):
    found = load_torchscript(within(context, put(archive)), MODEL)
    assert not found.training
    assert found(torch.ones(2)).tolist() == [2.0, 2.0]


def test_another_archive_is_not_even_opened(put, archive, context, monkeypatch):
    folder = put(archive, digest="0" * 64)
    monkeypatch.setattr(torch.jit, "load", lambda *_, **__: pytest.fail("ran foreign code"))
    with pytest.raises(FinalError, match=f"`backlot models get {MODEL}`"):
        load_torchscript(within(context, folder), MODEL)


def test_an_archive_that_this_torch_cannot_read_is_explained(put, context):
    folder = put(b"not an archive")
    with pytest.raises(FinalError, match="must load on cpu with torch"):
        load_torchscript(within(context, folder), MODEL)
