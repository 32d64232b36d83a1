from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.analysis.light.light import LightingInfo
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.color import kelvin_to_rgb, linear_to_srgb, luma, srgb_to_linear
from backlot.engine.compositing.colour.illuminant import find_light
from backlot.engine.compositing.colour.light_difference import (
    LEVEL,
    TINT,
    WARMTH,
    Belief,
    LightMatch,
    compare_lights,
    reach,
    weighed,
)
from backlot.engine.compositing.colour.lut import cube_of, write_cube
from backlot.engine.compositing.colour.match_color import (
    METHODS,
    apply_match,
    find_match,
    match_color,
    save_match,
)
from backlot.engine.errors import ClipMismatchError, FinalError, InputError, MediaError

FPS = Fraction(25)
SIZE = (144, 192)
SKIN = np.array([1.0, 0.54, 0.36])


def scene(seed: int, frames: int = 3) -> np.ndarray:
    """Linear frames of patches: mostly near grey, some strongly coloured, as scenes are."""
    rng = np.random.default_rng(seed)
    grey = rng.uniform(0.04, 0.45, (18, 24, 1)) * np.exp(rng.normal(0, 0.1, (18, 24, 3)))
    loud = rng.random((18, 24, 1)) < 0.2
    patches = np.where(loud, rng.uniform(0.02, 0.5, (18, 24, 3)), grey)
    picture = np.kron(patches, np.ones((8, 8, 1)))
    return np.repeat(picture[None], frames, axis=0).clip(0, 1)


def person(seed: int, frames: int = 3) -> np.ndarray:
    """Linear frames of patches as people are: some skin, darker clothes, a little that is pale."""
    rng = np.random.default_rng(seed)
    cloth = rng.uniform(0.02, 0.2, (18, 24, 1)) * np.exp(rng.normal(0, 0.12, (18, 24, 3)))
    skin = rng.uniform(0.15, 0.5, (18, 24, 1)) * SKIN
    pale = rng.uniform(0.4, 0.6, (18, 24, 1)) * np.exp(rng.normal(0, 0.05, (18, 24, 3)))
    pale = pale * (1.05, 1.0, 0.9)
    which = rng.random((18, 24, 1))
    patches = np.where(which < 0.2, skin, np.where(which > 0.93, pale, cloth))
    picture = np.kron(patches, np.ones((8, 8, 1)))
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
    plane[:, 24:, 40:140] = 255
    return ArrayClip(plane, FPS)


def error(clip, linear: np.ndarray) -> float:
    """Mean square error, in 8-bit codes, of the subject against what it should be."""
    inside = subject_matte().frame(0) == 255
    got = clip.frame(0)[inside] / clip.format.max_value
    return float(((got - linear_to_srgb(linear[0].clip(0, 1))[inside]) ** 2).mean()) * 255**2


def estimated(kelvin: float, confidence: float = 0.6) -> LightingInfo:
    return LightingInfo(
        (0.0, 0.8, 0.6), kelvin, 0.3, 2.0, 0.5, (0.0, -1.0), 0.5, "test",
        temperature_confidence=confidence,
    )  # fmt: skip


@pytest.mark.parametrize("kelvin", [3400, 4000, 20000])
def test_a_wrong_white_balance_is_partly_recovered(context, kelvin):
    truth, plate = person(1), clip_of(scene(2))
    wrong = clip_of(truth * light(kelvin))
    matched = match_color(wrong, subject_matte(), plate, context, strength=0.3)
    assert error(matched, truth) < 0.7 * error(wrong, truth)
    further = match_color(wrong, subject_matte(), plate, context, strength=1.0)
    assert error(further, truth) < 0.5 * error(wrong, truth)


@pytest.mark.parametrize("green", [0.2, -0.45])
def test_a_green_or_magenta_cast_is_partly_taken_off(context, green):
    truth, plate = person(1), clip_of(scene(2))
    wrong = clip_of(truth * np.exp([-green / 2, green / 2, -green / 2]))
    matched = match_color(wrong, subject_matte(), plate, context, strength=1.0)
    assert error(matched, truth) < 0.7 * error(wrong, truth)


