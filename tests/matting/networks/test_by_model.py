from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import FinalError, InputError
from backlot.engine.matting.networks import by_model, grounding_dino
from backlot.engine.matting.networks.by_model import (
    MODELS,
    available,
    choose,
    prompt_kinds,
    reads_text,
    segment_by_model,
)
from backlot.engine.matting.networks.parts import parts_of
from backlot.engine.matting.prompts import MaskPrompt, Point, Prompts
from backlot.engine.models import networks
from backlot.engine.models.manifest import manifest

BOX = Prompts(box=(20.0, 15.0, 90.0, 80.0))
NOTHING = Prompts()


def put(folder, *model_ids):
    """Put files under the names of models; they are not what they should be."""
    for model_id in model_ids:
        known = manifest(model_id)
        for file in known.files:
            (folder / known.folder).mkdir(parents=True, exist_ok=True)
            (folder / known.folder / file.path).write_bytes(b"x")
    return folder


@pytest.fixture
def all_fit(monkeypatch):
    monkeypatch.setattr(networks, "_version_of", lambda library: "99.0")
    monkeypatch.setattr(networks, "_version", lambda: "99.0")


def half(clip, bits=10):
    codes = np.zeros((len(clip), clip.format.height, clip.format.width), np.uint16)
    codes[:, :, : clip.format.width // 2] = 1023
    return ArrayClip(codes, clip.format.fps, bits=bits)


def test_every_network_has_a_call_and_models_that_are_known():
    assert set(by_model._CALLS) == set(MODELS)
    for network in MODELS.values():
        for model_id in network.models:
            known = manifest(model_id)
            permissive = known.licence in {"Apache-2.0", "MIT"}
            assert permissive or known.licence in network.licence, "a limit must be said"


def test_nothing_is_installed_and_nothing_is_chosen(context):
    assert available(context) == []
    assert not reads_text(context)
    assert choose(context, BOX) is None


def test_what_is_installed_is_found_in_the_order_of_preference(all_fit, with_models, tmp_path):
    put(tmp_path, "birefnet-general-lite", "rvm-mobilenetv3", "sam2.1-hiera-small")
    assert available(with_models(tmp_path)) == ["sam2", "rvm", "birefnet"]


def test_a_library_that_is_missing_makes_a_network_unavailable(
    all_fit, with_models, tmp_path, monkeypatch
):
    put(tmp_path, "modnet-photographic", "sam2.1-hiera-small")
    monkeypatch.setattr(networks, "_version", lambda: "4.55.0")
    assert available(with_models(tmp_path)) == ["modnet"]


def test_asking_what_there_is_imports_no_library(tmp_path):
    root = Path(__file__).parents[3]
    code = f"""
import importlib.util, sys, pathlib
root = {str(root)!r}
spec = importlib.util.spec_from_file_location(
    "backlot", root + "/__init__.py", submodule_search_locations=[root])
pack = importlib.util.module_from_spec(spec); sys.modules["backlot"] = pack
spec.loader.exec_module(pack)
from backlot.engine.matting.networks.by_model import available
from backlot.engine.clip.store import Store
from backlot.engine.context import Context
folder = pathlib.Path({str(tmp_path)!r})
print(available(Context(Store(folder / "store"), model_folders=(folder,))))
heavy = {{"transformers", "onnxruntime", "matanyone", "pymatting"}} & set(sys.modules)
assert not heavy, heavy
"""
    put(tmp_path, "sam2.1-hiera-small", "modnet-photographic", "grounding-dino-tiny")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_choice_follows_what_is_given(all_fit, with_models, tmp_path, clip_of):
    every = [one for network in MODELS.values() for one in network.models]
    context = with_models(put(tmp_path, *every))
    clip = clip_of(2)
    coarse, plate = half(clip), clip
    assert choose(context, BOX) == "sam2"
    assert choose(context, BOX, people=True) == "sam2"
    assert choose(context, NOTHING) == "birefnet", "what is not known to be a person may be a dog"
    assert choose(context, NOTHING, people=True) == "rvm"
    assert choose(context, NOTHING, coarse=coarse) == "sam2"
    assert choose(context, NOTHING, plate=plate, people=True) == "background_matting"
    assert choose(context, BOX, plate=plate, coarse=coarse, people=True) == "background_matting"
    assert choose(context, BOX, plate=plate, people=True) == "sam2"
    text = Prompts(text="a dog")
    assert choose(context, text) is None, "nothing reads it"
    put(tmp_path, "grounding-dino-tiny")
    assert choose(context, text) == "sam2"


def test_what_forbids_commercial_use_is_never_chosen(with_models, tmp_path, monkeypatch, clip_of):
    monkeypatch.setattr(by_model, "is_installed", lambda context: True)
    context = with_models(tmp_path)
    assert available(context) == ["matanyone"]
    mask = Prompts(masks=(MaskPrompt(0, np.ones((90, 160), np.float32)),))
    assert choose(context, mask, people=True) is None


@pytest.mark.parametrize(
    ("name", "prompts", "said"),
    [
        ("sam3", NOTHING, "model must be one of background_matting, sam2, .* got 'sam3'"),
        ("rvm", BOX, "RobustVideoMatting must be given no prompt, got box"),
        ("modnet", Prompts(points=(Point(5, 5, 0, True),)), "no prompt, got points"),
        ("background_matting", NOTHING, "BackgroundMattingV2 must be given a clean plate"),
        ("matanyone", BOX, "MatAnyone must be given mask, got box"),
        ("matanyone", NOTHING, "a mask on the first frame"),
    ],
)
def test_prompts_that_a_network_cannot_use_are_explained(context, clip_of, name, prompts, said):
    with pytest.raises(InputError, match=said):
        segment_by_model(name, clip_of(2), context, prompts)


@pytest.mark.parametrize(
    ("name", "model_id"),
    [("sam2", "sam2.1-hiera-small"), ("rvm", "rvm-mobilenetv3"), ("modnet", "modnet-photographic")],
)
def test_a_network_that_is_not_there_says_what_to_get(context, clip_of, name, model_id):
    prompts = BOX if name == "sam2" else NOTHING
    with pytest.raises(FinalError, match=f"backlot models get {model_id}"):
        segment_by_model(name, clip_of(2), context, prompts)


def test_a_library_that_is_too_old_is_said(with_models, tmp_path, clip_of, monkeypatch):
    monkeypatch.setattr(networks, "_version", lambda: "5.0.0")
    context = with_models(put(tmp_path, "sam2.1-hiera-small"))
    with pytest.raises(FinalError, match=r'pip install "transformers>=4\.56,!=5\.0\.0"'):
        segment_by_model("sam2", clip_of(2), context, BOX)


def test_sam2_is_asked_with_the_prompts(sam2_folder, with_models, clip_of):
    context, clip = with_models(sam2_folder.parent), clip_of(3)
    boxed = segment_by_model("sam2", clip, context, BOX)
    assert (boxed.format.channels, boxed.format.bits, len(boxed)) == (1, 10, 3)
    seeded = segment_by_model("sam2", clip, context, NOTHING, coarse=half(clip))
    assert np.abs(seeded.frame(0) / 1023 - half(clip).frame(0) / 1023).mean() < 0.05
    assert seeded.fingerprint != boxed.fingerprint


def test_a_text_becomes_a_box_for_sam2(
    sam2_folder, grounding_dino_folder, with_models, clip_of, monkeypatch
):
    monkeypatch.setattr(grounding_dino, "LEAST_SCORE", 0.0)
    context = with_models(sam2_folder.parent, grounding_dino_folder.parent)
    clip = clip_of(2)
    named = segment_by_model("sam2", clip, context, Prompts(text="the woman"))
    box = grounding_dino.box_from_text(clip, context, "the woman")
    boxed = segment_by_model("sam2", clip, context, Prompts(box=box))
    assert np.array_equal(named.frame(1), boxed.frame(1))


def test_a_text_and_a_later_correction_are_both_heard(
    sam2_folder, grounding_dino_folder, with_models, clip_of, monkeypatch
):
    monkeypatch.setattr(grounding_dino, "LEAST_SCORE", 0.0)
    context = with_models(sam2_folder.parent, grounding_dino_folder.parent)
    clip, click = clip_of(4), (Point(130, 45, 2, False),)
    both = segment_by_model("sam2", clip, context, Prompts(points=click, text="the woman"))
    named = segment_by_model("sam2", clip, context, Prompts(text="the woman"))
    assert np.array_equal(both.frame(0), named.frame(0))
    assert not np.array_equal(both.frame(2), named.frame(2))


def test_a_text_without_its_network_says_what_to_get(sam2_folder, with_models, clip_of):
    context = with_models(sam2_folder.parent)
    with pytest.raises(FinalError, match="backlot models get grounding-dino-tiny"):
        segment_by_model("sam2", clip_of(2), context, Prompts(text="the woman"))


def test_of_everybody_only_who_is_meant_is_kept(context, clip_of, monkeypatch):
    clip = clip_of(2)
    codes = np.zeros((2, 90, 160), np.uint16)
    codes[:, 20:60, 10:50] = 1023
    codes[:, 15:20, 20:40] = 300  # hair
    codes[:, 20:60, 100:140] = 900
    everybody = ArrayClip(codes, clip.format.fps, bits=10)
    monkeypatch.setitem(by_model._CALLS, "rvm", lambda asked: everybody)
    monkeypatch.setattr(by_model, "_need", lambda *_: "")
    coarse = np.zeros((2, 90, 160), np.uint16)
    coarse[:, 25:50, 15:45] = 1023
    kept = segment_by_model(
        "rvm", clip, context, BOX, coarse=ArrayClip(coarse, clip.format.fps, bits=10)
    )
    assert np.array_equal(kept.frame(0)[:, :60], codes[0][:, :60])
    assert kept.frame(0)[:, 90:].max() == 0
    assert segment_by_model("rvm", clip, context, NOTHING).frame(0)[30, 120] == 900


def test_the_faint_rim_of_a_part_goes_with_it():
    codes = np.zeros((40, 40), np.uint16)
    codes[10:20, 10:20] = 1000
    codes[8:10, 10:20] = 40
    meant = np.zeros((40, 40), bool)
    assert parts_of(codes, codes > 102, meant).max() == 0
    meant[12:18, 12:18] = True
    assert np.array_equal(parts_of(codes, codes > 102, meant), codes)


def test_kinds_of_prompts_are_told():
    mask = MaskPrompt(0, np.ones((2, 2)))
    every = Prompts((0, 0, 1, 1), (Point(1, 1, 0, True),), (mask,), " a dog ")
    assert prompt_kinds(every) == {"box", "points", "mask", "text"}
    assert prompt_kinds(NOTHING) == set()
