from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from backlot.engine.clip.clip import ClipFormat
from backlot.engine.clip.operations import ArrayClip, still
from backlot.engine.compositing.edges import feather
from backlot.engine.compositing.over import composite, over
from backlot.engine.errors import ClipMismatchError, InputError

FPS = Fraction(25)
SIZE = (70, 101)  # not whole tiles


def noise(seed: int, bits: int = 8, frames: int = 2) -> ArrayClip:
    rng = np.random.default_rng(seed)
    if bits == 32:
        return ArrayClip(rng.random((frames, *SIZE, 3), np.float32), FPS)
    kind = np.uint8 if bits == 8 else np.uint16
    return ArrayClip(rng.integers(0, 1 << bits, (frames, *SIZE, 3)).astype(kind), FPS, bits=bits)


def disc(bits: int = 8, frames: int = 2, width: float = 4.0, shift: float = 0.0) -> ArrayClip:
    """A matte with a soft edge, all 0 and all 1 elsewhere, whole tiles of each."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    ramp = np.clip((30 - np.hypot(x - 50 - shift, y - 35)) / width + 0.5, 0, 1)
    codes = np.rint(ramp * ((1 << bits) - 1)).astype(np.uint8 if bits == 8 else np.uint16)
    return ArrayClip(np.repeat(codes[None], frames, 0), FPS, bits=bits)


def value(clip, index=0) -> torch.Tensor:
    return torch.from_numpy(clip.frame(index) / clip.format.max_value)


def error_codes(result, expected: torch.Tensor, index=0) -> float:
    """Return the largest difference in codes of the result (8-bit ones for a float result)."""
    scale = result.format.max_value if result.format.bits < 32 else 255.0
    return float((value(result, index) - expected).abs().max()) * scale


@pytest.mark.parametrize("alpha_bits", [8, 10, 16])
@pytest.mark.parametrize("bits", [8, 10, 16])
def test_display_light_is_rounded_exactly(bits, alpha_bits):
    layers = noise(1, bits), disc(alpha_bits), noise(2, bits)
    result = composite(*layers)
    assert result.format.bits == bits
    expected = over(value(layers[0]), value(layers[1]), value(layers[2]))
    assert error_codes(result, expected) <= (0.5001 if bits < 16 else 0.52)


@pytest.mark.parametrize("bits", [8, 16])
def test_linear_light_is_within_one_code(bits):
    layers = noise(1, bits), disc(10), noise(2, bits)
    result = composite(*layers, linear=True)
    expected = over(value(layers[0]), value(layers[1]), value(layers[2]), linear=True)
    assert error_codes(result, expected) <= 1.0


def test_floats_stay_floats():
    layers = noise(1, 32), disc(16), noise(2, 32)
    result = composite(*layers, linear=True)
    assert result.format.bits == 32
    expected = over(value(layers[0]), value(layers[1]), value(layers[2]), linear=True)
    assert error_codes(result, expected) <= 0.01


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("plate_bits", [8, 16])
def test_the_shadow_darkens_the_plate_in_linear_light(linear, plate_bits):
    shadow = disc(16, width=40, shift=30)
    layers = noise(1), disc(10), noise(2, plate_bits)
    result = composite(*layers, shadow=shadow, linear=linear)
    expected = over(*(value(clip) for clip in layers), density=value(shadow), linear=linear)
    assert error_codes(result, expected) <= (1.0 if linear else 0.501)


@pytest.mark.parametrize("linear", [False, True])
def test_a_coloured_shadow_takes_each_channel_by_itself(linear):
    shadow = disc(16, width=40, shift=30)
    layers = noise(1), disc(10), noise(2)
    tint = (0.6, 1.0, 1.4)
    result = composite(*layers, shadow=shadow, tint=tint, linear=linear)
    marks = {"density": value(shadow), "linear": linear}
    expected = over(*(value(clip) for clip in layers), **marks, tint=tint)
    assert error_codes(result, expected) <= 1.0
    grey = over(*(value(clip) for clip in layers), **marks)
    assert error_codes(result, grey) > 10.0
    assert result.fingerprint != composite(*layers, shadow=shadow, linear=linear).fingerprint


@pytest.mark.parametrize("linear", [False, True])
def test_opaque_is_the_foreground_and_transparent_is_the_plate(linear):
    foreground, alpha, plate = noise(1), disc(8, width=9), noise(2)
    result = composite(foreground, alpha, plate, linear=linear).frame(0)
    full, none = alpha.frame(0) == 255, alpha.frame(0) == 0
    assert full.any() and none.any()
    np.testing.assert_array_equal(result[full], foreground.frame(0)[full])
    np.testing.assert_array_equal(result[none], plate.frame(0)[none])


def test_linear_light_mixes_brighter_than_display_light():
    white = still(np.full((*SIZE, 3), 255, np.uint8), noise(1).format)
    black = still(np.zeros((*SIZE, 3), np.uint8), noise(1).format)
    half = still(np.full(SIZE, 128, np.uint8), noise(1).format)
    assert composite(white, half, black).frame(0)[0, 0, 0] == 128
    assert composite(white, half, black, linear=True).frame(0)[0, 0, 0] == 188


def test_the_light_wrap_brightens_only_the_subjects_edge():
    dark = still(np.full((*SIZE, 3), 20, np.uint8), noise(1).format)
    bright = still(np.full((*SIZE, 3), 230, np.uint8), noise(1).format)
    alpha = disc(8, width=1)
    plain = composite(dark, alpha, bright).frame(0).astype(int)
    wrapped = composite(dark, alpha, bright, light_wrap=0.5).frame(0).astype(int)
    gain = wrapped - plain
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    depth = 30 - np.hypot(x - 50, y - 35)
    assert gain[(depth > 0.6) & (depth < 1)].min() > 3
    assert abs(gain[(depth < -1) | (depth > 15)]).max() <= 1
    assert gain.min() >= 0


def test_a_light_wrap_of_a_black_plate_changes_nothing():
    black = still(np.zeros((*SIZE, 3), np.uint8), noise(1).format)
    layers = noise(1), disc(8), black
    np.testing.assert_array_equal(
        composite(*layers, light_wrap=0.7).frame(0), composite(*layers).frame(0)
    )


def edge_profile(clip) -> np.ndarray:
    return clip.frame(0)[35, :50] / clip.format.max_value


@pytest.mark.parametrize("bits", [8, 10, 16])
def test_the_feather_softens_inward_by_its_width(bits):
    hard = disc(bits, width=0.01)
    before, after = edge_profile(hard), edge_profile(feather(hard, 4.0))
    assert (after <= before).all()
    assert after[-5:].min() == 1.0
    width = np.interp(0.9, after[:45], np.arange(45)) - np.interp(0.1, after[:45], np.arange(45))
    assert 3.0 <= width <= 5.0
    assert (np.diff(after[:45]) > -0.02).all()  # no specks along the edge


@pytest.mark.parametrize("inside_px, outside_px", [(0.0, 4.0), (3.0, 3.0)])
def test_the_feather_goes_outward_where_it_is_asked_to(inside_px, outside_px):
    hard = disc(8, width=0.01)
    before = edge_profile(hard)[:45]
    after = edge_profile(feather(hard, inside_px, outside_px))[:45]
    edge = int(np.argmax(before > 0.5))
    low, high = (np.interp(level, after, np.arange(45)) for level in (0.1, 0.9))
    width = inside_px + outside_px
    assert 0.7 * width <= high - low <= 1.3 * width
    assert edge - outside_px - 1 <= low < high <= edge + inside_px + 1
    assert (np.diff(after) > -0.02).all()


@pytest.mark.parametrize("outside_px", [0.0, 2.0])
def test_the_feather_keeps_thin_strands(outside_px):
    plane = np.zeros((1, *SIZE), np.uint8)
    plane[0, :, 50] = 200
    strand = ArrayClip(plane, FPS)
    kept = feather(strand, 3.0, outside_px).frame(0)
    assert kept[:, 50].min() >= 180
    assert not np.delete(kept, 50, axis=1).any()


def test_no_feather_is_the_same_clip():
    alpha = disc()
    assert feather(alpha, 0) is alpha


def test_a_matte_of_another_size_is_resized():
    small = ArrayClip(np.full((2, 20, 30), 255, np.uint8), FPS)
    foreground = noise(1)
    result = composite(foreground, small, noise(2))
    np.testing.assert_array_equal(result.frame(1), foreground.frame(1))


def test_a_single_plate_frame_is_held():
    plate = noise(2, frames=1)
    result = composite(noise(1), disc(frames=2), plate)
    nothing = disc(frames=2).frame(1) == 0
    np.testing.assert_array_equal(result.frame(1)[nothing], plate.frame(0)[nothing])


def test_format_and_sound_are_the_foregrounds():
    foreground = noise(1)
    result = composite(foreground, disc(), noise(2, bits=16))
    assert result.format == ClipFormat(SIZE[1], SIZE[0], FPS, 2, 3, 8)
    assert result.audio is foreground.audio


def test_frames_do_not_depend_on_order():
    layers = noise(1, frames=4), disc(frames=4), noise(2, frames=4)
    forth = composite(*layers, linear=True, light_wrap=0.3)
    back = composite(*layers, linear=True, light_wrap=0.3)
    assert forth.fingerprint == back.fingerprint
    kept = [forth.frame(i) for i in range(4)]
    for i in (3, 1, 0, 2):
        np.testing.assert_array_equal(back.frame(i), kept[i])


def test_parameters_change_the_fingerprint():
    layers = noise(1), disc(), noise(2)
    made = [
        composite(*layers),
        composite(*layers, linear=True),
        composite(*layers, light_wrap=0.1),
        composite(layers[0], feather(layers[1], 1.0), layers[2]),
        composite(layers[0], feather(layers[1], 0.0, 1.0), layers[2]),
        composite(*layers, shadow=disc(16)),
    ]
    assert len({clip.fingerprint for clip in made}) == len(made)


def test_clips_that_do_not_agree_are_refused():
    with pytest.raises(ClipMismatchError, match="one length"):
        composite(noise(1, frames=2), disc(frames=3), noise(2))
    with pytest.raises(ClipMismatchError, match="one length"):
        composite(noise(1, frames=3), disc(frames=3), noise(2, frames=2))
    with pytest.raises(ClipMismatchError, match="one size"):
        composite(noise(1), disc(), ArrayClip(np.zeros((2, 8, 8, 3), np.uint8), FPS))


def test_wrong_channels_and_numbers_are_refused():
    with pytest.raises(InputError, match="alpha must be a matte"):
        composite(noise(1), noise(2), noise(3))
    with pytest.raises(InputError, match="plate must be a colour video"):
        composite(noise(1), disc(), disc())
    with pytest.raises(InputError, match="feather_px"):
        feather(disc(), -1)
    with pytest.raises(InputError, match="feather_out_px"):
        feather(disc(), 0, -1)
    with pytest.raises(InputError, match="light_wrap"):
        composite(noise(1), disc(), noise(2), light_wrap=1.5)
