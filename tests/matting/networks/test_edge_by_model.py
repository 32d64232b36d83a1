"""Refine Matte with a network: which is taken, what it touches, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from backlot import host
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import FinalError, InputError
from backlot.engine.matting.matte import Matte
from backlot.engine.matting.networks.edge_by_model import EDGE_MODELS, edge_network
from backlot.engine.matting.refine import refine_matte
from backlot.engine.matting.screen import Screen
from backlot.engine.models.manifest import manifest
from backlot.nodes.matting_edges import RefineMatte

FPS = Fraction(25)


@pytest.fixture
def coarse():
    codes = np.zeros((2, 90, 160), np.uint16)
    codes[:, :, 80:] = 1023
    return Matte(ArrayClip(codes, FPS, bits=10), None, "segment by SAM 2")


def test_every_network_is_one_that_can_be_fetched():
    for network in EDGE_MODELS.values():
        assert manifest(network.model_id).title.startswith(network.title)


def test_auto_takes_what_is_installed_and_says_so(vitmatte_folder, with_models, clip_of, coarse):
    clip, context = clip_of(2), with_models(vitmatte_folder.parent)
    found = refine_matte(clip, coarse, context, radius_px=8.0, detail=1.0, model="auto")
    assert found.method == "segment by SAM 2, edge by ViTMatte"
    named = refine_matte(clip, coarse, context, radius_px=8.0, detail=1.0, model="vitmatte")
    assert named.alpha.fingerprint == found.alpha.fingerprint
    plain = refine_matte(clip, coarse, context, radius_px=8.0, detail=1.0, model="none")
    assert plain.method == "segment by SAM 2, edge by colour"
    assert not np.array_equal(plain.alpha.frame(0), found.alpha.frame(0))


def test_auto_does_without_where_nothing_is_installed(context, clip_of, coarse):
    clip = clip_of(2)
    assert edge_network(context, "auto") is None
    found = refine_matte(clip, coarse, context, radius_px=8.0, detail=1.0, model="auto")
    plain = refine_matte(clip, coarse, radius_px=8.0, detail=1.0)
    assert found.alpha.fingerprint == plain.alpha.fingerprint


def test_what_is_not_there_says_what_to_do(context, clip_of, coarse):
    how = {"radius_px": 8.0, "detail": 1.0}
    with pytest.raises(FinalError, match="backlot models get vitmatte-small-composition-1k"):
        refine_matte(clip_of(2), coarse, context, model="vitmatte", **how)
    with pytest.raises(InputError, match="model must be one of auto, none, vitmatte, got 'sam2'"):
        refine_matte(clip_of(2), coarse, context, model="sam2", **how)
    with pytest.raises(InputError, match="without a context"):
        refine_matte(clip_of(2), coarse, model="vitmatte", **how)


def test_a_keyed_matte_and_no_detail_leave_it_as_it_is(
    vitmatte_folder, with_models, clip_of, coarse
):
    context = with_models(vitmatte_folder.parent)
    keyed = replace(coarse, screen=Screen((0, 1, 0), 0.5, (0, 0, 160, 90)), method="key")
    how = {"radius_px": 8.0, "model": "vitmatte"}
    assert refine_matte(clip_of(2), keyed, context, detail=1.0, **how) is keyed
    assert refine_matte(clip_of(2), coarse, context, detail=0.0, **how) is coarse


def test_detail_lies_between_the_matte_and_what_the_network_says(
    vitmatte_folder, with_models, clip_of, coarse
):
    clip, context = clip_of(2), with_models(vitmatte_folder.parent)
    whole, half = (
        refine_matte(clip, coarse, context, radius_px=8.0, detail=detail, model="vitmatte").alpha
        for detail in (1.0, 0.5)
    )
    mean = (coarse.alpha.frame(1).astype(np.float32) + whole.frame(1)) / 2
    assert np.abs(half.frame(1) - mean).max() <= 1
    assert not np.array_equal(half.frame(1), whole.frame(1))


def test_the_node_passes_it_on_and_says_what_was_used(
    vitmatte_folder, with_models, clip_of, coarse, monkeypatch
):
    context = with_models(vitmatte_folder.parent)
    monkeypatch.setattr(host, "context", lambda: context)
    said = []
    monkeypatch.setattr(
        host, "result", lambda *outputs, **shown: said.append(shown["text"]) or outputs
    )
    clip = host.video_of(clip_of(2))
    refined, sure, hair = RefineMatte.execute(clip, coarse, 8.0, 1.0, model="vitmatte")
    assert said == ["segment by SAM 2, edge by ViTMatte"]
    assert sure.alpha.frame(0).shape == hair.alpha.frame(0).shape == (90, 160)
    plain, other, _ = RefineMatte.execute(clip, coarse, 8.0, 1.0, model="none")
    assert said[-1] == "segment by SAM 2, edge by colour"
    assert not np.array_equal(plain.alpha.frame(0), refined.alpha.frame(0))
    assert not np.array_equal(other.alpha.frame(0), sure.alpha.frame(0)), "it judges what came out"


def test_workflows_that_were_saved_without_it_still_mean_the_same():
    # The editor gives saved values to widgets in their order.
    widgets = [one.id for one in RefineMatte.define_schema().inputs][2:]
    assert widgets == ["radius_px", "detail", "preview_frame", "model"]