def test_who_is_lit_from_behind_is_not_underexposed(context):
    """Dark for the light is behind: Relight Subject's to mend, where the plate's is in front."""
    dark, plate = clip_of(person(1) * 0.3), clip_of(scene(2))
    unknown = {"direction_sigma_deg": 57.0}
    known = {"direction_sigma_deg": 10.0}
    front = replace(estimated(6504.0), **known)
    gains = [
        find_match(dark, subject_matte(), plate, context, source_lighting=source).gains()[1]
        for source in (
            None,
            front,
            replace(front, direction=(0.3, 0.2, -0.93), contrast=5.0),
            replace(front, direction=(0.3, 0.2, -0.93), contrast=5.0, **unknown),
        )
    ]
    assert gains[0] == gains[1] == gains[3] > 1.2
    assert gains[2] < 0.8 * gains[0]


@pytest.mark.parametrize("seed", range(8))
def test_lights_that_agree_change_nothing(context, seed):
    subject, plate = clip_of(person(seed)), clip_of(scene(seed + 100))
    assert match_color(subject, subject_matte(), plate, context, strength=1.0) is subject
    text = find_match(subject, subject_matte(), plate, context).text
    assert text.startswith("Match Color: left alone: ")


@pytest.mark.parametrize(
    "colour", [(0.5, 0.02, 0.02), (0.05, 0.3, 0.05), (0.02, 0.05, 0.4), (0.45, 0.3, 0.04)]
)
def test_one_large_coloured_coat_does_not_fool_it(context, colour):
    """Never worse: a person in grey scenes under one light, mostly in one loud colour."""
    truth = person(3)
    truth[:, 60:, 40:140] = np.array(colour) * truth[:, 60:, 40:140].mean(axis=-1, keepdims=True)
    subject, plate = clip_of(truth), clip_of(scene(4))
    matched = match_color(subject, subject_matte(), plate, context, strength=0.3)
    assert error(matched, truth) < 4.0


def test_brown_skin_and_a_yellow_dress_are_no_warm_light(context):
    """Nothing of it is grey and all is warm; what would make the dress grey leaves no skin."""
    rng = np.random.default_rng(5)
    shade = rng.uniform(0.1, 0.4, (18, 24, 1))
    dress = np.where(rng.random((18, 24, 1)) < 0.6, (1.0, 0.62, 0.16), (0.45, 0.06, 0.11))
    cut = rng.random((18, 24, 1)) < 0.25
    truth = shade * np.where(cut, (0.9, 0.45, 0.27), dress)
    truth = np.repeat(np.kron(truth, np.ones((8, 8, 1)))[None], 3, axis=0)
    subject, plate = clip_of(truth), clip_of(scene(6))
    match = find_match(subject, subject_matte(), plate, context)
    assert match.lights is not None
    assert abs(match.lights.warmth.value) < 0.1


def test_a_much_darker_subject_is_lifted_part_of_the_way(context):
    truth, plate = person(1), clip_of(scene(2))
    dark = clip_of(truth * 0.15)
    matched = match_color(dark, subject_matte(), plate, context, strength=0.3)
    assert error(matched, truth) < 0.9 * error(dark, truth)
    assert matched.frame(0).mean() < clip_of(truth).frame(0).mean()


def test_a_dark_subject_is_not_lifted_before_a_dark_plate(context):
    dark, night = clip_of(person(1) * 0.15), clip_of(scene(2) * 0.02)
    match = find_match(dark, subject_matte(), night, context)
    assert match.lights is not None
    assert match.lights.level.value <= 0.0


def test_one_bright_shirt_more_or_less_is_no_exposure(context):
    pale, plate = person(1), clip_of(scene(2))
    pale[:, 60:, 40:140] = 0.6 + 0.1 * pale[:, 60:, 40:140]
    match = find_match(clip_of(pale), subject_matte(), plate, context)
    assert match.lights is not None
    assert match.lights.level == Belief(0.0, 0.0)


def test_haze_is_taken_off_the_blacks(context):
    truth = person(1)
    hazy = 0.25 + 0.75 * linear_to_srgb(truth)
    plate = clip_of(scene(2) * 0.5)
    subject = ArrayClip(np.rint(hazy * 255).astype(np.uint8), FPS)
    match = find_match(subject, subject_matte(), plate, context, strength=1.0)
    assert match.lights is not None and match.lights.black > 0.03
    assert "haze" in match.text
    matched = apply_match(subject, subject_matte(), match)
    assert matched.frame(0).min() < subject.frame(0).min() - 8


