from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.clip import ClipFormat
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.compositing.shadow import cast_shadow
from backlot.engine.errors import InputError

FPS = Fraction(25)
HEIGHT, WIDTH = 540, 720
FEET = 400
DEFAULTS = {"opacity": 0.4, "softness_px": 12.0, "length": 0.6, "contact": 0.5}


def column(frames: int = 1, feet: int = FEET, bits: int = 8, left: int = 340) -> ArrayClip:
    """A matte of a standing bar, 40 px wide and 200 px high."""
    top = (1 << bits) - 1
    plane = np.zeros((frames, HEIGHT, WIDTH), np.uint8 if bits == 8 else np.uint16)
    plane[:, max(0, feet - 200) : feet, left : left + 40] = top
    return ArrayClip(plane, FPS, bits=bits)


def density(matte: ArrayClip, light, index: int = 0, **changes) -> np.ndarray:
    clip = cast_shadow(matte, light=light, **{**DEFAULTS, **changes})
    return clip.frame(index) / 65535.0


def centre(plane: np.ndarray) -> tuple[float, float]:
    y, x = np.indices(plane.shape)
    return float((plane * x).sum() / plane.sum()), float((plane * y).sum() / plane.sum())


def test_the_format_is_a_matte_of_the_same_size():
    matte = column(frames=3)
    clip = cast_shadow(matte, light=(0, 1, 0), **DEFAULTS)
    assert clip.format == ClipFormat(WIDTH, HEIGHT, FPS, 3, 1, 16)


@pytest.mark.parametrize("side", [-1, 1])
def test_the_shadow_falls_away_from_the_light(side):
    x, _ = centre(density(column(), (0.7 * side, 0.6, 0.0), contact=0.0))
    assert (x - 360) * side < -20


def test_light_from_behind_throws_the_shadow_toward_the_camera():
    _, behind = centre(density(column(), (0, 0.6, -0.8), contact=0.0))
    _, front = centre(density(column(), (0, 0.6, 0.8), contact=0.0))
    assert behind > FEET + 8
    assert front < FEET - 8


def test_light_from_the_top_leaves_the_shadow_at_the_feet():
    plane = density(column(), (0, 1, 0), contact=0.0)
    x, y = centre(plane)
    assert abs(x - 359.5) < 2
    assert abs(y - FEET) < 8
    rows = np.flatnonzero(plane.max(axis=1) > 0.1)
    assert rows[-1] - rows[0] < 50


def test_the_cast_shadow_has_its_opacity_near_the_feet_and_fades():
    plane = density(column(), (0.5, 0.5, -0.7), contact=0.0)
    assert 0.3 < plane.max() <= 0.4 + 1e-4
    far = plane[np.flatnonzero(plane.max(axis=1) > 0.05)[-1] - 8]
    assert far.max() < 0.8 * plane.max()


def test_the_penumbra_grows_with_the_distance_from_the_feet():
    plane = density(column(), (0.0, 0.5, -0.85), contact=0.0, softness_px=24.0, length=1.5)
    rows = np.flatnonzero(plane.max(axis=1) > 0.05)
    near, far = rows[0] + len(rows) // 4, rows[0] + len(rows) * 3 // 4

    def softness(row: np.ndarray) -> float:
        return 1.0 / np.abs(np.diff(row / row.max())).max()

    assert softness(plane[far]) > 1.5 * softness(plane[near])


def test_the_length_is_the_longest_there_is():
    lengths = []
    for length in (0.3, 0.6):
        x, _ = centre(density(column(), (1.0, 0.05, 0.0), contact=0.0, length=length))
        lengths.append(360 - x)
    assert lengths[1] == pytest.approx(2 * lengths[0], rel=0.15)
    x, _ = centre(density(column(), (0.1, 1.0, 0.0), contact=0.0, length=9.0))
    assert 360 - x < 30  # a high light throws a short shadow whatever is allowed


def test_the_contact_shadow_lies_under_the_feet():
    plane = density(column(), (0, 1, 0), opacity=0.0)
    assert plane.max() > 0.2
    _, y = centre(plane)
    assert abs(y - FEET) < 6
    assert plane[: FEET - 60].max() < 0.01
    assert abs(plane[FEET : FEET + 3, 340:380].mean() - plane.max()) < 0.25


