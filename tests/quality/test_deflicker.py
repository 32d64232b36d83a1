from __future__ import annotations

import threading
from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import InputError
from backlot.engine.quality.deflicker import deflicker
from backlot.engine.quality.motion import find_motion
from backlot.engine.quality.tile_flicker import tile_flicker

RADIUS = 5


def textured(frames=16, height=180, width=320, pan_px=1.5, seed=0):
    """A panning picture of soft blobs with grain, (T, H, W, 3) uint8."""
    rng = np.random.default_rng(seed)
    wide = rng.uniform(0, 255, (height, width + 80, 3)).astype(np.float32)
    wide = cv2.GaussianBlur(wide, (0, 0), 3)
    wide = 110 + (wide - wide.mean()) * 4
    out = []
    for i in range(frames):
        shift = np.float32([[1, 0, -pan_px * i], [0, 1, 0]])
        view = cv2.warpAffine(wide, shift, (width, height), borderMode=cv2.BORDER_REFLECT)
        out.append(view + rng.normal(0, 1.5, view.shape))
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def scaled(frames, gains):
    """Frames times one gain, or one map of gains, each."""
    scaled = [
        frame * np.asarray(gain)[..., None] for frame, gain in zip(frames, gains, strict=True)
    ]
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def clip_of(frames, bits=0):
    return ArrayClip(frames, Fraction(24), bits=bits)


def frames_of(clip):
    return np.stack([clip.frame(i) for i in range(len(clip))])


def flicker_of(frames, at=range(2, 16, 2)):
    lumas = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    motions = {i: find_motion(lumas[i], lumas[i - 1]) for i in range(1, len(lumas))}
    return np.sqrt(
        np.mean(
            [
                tile_flicker(
                    (lumas[i - 2], lumas[i - 1], lumas[i]), (motions[i - 1], motions[i])
                ).overall
                ** 2
                for i in at
            ]
        )
    )


def wobble(count, amount, seed=1):
    return 1.0 + amount * np.random.default_rng(seed).standard_normal(count)


def test_global_flicker_goes():
    clean = textured()
    shaken = scaled(clean, wobble(len(clean), 0.03))
    result = frames_of(deflicker(clip_of(shaken), strength=1.0, radius_frames=RADIUS))
    assert flicker_of(shaken) > 5 * flicker_of(clean)
    assert flicker_of(result) < 2 * flicker_of(clean) + 0.2


def test_regional_flicker_is_reduced():
    clean = textured()
    x, y = np.meshgrid(np.linspace(0, 1, 320), np.linspace(0, 1, 180))
    spot = np.exp(-((x - 0.35) ** 2 + (y - 0.5) ** 2) / 0.03)
    shaken = scaled(clean, [1 + (g - 1) * spot for g in wobble(len(clean), 0.08)])
    result = frames_of(deflicker(clip_of(shaken), strength=1.0, radius_frames=RADIUS))
    assert flicker_of(result) < 0.4 * flicker_of(shaken)


def test_detail_stays():
    clean = textured()
    shaken = scaled(clean, wobble(len(clean), 0.03))
    result = frames_of(deflicker(clip_of(shaken), strength=1.0, radius_frames=RADIUS))
    energy = [
        np.mean(np.diff(pictures.astype(np.float32), axis=2) ** 2) for pictures in (clean, result)
    ]
    assert energy[1] == pytest.approx(energy[0], rel=0.02)


def test_a_clean_clip_passes_unchanged():
    clean = textured()
    result = frames_of(deflicker(clip_of(clean), strength=1.0, radius_frames=RADIUS))
    assert np.array_equal(result, clean)


def test_a_fade_stays():
    clean = textured()
    faded = scaled(clean, np.linspace(1.0, 0.4, len(clean)))
    result = frames_of(deflicker(clip_of(faded), strength=1.0, radius_frames=RADIUS))
    assert np.abs(result.mean((1, 2, 3)) - faded.mean((1, 2, 3))).max() < 0.7


def test_a_switched_light_stays():
    clean = textured()
    switched = scaled(clean, np.where(np.arange(len(clean)) < 8, 0.85, 1.0))
    result = frames_of(deflicker(clip_of(switched), strength=1.0, radius_frames=RADIUS))
    assert np.abs(result.mean((1, 2, 3)) - switched.mean((1, 2, 3))).max() < 0.5


def test_a_cut_stays():
    joined = np.concatenate([textured(8), scaled(textured(8, seed=5), [0.6] * 8)])
    result = frames_of(deflicker(clip_of(joined), strength=1.0, radius_frames=RADIUS))
    assert np.abs(result.mean((1, 2, 3)) - joined.mean((1, 2, 3))).max() < 0.5