def test_before_a_black_and_white_plate_the_subject_loses_its_colour(context):
    subject, plate = clip_of(person(1)), clip_of(scene(2).mean(axis=-1, keepdims=True) * np.ones(3))
    match = find_match(subject, subject_matte(), plate, context, strength=1.0)
    assert "colour taken out" in match.text
    inside = subject_matte().frame(0) == 255
    found = apply_match(subject, subject_matte(), match).frame(0)[inside]
    assert np.ptp(found.astype(int), axis=1).max() <= 3


@pytest.mark.parametrize("grey", [0.0, 0.4, 1.0])
def test_a_plain_card_is_no_black_and_white_picture(context, grey):
    subject, plate = clip_of(person(1)), clip_of(np.full((3, *SIZE, 3), grey))
    match = find_match(subject, subject_matte(), plate, context)
    assert "colour" not in match.text


def test_a_gain_that_is_held_back_does_not_tint():
    lights = LightMatch(warmth=Belief(0.4, 1.0), level=Belief(2.0, 1.0))
    red, green, blue = lights.gains()
    assert red == pytest.approx(3.0)
    assert np.log(red / blue) == pytest.approx(0.4)
    assert np.log(red / green) == pytest.approx(0.2)


def test_two_estimated_lights_count_where_pixels_do_not_tell(context):
    subject, plate = clip_of(person(1)), clip_of(scene(2))
    given = {"source_lighting": estimated(6500), "plate_lighting": estimated(3200)}
    match = find_match(subject, subject_matte(), plate, context, strength=1.0, **given)
    red, green, blue = match.gains()
    assert red > green > blue
    # The key is not all the light there is.
    assert 0.2 < np.log(red / blue) / np.log(light(3200)[0] / light(3200)[2]) < 0.6
    assert "warmer" in match.text


def test_lights_that_nobody_is_sure_of_do_not_count(context):
    subject, plate = clip_of(person(1)), clip_of(scene(2))
    given = {"source_lighting": estimated(6500), "plate_lighting": estimated(3200, 0.1)}
    match = find_match(subject, subject_matte(), plate, context, **given)
    assert match.transfer is None and match.gains() == (1.0, 1.0, 1.0)


def test_white_stays_white_and_black_stays_black(context):
    linear = person(1) * light(3400)
    linear[:, :8], linear[:, 8:16] = 1.0, 0.0
    subject = clip_of(linear)
    match = find_match(subject, subject_matte(), clip_of(scene(2)), context, strength=0.3)
    assert match.gains()[2] > 1.2
    frame = apply_match(subject, subject_matte(), match).frame(0)
    assert not frame[8:16].any()
    assert frame[:8, :, 2].min() == 255  # the raised channel does not clip below or past white


def test_no_strength_is_the_same_clip(context):
    subject = clip_of(person(1))
    plate = clip_of(scene(2) * light(3000))
    assert match_color(subject, subject_matte(), plate, context, strength=0.0) is subject


@pytest.mark.parametrize("method", ["light", "histogram", "mkl"])
@pytest.mark.parametrize("bits", [10, 16, 32])
def test_more_bits_give_the_same_picture(context, bits, method):
    linear, plate = person(1) * light(3000), clip_of(scene(2))
    eight = clip_of(linear)
    deep = ArrayClip(eight._frames.astype(np.float32) / 255.0, FPS)
    if bits < 32:
        codes = np.rint(deep._frames * ((1 << bits) - 1)).astype(np.uint16)
        deep = ArrayClip(codes, FPS, bits=bits)
    given = (subject_matte(), plate, context)
    want = match_color(eight, *given, strength=0.5, method=method)
    got = match_color(deep, *given, strength=0.5, method=method)
    assert got.format == deep.format
    values = got.frame(0) / got.format.max_value * 255.0
    assert np.abs(values - want.frame(0)).max() < 1.6


