from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.color import linear_to_srgb
from backlot.engine.compositing.colour.correspondences import (
    MODEL_ID,
    Patches,
    PatchReader,
    match_patches,
    pairs,
)
from backlot.engine.compositing.colour.match_color import find_match, match_color
from backlot.engine.errors import FinalError
from backlot.engine.models.manifest import manifest

FPS = Fraction(25)
RNG = np.random.default_rng(0)


def unit(features):
    return (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float32)


def patches(gain, count=40, seed=0):
    """The same things under another light."""
    rng = np.random.default_rng(seed)
    features = unit(rng.normal(size=(count, 16)))
    colours = rng.uniform(0.05, 0.4, (count, 3)) * gain
    return Patches(features, colours.astype(np.float32))


@pytest.fixture
def network(tmp_path):
    """A DINOv2 of a few thousand weights, at random, where a host would keep it."""
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.Dinov2Config(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        mlp_ratio=2,
        image_size=56,
        patch_size=14,
    )
    folder = tmp_path / "models" / manifest(MODEL_ID).folder
    model = transformers.Dinov2Model(config)
    # At random a network sees next to nothing; this one knows places.
    model.embeddings.position_embeddings.data.mul_(100.0)
    model.save_pretrained(folder)
    return folder


def test_alike_things_find_each_other_in_any_order():
    features = unit(RNG.normal(size=(20, 8)))
    order = RNG.permutation(20)
    first, second = pairs(features, features[order])
    np.testing.assert_array_equal(first, np.arange(20))
    np.testing.assert_array_equal(order[second], np.arange(20))
    apart = unit(np.eye(8)[:4]), unit(np.eye(8)[4:])
    assert len(pairs(*apart)[0]) == 0
    assert len(pairs(features[:0], features)[0]) == 0


def test_alike_things_vote_for_one_light():
    gain = np.array([1.5, 1.0, 0.6]) * 0.7
    lights, count = match_patches(patches(1.0), patches(gain))
    assert count == 40
    assert 0.5 < lights.warmth.value / np.log(2.5) < 1.0
    assert lights.warmth.sure > 0.5
    same, _ = match_patches(patches(1.0), patches(1.0))
    assert same.gains() == pytest.approx((1.0, 1.0, 1.0), abs=1e-6)


def test_a_few_wrong_pairs_do_not_matter():
    subject, plate = patches(1.0), patches(1.0)
    colours = plate.colours.copy()
    colours[:8] *= (3.0, 1.0, 0.2)
    lights, _ = match_patches(subject, Patches(plate.features, colours))
    assert abs(lights.warmth.value) < 0.1


def test_too_few_pairs_change_nothing():
    lights, count = match_patches(patches(1.0, 4), patches(2.0, 4))
    assert count == 4
    assert lights.gains() == (1.0, 1.0, 1.0)


def test_only_what_is_covered_is_read(network):
    linear = RNG.random((70, 98, 3)).astype(np.float32)
    cover = np.zeros((70, 98), np.float32)
    cover[:, 42:] = 1.0
    reader = PatchReader(network, "cpu")
    found = reader.read([(linear * 0.9, cover)])
    assert found.features.shape == (5 * 4, 32)
    np.testing.assert_allclose(np.linalg.norm(found.features, axis=1), 1.0, atol=1e-5)
    patch = (linear * 0.9)[:14, 42:56].mean(axis=(0, 1))
    np.testing.assert_allclose(found.colours[0], patch, atol=1e-5)
    whole = reader.read([(linear * 0.9, np.ones_like(cover))])
    assert len(whole.features) == 5 * 7


def test_a_clip_is_matched_and_the_finding_is_kept(network, context):
    rng = np.random.default_rng(1)
    picture = np.kron(rng.uniform(0.05, 0.4, (8, 8, 3)), np.ones((14, 14, 1)))
    warm = picture * (1.5, 1.0, 0.55)
    codes = [np.rint(linear_to_srgb(part) * 255).astype(np.uint8) for part in (warm, picture)]
    subject, plate = (ArrayClip(part[None].repeat(2, axis=0), FPS) for part in codes)
    matte = ArrayClip(np.full((2, 112, 112), 255, np.uint8), FPS)
    able = replace(context, model_folders=(network.parent,))
    given = (subject, matte, plate, able)
    match = find_match(*given, strength=1.0, method="neural")
    assert match.lights is not None
    assert match.lights.warmth.value < -0.2
    matched = match_color(*given, strength=1.0, method="neural")
    before, after = (
        np.abs(clip.frame(0).astype(float) - plate.frame(0)).mean() for clip in (subject, matched)
    )
    assert after < 0.7 * before
    plate._frames = np.zeros_like(plate._frames)  # not read again
    assert find_match(*given, strength=1.0, method="neural") == match


def test_what_cannot_be_loaded_is_said(tmp_path):
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(FinalError, match="backlot models get dinov2-small"):
        PatchReader(tmp_path, "cpu")