def test_flicker_is_taken_out_on_both_sides_of_a_cut():
    clean = np.concatenate([textured(8), scaled(textured(8, seed=5), [0.6] * 8)])
    shaken = scaled(clean, wobble(16, 0.03))
    result = frames_of(deflicker(clip_of(shaken), strength=1.0, radius_frames=RADIUS))
    rest = np.log(result.mean((1, 2, 3)) / clean.mean((1, 2, 3)))
    assert rest[:8].std() < 0.018 and rest[8:].std() < 0.018
    assert abs(rest[:8].mean() - rest[8:].mean()) < 0.04


def test_any_order_and_threads_give_the_same_bytes():
    shaken = scaled(textured(12), wobble(12, 0.04))
    forward = frames_of(deflicker(clip_of(shaken), strength=0.8, radius_frames=3))
    shuffled = deflicker(clip_of(shaken), strength=0.8, radius_frames=3)
    order = np.random.default_rng(2).permutation(12)
    backward = {int(i): shuffled.frame(int(i)) for i in order}
    assert all(np.array_equal(backward[i], forward[i]) for i in range(12))
    threaded = deflicker(clip_of(shaken), strength=0.8, radius_frames=3)
    got = {}
    workers = [
        threading.Thread(target=lambda part=part: got.update({i: threaded.frame(i) for i in part}))
        for part in (range(0, 12, 2), range(1, 12, 2))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(np.array_equal(got[i], forward[i]) for i in range(12))


def test_no_strength_is_the_same_clip():
    clip = clip_of(textured(4))
    assert deflicker(clip, strength=0.0, radius_frames=RADIUS) is clip


def test_strength_is_gradual():
    shaken = scaled(textured(), wobble(16, 0.03))
    left = [
        flicker_of(frames_of(deflicker(clip_of(shaken), strength=s, radius_frames=RADIUS)))
        for s in (0.3, 0.6, 1.0)
    ]
    assert flicker_of(shaken) > left[0] > left[1] > left[2]


@pytest.mark.parametrize("bits", [10, 16, 32])
def test_other_depths_are_as_steady(bits):
    clean = textured()
    gains = wobble(16, 0.03)[:, None, None, None]
    if bits == 32:
        shaken = (clean / np.float32(255) * gains).astype(np.float32)
    else:
        top = (1 << bits) - 1
        shaken = np.clip(np.rint(clean * (top / 255) * gains), 0, top).astype(np.uint16)
    clip = deflicker(clip_of(shaken, bits), strength=1.0, radius_frames=RADIUS)
    result = frames_of(clip) / clip.format.max_value * 255
    assert result.max() <= 255.001 or bits == 32
    rest = np.log(result.mean((1, 2, 3)) / clean.mean((1, 2, 3)))
    assert rest[2:-2].std() < 0.008 < 0.015 < np.log(gains[2:-2]).std()


def test_alpha_is_not_touched():
    shaken = scaled(textured(), wobble(16, 0.05))
    alpha = np.full((*shaken.shape[:3], 1), 200, np.uint8)
    clip = clip_of(np.concatenate([shaken, alpha], axis=3))
    result = frames_of(deflicker(clip, strength=1.0, radius_frames=RADIUS))
    assert (result[..., 3] == 200).all()
    assert not np.array_equal(result[..., :3], shaken)


def test_clipped_whites_stay_white():
    clean = textured()
    clean[:, :40] = 255
    shaken = scaled(clean, wobble(16, 0.03))
    shaken[:, :40] = 255
    result = frames_of(deflicker(clip_of(shaken), strength=1.0, radius_frames=RADIUS))
    assert (result[:, :30] == 255).all()


def test_a_matte_is_accepted():
    shaken = scaled(textured(), wobble(16, 0.04))[..., 0].copy()
    result = deflicker(clip_of(shaken), strength=1.0, radius_frames=RADIUS)
    assert result.frame(8).shape == shaken[8].shape


def test_black_frames_pass():
    black = np.zeros((6, 60, 80, 3), np.uint8)
    assert np.array_equal(
        frames_of(deflicker(clip_of(black), strength=1.0, radius_frames=2)), black
    )


@pytest.mark.parametrize(("strength", "radius"), [(-0.1, 5), (1.5, 5), (0.5, 0)])
def test_values_outside_their_range_are_refused(strength, radius):
    with pytest.raises(InputError, match="must be"):
        deflicker(clip_of(textured(4)), strength=strength, radius_frames=radius)
