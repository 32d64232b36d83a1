"""Cuts and fades in footage that is put together from textures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.reduced import Size
from backlot.engine.analysis.scene import fades
from backlot.engine.analysis.scene.likeness import SceneMatcher
from backlot.engine.analysis.scene.shots import ShotFinder

from ..conftest import texture

SIZE = Size(320, 180)
FPS = 25.0


def shots(frames):
    finder = ShotFinder(SIZE, FPS)
    for frame in frames:
        finder.see(np.rint(np.clip(frame, 0, 255)).astype(np.uint8))
    return finder.answer()


def scene(seed, count, *, pan=1.5, gain=1.0, seen_from=0.0, smear=1):
    """Return noisy frames of a wall with a thing on it, the camera panning by ``pan`` px."""
    wall = texture(seed, 900, SIZE.height)
    rng = np.random.default_rng(seed)
    colour = rng.uniform(0, 255, 3)
    wall[40:140, 60:150] = 0.3 * wall[40:140, 60:150] + 0.7 * colour
    wall = cv2.blur(wall, (smear, 1))
    frames = []
    for index in range(count):
        x = round(seen_from + pan * index) % (900 - SIZE.width)
        noise = 2.0 * rng.standard_normal((SIZE.height, SIZE.width, 3), dtype=np.float32)
        frames.append(gain * wall[:, x : x + SIZE.width] + noise)
    return frames


def test_every_joint_is_found_to_the_frame():
    lengths = (9, 20, 13, 31, 8)
    frames = [frame for seed, count in enumerate(lengths) for frame in scene(seed, count)]
    assert shots(frames).cuts == tuple(np.cumsum(lengths[:-1]))


def test_a_moving_camera_and_noise_cut_nothing():
    assert shots(scene(1, 60, pan=4.0)) == ((), ())


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_flash_is_no_cut(length):
    frames = scene(2, 40)
    for index in range(20, 20 + length):
        frames[index] = 1.5 * frames[index] + 120
    assert shots(frames).cuts == ()


def test_a_flash_beside_a_cut_leaves_one_cut():
    frames = scene(2, 20) + scene(3, 20)
    frames[21] = 1.5 * frames[21] + 120
    assert shots(frames).cuts == (20,)


@pytest.mark.parametrize("gain", [0.35, 2.0])
def test_a_light_that_is_switched_is_no_cut(gain):
    assert shots(scene(4, 20) + scene(4, 20, gain=gain, seen_from=30)).cuts == ()


@pytest.mark.parametrize("pan", [40.0, 90.0, 150.0])
def test_a_whip_pan_is_no_cut(pan):
    still, whip = scene(5, 15, pan=0), scene(5, 4, pan=pan, smear=round(0.5 * pan))
    arrived = scene(5, 15, pan=0, seen_from=4 * pan % 580)
    assert shots(still + whip + arrived).cuts == ()


def test_something_that_passes_close_to_the_lens_is_no_cut():
    frames = scene(6, 40)
    thing = texture(60, SIZE.width, SIZE.height)
    for index, x in enumerate(range(-240, 330, 110), start=18):
        left, right = max(x, 0), min(x + 240, SIZE.width)
        if right > left:
            frames[index][:, left:right] = thing[:, left:right]
    assert shots(frames).cuts == ()


def test_scenes_of_one_colour_are_told_apart_by_their_structure():
    first, second = scene(7, 20, pan=0), scene(8, 20, pan=0)
    middle = [np.stack([frame.mean(axis=2)] * 3, axis=2) for frame in first + second]
    assert shots(middle).cuts == (20,)


def test_a_cut_to_black_and_back_are_two_cuts_and_no_fade():
    black = [np.zeros((SIZE.height, SIZE.width, 3))] * 12
    assert shots(scene(1, 20) + black + scene(2, 20)) == ((20, 32), ())


def faded(frames, shares, level=0.0):
    return [
        share * frame + (1 - share) * level for frame, share in zip(frames, shares, strict=True)
    ]


@pytest.mark.parametrize("level", [0.0, 255.0])
def test_a_fade_out_and_in_is_one_fade_and_no_cut(level):
    out = faded(scene(1, 12, seen_from=30), np.linspace(1, 0, 14)[1:-1], level)
    back = faded(scene(2, 12), np.linspace(0, 1, 14)[1:-1], level)
    nothing = [np.full((SIZE.height, SIZE.width, 3), level)] * 5
    found = shots(scene(1, 20) + out + nothing + back + scene(2, 20, seen_from=18))
    assert found.cuts == ()
    ((first, last),) = found.fades
    assert first == pytest.approx(20, abs=2)
    assert last == pytest.approx(48, abs=2)


def test_a_clip_that_begins_with_a_fade_says_so():
    found = shots(faded(scene(1, 15), np.linspace(0, 1, 15)) + scene(1, 20, seen_from=22))
    assert found.cuts == ()
    ((first, last),) = found.fades
    assert first == 0 and last == pytest.approx(13, abs=2)


@pytest.mark.parametrize("length", [10, 20, 40])
def test_a_dissolve_is_found_with_its_ends(length):
    shares = np.linspace(0, 1, length + 2)[1:-1]
    first, second = scene(1, 30 + length, pan=0.2), scene(2, length + 30, pan=0.2)
    mixed = [
        (1 - share) * a + share * b
        for share, a, b in zip(shares, first[30:], second[:length], strict=True)
    ]
    found = shots(first[:30] + mixed + second[length:])
    assert found.cuts == ()
    ((begin, end),) = found.fades
    assert begin == pytest.approx(30, abs=3)
    assert end == pytest.approx(29 + length, abs=3)


@pytest.mark.parametrize("pan", [2.0, 12.0])
def test_a_pan_is_no_dissolve(pan):
    assert shots(scene(3, 30, pan=0) + scene(3, 40, pan=pan)).fades == ()


def test_a_mixture_shows_both_scenes_at_their_places():
    first, second = (texture(seed, 160, 90).mean(axis=2) for seed in (1, 2))
    mixed = (0.4 * first + 0.6 * second).astype(np.uint8)
    ends = first.astype(np.uint8), second.astype(np.uint8)
    assert fades._is_mixture(mixed, *ends)
    assert not fades._is_mixture(np.roll(mixed, 12, axis=1), *ends)
    assert not fades._is_mixture(ends[0], *ends)
    assert not fades._is_mixture(np.full_like(mixed, 90), *ends)


def test_a_light_that_dims_slowly_is_no_fade():
    frames = scene(4, 60, pan=0.3)
    gains = np.interp(np.arange(60), [20, 45], [1.0, 0.3])
    assert shots([gain * frame for gain, frame in zip(gains, frames, strict=True)]) == ((), ())


def test_any_shape_and_length_is_taken():
    for width, height in ((90, 320), (8, 8), (2000, 30), (3, 700)):
        finder = ShotFinder(Size(width, height), 60.0)
        for seed in (1, 2):
            picture = texture(seed, width, height).astype(np.uint8)
            for _ in range(20):
                finder.see(picture)
        assert finder.answer() == ((20,), ())
    finder = ShotFinder(SIZE, FPS)
    finder.see(np.full((SIZE.height, SIZE.width, 3), 90, np.uint8))
    assert finder.answer() == ((), ())
    assert ShotFinder(SIZE, FPS).answer() == ((), ())


def test_likeness_sees_through_motion_and_light_but_not_through_a_change_of_scene():
    matcher = SceneMatcher(*SIZE)
    greys = [
        cv2.cvtColor(frame.clip(0, 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
        for frame in (
            scene(1, 1)[0],
            scene(1, 1, seen_from=70)[0],
            scene(1, 1, gain=0.4)[0],
            scene(2, 1)[0],
        )
    ]
    same, moved, dimmed, other = (matcher.likeness(greys[0], grey) for grey in greys)
    assert same == pytest.approx(1.0, abs=1e-3)
    assert moved > 0.7 and dimmed > 0.7
    assert other < 0.4