def test_both_feet_keep_their_shadow_when_one_is_nearer():
    plane = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    plane[0, 200:380, 280:310] = 255
    plane[0, 200:400, 400:430] = 255
    plane[0, 180:220, 280:430] = 255
    shade = density(ArrayClip(plane, FPS), (0.0, 0.6, -0.8), contact=0.0)
    for foot, left in ((380, 280), (400, 400)):
        assert shade[foot + 2 : foot + 12, left : left + 30].max() > 0.2


@pytest.mark.parametrize("light", [(0, 1, 0), (0.5, 0.5, -0.7), (0.5, 0.4, 0.7)])
def test_a_half_length_portrait_casts_nothing(light):
    plane = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    plane[0, 150:, 200:520] = 255
    assert not density(ArrayClip(plane, FPS), light).any()


def test_an_empty_matte_casts_nothing():
    assert not density(ArrayClip(np.zeros((1, HEIGHT, WIDTH), np.uint8), FPS), (0, 1, 0)).any()


def test_nothing_asked_is_nothing_cast():
    assert not density(column(), (0.5, 0.5, 0.5), opacity=0.0, contact=0.0).any()


def test_the_shadow_follows_the_subject_smoothly():
    """A subject that moves a pixel moves its shadow by about as much: no jumps."""
    planes = np.concatenate([column(left=300 + i)._frames for i in range(12)])
    clip = cast_shadow(ArrayClip(planes, FPS), light=(0.5, 0.6, -0.6), **DEFAULTS)
    at = [centre(clip.frame(i) / 65535.0)[0] for i in range(12)]
    steps = np.diff(at)
    assert steps.mean() == pytest.approx(1.0, abs=0.1)
    assert np.abs(steps - 1.0).max() < 0.4


def test_a_trembling_foot_moves_the_shadow_less_than_itself():
    feet = [FEET + (2 if i % 2 else 0) for i in range(12)]
    planes = np.concatenate([column(feet=row)._frames for row in feet])
    clip = cast_shadow(ArrayClip(planes, FPS), light=(0, 0.6, -0.8), **{**DEFAULTS, "contact": 0.0})
    at = [centre(clip.frame(i) / 65535.0)[1] for i in range(3, 9)]
    assert np.abs(np.diff(at)).max() < 1.2


def test_more_bits_give_the_same_shadow():
    light = (0.5, 0.6, -0.6)
    np.testing.assert_allclose(density(column(bits=10), light), density(column(), light), atol=2e-4)


def test_frames_do_not_depend_on_order():
    planes = np.concatenate([column(left=300 + 9 * i)._frames for i in range(6)])
    one = cast_shadow(ArrayClip(planes, FPS), light=(0.5, 0.6, -0.6), **DEFAULTS)
    two = cast_shadow(ArrayClip(planes, FPS), light=(0.5, 0.6, -0.6), **DEFAULTS)
    kept = [one.frame(i) for i in range(6)]
    for i in (5, 0, 3, 1, 4, 2):
        np.testing.assert_array_equal(two.frame(i), kept[i])
    assert one.fingerprint == two.fingerprint
    assert (
        one.fingerprint
        != cast_shadow(ArrayClip(planes, FPS), light=(0.5, 0.6, 0.6), **DEFAULTS).fingerprint
    )


def test_wrong_input_is_refused():
    for changes in (
        {"opacity": 1.5},
        {"contact": -0.1},
        {"softness_px": -1.0},
        {"length": -1.0},
        {"light": (0, 0, 0)},
        {"light": (0, float("nan"), 0)},
    ):
        with pytest.raises(InputError):
            cast_shadow(column(), **{"light": (0, 1, 0), **DEFAULTS, **changes})
    with pytest.raises(InputError, match="one channel"):
        cast_shadow(ArrayClip(np.zeros((1, 8, 8, 3), np.uint8), FPS), light=(0, 1, 0), **DEFAULTS)