@pytest.mark.parametrize("method", ["light", "histogram", "mkl"])
def test_every_frame_gets_the_same_change(context, method):
    linear = np.concatenate([person(1), person(1) * 0.5]) * light(3000)
    matte = subject_matte(6)
    given = (matte, clip_of(scene(2)), context)
    subject = clip_of(linear)
    matched = match_color(subject, *given, strength=0.5, method=method)
    assert matched is not subject
    np.testing.assert_array_equal(matched.frame(0), matched.frame(2))
    again = match_color(subject, *given, strength=0.5, method=method)
    np.testing.assert_array_equal(again.frame(5), matched.frame(5))
    assert again.fingerprint == matched.fingerprint


def test_the_finding_is_kept_in_the_store(context):
    subject, matte = clip_of(person(1) * light(3000)), subject_matte()
    plate = clip_of(scene(2))
    first = find_match(subject, matte, plate, context)
    plate._frames = np.zeros_like(plate._frames)  # not read again
    assert find_match(subject, matte, plate, context) == first


@pytest.mark.parametrize("method", ["light", "histogram", "mkl"])
def test_an_empty_matte_changes_nothing(context, method):
    subject = clip_of(person(1) * light(3000))
    nothing = ArrayClip(np.zeros((3, *SIZE), np.uint8), FPS)
    plate = clip_of(scene(2))
    match = find_match(subject, nothing, plate, context, method=method)
    assert apply_match(subject, nothing, match) is subject
    assert "too little" in match.text


@pytest.mark.parametrize("method", ["histogram", "mkl"])
def test_distributions_are_brought_near_the_plates(context, method):
    subject, plate = clip_of(person(1)), clip_of(scene(2) * light(3500))
    inside = subject_matte().frame(0) == 255
    matched = match_color(subject, subject_matte(), plate, context, strength=1.0, method=method)
    want = plate.frame(0).reshape(-1, 3).astype(float)
    have, got = (clip.frame(0)[inside].astype(float) for clip in (subject, matched))
    for moment in (np.mean, np.std):
        before = np.abs(moment(have, axis=0) - moment(want, axis=0)).mean()
        after = np.abs(moment(got, axis=0) - moment(want, axis=0)).mean()
        assert after < 0.5 * before


def test_a_match_is_exported_and_applied_again(context, tmp_path):
    subject, matte = clip_of(person(1) * light(3000)), subject_matte()
    match = find_match(subject, matte, clip_of(scene(2)), context, strength=0.5)
    path = tmp_path / "new" / "match.cube"
    save_match(match, path)
    given = {"strength": 1.0, "method": "lut", "lut": path}
    again = match_color(subject, matte, clip_of(scene(2)), context, **given)
    inside = matte.frame(0) == 255
    one, other = (
        clip.frame(1)[inside].astype(int) for clip in (apply_match(subject, matte, match), again)
    )
    assert np.abs(one - other).max() <= 3
    assert np.abs(one - other).mean() < 0.4
    # What the matte does not show is left as it is.
    np.testing.assert_array_equal(again.frame(1)[:, :32], subject.frame(1)[:, :32])


def test_a_match_that_leaves_alone_is_exported_as_the_identity(context, tmp_path):
    subject, matte = clip_of(person(1)), subject_matte()
    match = find_match(subject, matte, clip_of(scene(2)), context)
    assert match.transfer is None
    save_match(match, tmp_path / "match.cube")
    given = {"strength": 1.0, "method": "lut", "lut": tmp_path / "match.cube"}
    again = match_color(subject, matte, clip_of(scene(2)), context, **given)
    np.testing.assert_array_equal(again.frame(0), subject.frame(0))


def test_other_tables_are_other_clips(context, tmp_path):
    subject, plate = clip_of(person(1)), clip_of(scene(2))
    path = tmp_path / "look.cube"
    marks = set()
    for gain in (0.5, 0.8):
        write_cube(path, cube_of(lambda display, gain=gain: display * gain, 5), "look")
        given = {"strength": 1.0, "method": "lut", "lut": path}
        marks.add(match_color(subject, subject_matte(), plate, context, **given).fingerprint)
    assert len(marks) == 2


