from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.color import kelvin_to_rgb, linear_to_srgb, luma, srgb_to_linear
from backlot.engine.compositing.illuminant import find_light
from backlot.engine.compositing.match_color import compare_lights, find_match, match_color
from backlot.engine.errors import ClipMismatchError, InputError

FPS = Fraction(25)
SIZE = (72, 96)


def scene(seed: int, frames: int = 3) -> np.ndarray:
    """Linear frames of patches: mostly near grey, some strongly coloured, as scenes are."""
    rng = np.random.default_rng(seed)
    grey = rng.uniform(0.05, 0.6, (18, 24, 1)) * np.exp(rng.normal(0, 0.1, (18, 24, 3)))
    loud = rng.random((18, 24, 1)) < 0.2
    patches = np.where(loud, rng.uniform(0.02, 0.6, (18, 24, 3)), grey)
    picture = np.kron(patches, np.ones((4, 4, 1)))
    return np.repeat(picture[None], frames, axis=0).clip(0, 1)


def light(kelvin: float) -> np.ndarray:
    colour = kelvin_to_rgb(kelvin) / kelvin_to_rgb(6504)
    return colour / luma(colour)


def clip_of(linear: np.ndarray, bits: int = 8) -> ArrayClip:
    display = linear_to_srgb(linear.clip(0, 1))
    if bits == 32:
        return ArrayClip(display.astype(np.float32), FPS)
    codes = np.rint(display * ((1 << bits) - 1))
    return ArrayClip(codes.astype(np.uint8 if bits == 8 else np.uint16), FPS, bits=bits)


def subject_matte(frames: int = 3) -> ArrayClip:
    plane = np.zeros((frames, *SIZE), np.uint8)
    plane[:, 12:, 20:70] = 255
    return ArrayClip(plane, FPS)


def error(clip, linear: np.ndarray) -> float:
    """Mean square error, in 8-bit codes, of the subject against what it should be."""
    inside = subject_matte().frame(0) == 255
    got = clip.frame(0)[inside] / clip.format.max_value
    return float(((got - linear_to_srgb(linear[0].clip(0, 1))[inside]) ** 2).mean()) * 255**2


@pytest.mark.parametrize("kelvin", [3000, 3800, 11000])
def test_a_wrong_white_balance_is_partly_recovered(context, kelvin):
    truth, plate = scene(1), clip_of(scene(2))
    wrong = clip_of(truth * light(kelvin))
    matched = match_color(wrong, subject_matte(), plate, context, strength=0.3)
    assert error(matched, truth) < 0.85 * error(wrong, truth)
    further = match_color(wrong, subject_matte(), plate, context, strength=1.0)
    assert error(further, truth) < 0.5 * error(wrong, truth)


def test_the_plates_warm_light_warms_the_subject(context):
    subject, plate = clip_of(scene(1)), clip_of(scene(2) * light(3000))
    matched = match_color(subject, subject_matte(), plate, context, strength=1.0)
    change = matched.frame(0).astype(int) - subject.frame(0)
    assert change[..., 0].mean() > 3
    assert change[..., 2].mean() < -3


@pytest.mark.parametrize("seed", range(8))
def test_lights_that_agree_change_nothing(context, seed):
    subject, plate = clip_of(scene(seed)), clip_of(scene(seed + 100))
    assert match_color(subject, subject_matte(), plate, context, strength=1.0) is subject


@pytest.mark.parametrize("colour", [(0.5, 0.02, 0.02), (0.05, 0.3, 0.05), (0.02, 0.05, 0.4)])
def test_one_large_coloured_coat_does_not_fool_it(context, colour):
    """Never worse: grey scenes under one light, the subject mostly in one loud colour."""
    truth = scene(3)
    truth[:, 30:, 20:70] = np.array(colour) * truth[:, 30:, 20:70].mean(axis=-1, keepdims=True)
    subject, plate = clip_of(truth), clip_of(scene(4))
    matched = match_color(subject, subject_matte(), plate, context, strength=0.3)
    assert error(matched, truth) < 4.0


