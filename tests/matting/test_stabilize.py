from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import ClipMismatchError
from backlot.engine.matting.matte import Matte
from backlot.engine.matting.stabilize import stabilize_matte

from .conftest import build, texture

FPS = Fraction(25)


def matte_of(alpha):
    native = (np.clip(alpha, 0, 1) * 1023 + 0.5).astype(np.uint16)
    return Matte(ArrayClip(native, FPS, bits=10))


def stabilised(clip, alpha, **options):
    options = {"strength": 1.0, "radius_frames": 2, **options}
    steady = stabilize_matte(clip, matte_of(alpha), **options).alpha
    return np.stack([steady.frame(i) for i in range(len(alpha))]) / 1023


@pytest.fixture(scope="module")
def still(portrait):
    """The portrait's first frame eight times with fresh noise, and a matte that jitters on it."""
    rng = np.random.default_rng(8)
    alpha = portrait.alpha[0]
    frames = portrait.frames[0] + rng.normal(0, 2, (8, *portrait.frames[0].shape))
    soft = ((alpha > 0.01) & (alpha < 0.99)).astype(np.uint8)
    band = cv2.dilate(soft, np.ones((5, 5), np.uint8))
    jitter = [cv2.GaussianBlur(one, (0, 0), 1) for one in rng.normal(0, 0.3, (8, *alpha.shape))]
    found = np.clip(alpha + np.stack(jitter) * band, 0, 1)
    clip = ArrayClip(frames.clip(0, 255).astype(np.uint8), FPS)
    return clip, found, alpha, band > 0


def change(alpha, band):
    return np.abs(np.diff(alpha, axis=0))[:, band].mean()


def test_jitter_goes_where_nothing_moves(still):
    clip, found, truth, band = still
    steady = stabilised(clip, found)
    assert change(found, band) > 0.03
    assert change(steady, band) < 0.3 * change(found, band)
    assert np.abs(steady - truth).mean() < np.abs(found - truth).mean()


def test_more_frames_are_steadier(still):
    clip, found, _, band = still
    one, three = (stabilised(clip, found, radius_frames=radius) for radius in (1, 3))
    assert change(three, band) < 0.7 * change(one, band)


def test_half_the_strength_does_less(still):
    clip, found, _, band = still
    half = change(stabilised(clip, found, strength=0.3), band)
    assert change(stabilised(clip, found), band) < half < change(found, band)


def test_true_motion_is_kept(walk, mad):
    """A true matte of something that moves has nothing to gain, and loses nearly nothing."""
    steady = stabilize_matte(walk.clip, walk.true_matte(), strength=1.0, radius_frames=2)
    assert mad(steady.alpha, walk.alpha) < 0.6


def test_jitter_goes_from_what_moves():
    """Before a plain wall the picture along the motion is the same, edge and all."""
    path = [(50 + 1.5 * t, 62) for t in range(8)]
    scene = build(texture(1, (0.3, 0.35, 0.4), 0.002), texture(2, (0.8, 0.6, 0.5), 0.06), path)
    rng = np.random.default_rng(3)
    edge = (scene.alpha > 0.02) & (scene.alpha < 0.98)
    found = np.clip(scene.alpha + rng.normal(0, 0.2, scene.alpha.shape) * edge, 0, 1)
    steady = stabilised(scene.clip, found)
    assert np.abs(steady - scene.alpha).mean() < 0.8 * np.abs(found - scene.alpha).mean()


def test_what_shows_in_one_frame_only_stays_there(still):
    """A strand that is in one frame's picture and matte belongs to that frame."""
    clip, _, truth, _ = still
    frames = np.stack([clip.frame(i) for i in range(8)])
    alpha = np.repeat(truth[None], 8, axis=0)
    frames[4, 20:60, 20:23] = 20
    alpha[4, 20:60, 20:23] = 1
    steady = stabilised(ArrayClip(frames, FPS), alpha)
    assert steady[4, 22:58, 20:23].min() > 0.95
    assert steady[[2, 3, 5, 6], 22:58, 20:23].max() < 0.05


def test_a_steady_matte_stays_as_it_is(still):
    clip, _, truth, _ = still
    alpha = np.repeat(truth[None], 8, axis=0)
    assert np.abs(stabilised(clip, alpha) - np.rint(alpha * 1023) / 1023).max() < 2e-3


def test_away_from_the_edge_nothing_changes(still):
    clip, found, _, band = still
    far = cv2.dilate(band.astype(np.uint8), np.ones((19, 19), np.uint8)) == 0
    assert np.array_equal(stabilised(clip, found)[:, far], np.rint(found * 1023)[:, far] / 1023)


def test_strength_0_leaves_the_matte_alone(portrait):
    matte = portrait.true_matte()
    assert stabilize_matte(portrait.clip, matte, strength=0.0, radius_frames=2) is matte


def test_what_the_matte_was_made_of_is_kept(portrait):
    matte = replace(portrait.true_matte(), method="segment")
    assert stabilize_matte(portrait.clip, matte, strength=1, radius_frames=1).method == "segment"


def test_an_empty_matte_stays_empty(portrait):
    alpha = np.zeros_like(portrait.alpha)
    assert not stabilised(portrait.clip, alpha).any()


def test_any_order_gives_the_same_frames(still):
    clip, found, _, _ = still
    first, second = (
        stabilize_matte(clip, matte_of(found), strength=0.8, radius_frames=2).alpha
        for _ in range(2)
    )
    backwards = {i: second.frame(i) for i in reversed(range(8))}
    assert all(np.array_equal(first.frame(i), backwards[i]) for i in range(8))


def test_lengths_must_agree(still, portrait):
    with pytest.raises(ClipMismatchError):
        stabilize_matte(still[0], portrait.true_matte(), strength=1.0, radius_frames=2)


@pytest.mark.parametrize("form", ["rgba", "16 bits", "float"])
def test_every_form_of_picture_will_do(still, form):
    clip, found, _, band = still
    frames = np.stack([clip.frame(i) for i in range(8)])
    if form == "rgba":
        frames = np.concatenate([frames, np.full_like(frames[..., :1], 255)], axis=3)
    elif form == "16 bits":
        frames = frames.astype(np.uint16) * np.uint16(257)
    else:
        frames = frames.astype(np.float32) / np.float32(255)
    steady = stabilised(ArrayClip(frames, FPS), found)
    assert change(steady, band) < 0.3 * change(found, band)