def test_the_light_is_found_on_grey_scenes():
    for kelvin in (3000, 4000, 6504, 10000):
        found = find_light((scene(5) * light(kelvin)).reshape(-1, 3).clip(0, 1))
        expected = light(kelvin)
        assert found.chroma[0] == pytest.approx(np.log(expected[0] / expected[1]), abs=0.12)
        assert found.chroma[1] == pytest.approx(np.log(expected[2] / expected[1]), abs=0.15)


def test_people_look_familiar_in_their_own_light():
    for kelvin in (4000, 5000, 6504):
        found = find_light((person(5) * light(kelvin)).reshape(-1, 3).clip(0, 1))
        own = np.log(light(kelvin)[0] / light(kelvin)[2])
        assert found.familiar_in(own) > 1.5 * found.familiar_in(own - 1.2)
        assert found.familiar_in(own) > found.familiar_in(own + 1.2)


def test_what_is_expected_is_less_than_what_is_measured():
    for axis in (WARMTH, TINT, LEVEL):
        small = weighed(axis.spread, axis.spread, axis.real)
        large = weighed(3.2 * axis.spread, axis.spread, axis.real)
        assert small == Belief(0.0, 0.0)
        assert 0.0 < large.value < 3.2 * axis.spread
        assert 0.0 < large.sure < 1.0


def test_the_largest_differences_are_not_the_surest():
    sure = [weighed(value, WARMTH.spread, WARMTH.real).sure for value in (0.3, 1.2, 3.0)]
    assert sure[1] > sure[0]
    assert sure[1] > sure[2]


def test_few_pixels_are_believed_less():
    subject = find_light((person(5) * light(4000)).reshape(-1, 3))
    plate = find_light(scene(5).reshape(-1, 3))
    many = compare_lights(subject, plate).warmth
    few = compare_lights(replace(subject, pixels=500), plate).warmth
    assert many.value < few.value <= 0.0


def test_sure_differences_are_followed_further():
    assert reach(0.3, 0.0) == pytest.approx(0.3)
    assert 0.65 < reach(0.3, 1.0) < 0.75
    assert reach(0.0, 1.0) == 0.0
    assert reach(1.0, 0.0) == reach(1.0, 1.0) == 1.0
    lights = LightMatch(warmth=Belief(0.5, 1.0))
    assert lights.gains(0.0) == pytest.approx((1.0, 1.0, 1.0))
    red, _, blue = lights.gains(1.0)
    assert np.log(red / blue) == pytest.approx(0.5)
    assert luma(np.array(lights.gains(0.3))) == pytest.approx(1.0, abs=1e-6)


def test_wrong_input_is_refused(context, tmp_path):
    subject, plate = clip_of(person(1)), clip_of(scene(2))
    with pytest.raises(InputError, match="strength"):
        match_color(subject, subject_matte(), plate, context, strength=2.0)
    with pytest.raises(InputError, match=r"light, histogram, .*got 'magic'"):
        match_color(subject, subject_matte(), plate, context, strength=0.3, method="magic")
    with pytest.raises(InputError, match="lut must be"):
        match_color(subject, subject_matte(), plate, context, strength=0.3, method="lut")
    with pytest.raises(MediaError, match=r"none\.cube"):
        match_color(
            subject, subject_matte(), plate, context, strength=0.3, method="lut",
            lut=tmp_path / "none.cube",
        )  # fmt: skip
    with pytest.raises(FinalError, match="backlot models get dinov2-small"):
        match_color(subject, subject_matte(), plate, context, strength=0.3, method="neural")
    with pytest.raises(InputError, match="one channel"):
        match_color(subject, subject, plate, context, strength=0.3)
    with pytest.raises(ClipMismatchError, match="one length"):
        match_color(subject, subject_matte(4), plate, context, strength=0.3)
    assert set(METHODS) == {"light", "histogram", "mkl", "lut", "neural"}


def test_codes_are_not_shifted_by_a_match_of_nothing():
    ramp = np.linspace(0, 1, 256)
    graded = LightMatch().grade(1.0)(np.repeat(ramp[:, None], 3, axis=1))
    np.testing.assert_allclose(graded[:, 0], ramp, atol=1e-6)
    assert srgb_to_linear(np.array(1.0)) == pytest.approx(1.0)