def test_a_much_darker_subject_is_lifted_part_of_the_way(context):
    truth, plate = scene(1), clip_of(scene(2))
    dark = clip_of(truth * 0.15)
    matched = match_color(dark, subject_matte(), plate, context, strength=0.3)
    assert error(matched, truth) < 0.9 * error(dark, truth)
    assert matched.frame(0).mean() < clip_of(truth).frame(0).mean()


def test_white_stays_white_and_black_stays_black(context):
    linear = scene(1) * light(3000)
    linear[:, :4], linear[:, 4:8] = 1.0, 0.0
    subject = clip_of(linear)
    plate = clip_of(scene(2) * light(12000))
    frame = match_color(subject, subject_matte(), plate, context, strength=0.3).frame(0)
    assert not frame[4:8].any()
    assert frame[:4, :, 2].min() == 255  # the raised channel does not clip below or past white


def test_no_strength_is_the_same_clip(context):
    subject = clip_of(scene(1))
    plate = clip_of(scene(2) * light(3000))
    assert match_color(subject, subject_matte(), plate, context, strength=0.0) is subject


@pytest.mark.parametrize("bits", [10, 16, 32])
def test_more_bits_give_the_same_picture(context, bits):
    linear, plate = scene(1) * light(3000), clip_of(scene(2))
    eight = clip_of(linear)
    deep = ArrayClip(eight._frames.astype(np.float32) / 255.0, FPS)
    if bits < 32:
        codes = np.rint(deep._frames * ((1 << bits) - 1)).astype(np.uint16)
        deep = ArrayClip(codes, FPS, bits=bits)
    want = match_color(eight, subject_matte(), plate, context, strength=0.5)
    got = match_color(deep, subject_matte(), plate, context, strength=0.5)
    assert got.format == deep.format
    values = got.frame(0) / got.format.max_value * 255.0
    assert np.abs(values - want.frame(0)).max() < 1.6


def test_every_frame_gets_the_same_gains(context):
    linear = np.concatenate([scene(1), scene(1) * 0.5]) * light(3000)
    matte = subject_matte(6)
    subject = clip_of(linear)
    matched = match_color(subject, matte, clip_of(scene(2)), context, strength=0.5)
    np.testing.assert_array_equal(matched.frame(0), matched.frame(2))
    again = match_color(subject, matte, clip_of(scene(2)), context, strength=0.5)
    np.testing.assert_array_equal(again.frame(5), matched.frame(5))
    assert again.fingerprint == matched.fingerprint


def test_the_finding_is_kept_in_the_store(context):
    subject, matte = clip_of(scene(1) * light(3000)), subject_matte()
    plate = clip_of(scene(2))
    first = find_match(subject, matte, plate, context)
    plate._frames = np.zeros_like(plate._frames)  # not read again
    assert find_match(subject, matte, plate, context) == first


def test_an_empty_matte_changes_nothing(context):
    subject = clip_of(scene(1) * light(3000))
    nothing = ArrayClip(np.zeros((3, *SIZE), np.uint8), FPS)
    plate = clip_of(scene(2))
    assert match_color(subject, nothing, plate, context, strength=1.0) is subject


def test_the_light_is_found_on_grey_scenes():
    for kelvin in (3000, 4000, 6504, 10000):
        found = find_light((scene(5) * light(kelvin)).reshape(-1, 3).clip(0, 1))
        expected = light(kelvin)
        assert found.chroma[0] == pytest.approx(np.log(expected[0] / expected[1]), abs=0.12)
        assert found.chroma[1] == pytest.approx(np.log(expected[2] / expected[1]), abs=0.15)


def test_the_same_light_needs_no_gains():
    found = find_light(srgb_to_linear(np.random.default_rng(1).random((5000, 3))))
    assert compare_lights(found, found).gains == (1.0, 1.0, 1.0)


def test_wrong_input_is_refused(context):
    subject, plate = clip_of(scene(1)), clip_of(scene(2))
    with pytest.raises(InputError, match="strength"):
        match_color(subject, subject_matte(), plate, context, strength=2.0)
    with pytest.raises(InputError, match="one channel"):
        match_color(subject, subject, plate, context, strength=0.3)
    with pytest.raises(ClipMismatchError, match="one length"):
        match_color(subject, subject_matte(4), plate, context, strength=0.3)
