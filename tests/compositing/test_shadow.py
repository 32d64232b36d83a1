from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.clip import ClipFormat
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.compositing.shadow.ground_view import GroundView
from backlot.engine.compositing.shadow.shadow import cast_shadow
from backlot.engine.compositing.shadow.sun import Sun
from backlot.engine.errors import InputError

FPS = Fraction(25)
HEIGHT, WIDTH = 540, 720
FEET = 400
#: A horizon at row 216: the ground at FEET is seen at an angle of about 14 degrees.
VIEW = GroundView(0.4)


def column(frames: int = 1, feet: int = FEET, bits: int = 8, left: int = 340) -> ArrayClip:
    """A matte of a standing bar, 40 px wide and 200 px high."""
    top = (1 << bits) - 1
    plane = np.zeros((frames, HEIGHT, WIDTH), np.uint8 if bits == 8 else np.uint16)
    plane[:, max(0, feet - 200) : feet, left : left + 40] = top
    return ArrayClip(plane, FPS, bits=bits)


def shadow(matte: ArrayClip, light, *, length=9.0, contact=0.0, views=(VIEW,), **sun):
    given = Sun(light, **{"depth": 0.4, "softness": 0.01, **sun})
    return cast_shadow(matte, sun=given, views=views, length=length, contact=contact)


def density(matte: ArrayClip, light, index: int = 0, **changes) -> np.ndarray:
    return shadow(matte, light, **changes).frame(index) / 65535.0


def centre(plane: np.ndarray) -> tuple[float, float]:
    y, x = np.indices(plane.shape)
    return float((plane * x).sum() / plane.sum()), float((plane * y).sum() / plane.sum())


def extent(plane: np.ndarray, axis: int) -> tuple[int, int]:
    found = np.flatnonzero(plane.max(axis=axis) > 0.2)
    return int(found[0]), int(found[-1])


def test_the_format_is_a_matte_of_the_same_size():
    clip = shadow(column(frames=3), (0, 1, 0))
    assert clip.format == ClipFormat(WIDTH, HEIGHT, FPS, 3, 1, 16)


@pytest.mark.parametrize("side", [-1, 1])
def test_the_shadow_falls_away_from_the_light(side):
    x, _ = centre(density(column(), (0.7 * side, 0.6, 0.0)))
    assert (x - 360) * side < -20


def test_light_from_behind_throws_the_shadow_toward_the_camera():
    _, behind = centre(density(column(), (0, 0.6, -0.8)))
    _, front = centre(density(column(), (0, 0.6, 0.8)))
    assert behind > FEET + 8
    assert front < FEET - 8


def test_a_shadow_from_the_side_is_as_long_as_the_light_is_low():
    for low, expected in ((1.0, 200), (2.0, 400)):
        matte = column(left=500)
        left, right = extent(density(matte, (low, 1.0, 0.0)), 0)
        assert right - left == pytest.approx(expected + 40, rel=0.12)


def test_the_shadow_lies_in_perspective():
    """A place on the ground has the row that the horizon and the lens give it."""
    level = (GroundView(0.5),)
    plane = density(column(), (0.0, 1.0, -1.0), views=level)
    horizon, focal = HEIGHT / 2, float(WIDTH)
    distance = focal / (FEET - horizon)
    tall = 200.0 / (FEET - horizon)
    expected = horizon + focal / (distance - tall)
    assert extent(plane, 1)[1] == pytest.approx(expected, abs=9)
    away = density(column(), (0.0, 1.0, 1.0), views=level)
    assert extent(away, 1)[0] == pytest.approx(horizon + focal / (distance + tall), abs=9)
    near, far = (np.count_nonzero(plane[row] > 0.2) for row in (FEET + 5, int(expected) - 8))
    assert far > near * 1.2


def test_a_body_has_depth_in_light_from_the_side():
    """A silhouette alone would throw a line."""
    plane = density(column(left=500), (1.5, 1.0, 0.0))
    rows = np.count_nonzero(plane[:, 400] > 0.2)
    assert rows >= 4


def test_light_from_the_top_leaves_the_shadow_at_the_feet():
    plane = density(column(), (0, 1, 0))
    x, y = centre(plane)
    assert abs(x - 359.5) < 2
    assert abs(y - FEET) < 10
    rows = np.flatnonzero(plane.max(axis=1) > 0.1)
    assert rows[-1] - rows[0] < 50


def test_a_hard_shadow_takes_the_keys_light_all_along():
    plane = density(column(left=500), (1.5, 1.0, 0.0), softness=0.0)
    for x in (300, 400, 480):
        # The glow around the key takes a little more.
        assert 0.38 < plane[:, x].max() < 0.56


def test_the_penumbra_grows_with_the_distance_from_the_feet():
    plane = density(column(), (0.0, 0.6, -0.8), softness=0.06)
    top, bottom = FEET + 4, extent(plane, 1)[1]
    near, far = top + (bottom - top) // 5, top + (bottom - top) * 4 // 5

    def softness(row: np.ndarray) -> float:
        return 1.0 / np.abs(np.diff(row / row.max())).max()

    assert softness(plane[far]) > 1.5 * softness(plane[near])


def test_the_length_is_the_longest_there_is():
    lengths = []
    for length in (0.5, 1.0):
        left, right = extent(density(column(left=500), (1.0, 0.05, 0.0), length=length), 0)
        lengths.append(right - left - 40)
    assert lengths[1] == pytest.approx(2 * lengths[0], rel=0.15)
    x, _ = centre(density(column(), (0.1, 1.0, 0.0)))
    assert 360 - x < 30  # a high light throws a short shadow whatever is allowed


def test_a_doubtful_light_throws_a_shorter_softer_shadow():
    sure = density(column(left=500), (1.5, 1.0, 0.0))
    unsure = density(column(left=500), (1.5, 1.0, 0.0), doubt_deg=50.0)
    far = np.s_[:, 200:320]
    assert unsure[far].max() < 0.3 * sure[far].max()
    assert unsure[395:405, 500:540].max() > 0.3


def test_a_shadow_that_is_spread_is_no_darker_than_a_sure_one_and_fades_evenly():
    sure = density(column(left=500), (1.5, 1.0, 0.0))
    unsure = density(column(left=500), (1.5, 1.0, 0.0), doubt_deg=50.0)
    assert unsure.max() < sure.max() + 0.02
    assert unsure.sum() > 0.8 * sure.sum()
    row = unsure[FEET, 200:480]
    assert np.abs(np.diff(row)).max() < 0.02


@pytest.mark.parametrize("light", [(1.0, 1.0, 0.0), (0.0, 0.6, -0.8), (-0.6, 0.6, 0.5)])
def test_no_gap_between_foot_and_shadow(light):
    """Under the sole the shadow begins at once, wherever it goes."""
    plane = density(column(), light, contact=0.5)
    assert plane[FEET - 3 : FEET + 2, 345:375].max(axis=0).min() > 0.25


def test_the_contact_shadow_lies_around_the_feet():
    plane = density(column(), (0, 1, 0), depth=0.0, contact=0.5)
    assert plane.max() > 0.3
    assert plane.max() <= 0.5 + 1e-4
    _, y = centre(plane)
    assert abs(y - FEET) < 12
    assert plane[: FEET - 80].max() < 0.02
    assert plane[FEET + 2, 360] > 0.15


def test_two_people_stand_each_where_they_stand():
    plane = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    plane[0, 220:330, 150:175] = 255
    plane[0, 260:460, 500:545] = 255
    shade = density(ArrayClip(plane, FPS), (-1.0, 1.0, 0.0), contact=0.5)
    for foot, right in ((330, 175), (460, 545)):
        assert shade[foot - 3 : foot + 3, right + 4 : right + 30].max() > 0.3
    assert shade[400:, 100:400].max() < 0.05


def test_both_feet_keep_their_shadow_when_one_is_nearer():
    plane = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    plane[0, 200:390, 330:350] = 255
    plane[0, 200:400, 362:382] = 255
    plane[0, 180:260, 330:382] = 255
    shade = density(ArrayClip(plane, FPS), (0.0, 0.6, -0.8))
    for foot, left in ((390, 330), (400, 362)):
        assert shade[foot + 2 : foot + 12, left : left + 20].max() > 0.2


def test_who_jumps_leaves_the_shadow_on_the_ground():
    rise = [0, 0, 0, 0, 0, 12, 22, 26, 22, 12, 0, 0, 0, 0, 0]
    matte = ArrayClip(np.concatenate([column(feet=FEET - r)._frames for r in rise]), FPS)
    clip = shadow(matte, (0.0, 0.7, -0.7))
    standing = extent(clip.frame(0) / 65535.0, 1)
    for index in (6, 7, 8):
        jumping = extent(clip.frame(index) / 65535.0, 1)
        # The soles' shadow moves away from the light, not up with them.
        assert jumping[0] > standing[0] - 3
        assert jumping[1] > standing[1] - 6


def test_who_walks_away_keeps_the_shadow_at_the_feet():
    feet = [FEET - 2 * i for i in range(15)]
    matte = ArrayClip(np.concatenate([column(feet=row)._frames for row in feet]), FPS)
    _, y = centre(density(matte, (0, 1, 0), 7))
    assert abs(y - feet[7]) < 10


@pytest.mark.parametrize("light", [(0, 1, 0), (0.5, 0.5, -0.7), (0.5, 0.4, 0.7)])
def test_a_half_length_portrait_casts_nothing(light):
    plane = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    plane[0, 150:, 200:520] = 255
    assert not density(ArrayClip(plane, FPS), light, contact=0.5).any()


def test_who_is_above_the_horizon_casts_nothing():
    assert not density(column(), (0, 1, 0), contact=0.5, views=(GroundView(0.9),)).any()


def test_nothing_falls_above_the_horizon():
    plane = density(column(), (0.0, 0.1, 1.0), contact=0.5)
    assert not plane[: int(0.4 * HEIGHT) - 2].any()


def small(tall: int) -> np.ndarray:
    plane = np.zeros((1, HEIGHT, WIDTH), np.uint8)
    plane[0, FEET - tall : FEET, 340 : 340 + max(4, tall // 4)] = 255
    return density(ArrayClip(plane, FPS), (-1.0, 1.0, 0.0), contact=0.5)


@pytest.mark.parametrize("tall", [30, 60])
def test_small_people_cast_small_shadows(tall):
    _, columns = np.nonzero(small(tall) > 0.05)
    assert 340 - tall < columns.min()
    assert columns.max() == pytest.approx(340 + 1.25 * tall, abs=8)


@pytest.mark.parametrize("tall", [4, 8, 14, 20])
def test_specks_do_no_harm(tall):
    assert not small(tall)[: FEET - 2 * tall - 8].any()


def test_an_empty_matte_casts_nothing():
    empty = ArrayClip(np.zeros((1, HEIGHT, WIDTH), np.uint8), FPS)
    assert not density(empty, (0, 1, 0), contact=0.5).any()


def test_nothing_asked_is_nothing_cast():
    plane = density(column(), (0.5, 0.5, 0.5), depth=0.0)
    assert not plane.any()


def test_the_shadow_follows_the_subject_smoothly():
    """A subject that moves a pixel moves its shadow by about as much: no jumps."""
    planes = np.concatenate([column(left=300 + i)._frames for i in range(12)])
    clip = shadow(ArrayClip(planes, FPS), (0.5, 0.6, -0.6), contact=0.5)
    at = [centre(clip.frame(i) / 65535.0)[0] for i in range(12)]
    steps = np.diff(at)
    assert steps.mean() == pytest.approx(1.2, abs=0.2)  # the ground comes nearer to the right
    assert np.abs(steps - steps.mean()).max() < 0.5


def test_a_trembling_foot_moves_the_shadow_less_than_itself():
    feet = [FEET + (2 if i % 2 else 0) for i in range(12)]
    planes = np.concatenate([column(feet=row)._frames for row in feet])
    clip = shadow(ArrayClip(planes, FPS), (0, 0.6, -0.8))
    at = [centre(clip.frame(i) / 65535.0)[1] for i in range(4, 8)]
    assert np.abs(np.diff(at)).max() < 1.2


def test_more_bits_give_the_same_shadow():
    light = (0.5, 0.6, -0.6)
    np.testing.assert_allclose(density(column(bits=10), light), density(column(), light), atol=2e-4)


def test_frames_do_not_depend_on_order():
    planes = np.concatenate([column(left=300 + 9 * i)._frames for i in range(6)])
    one = shadow(ArrayClip(planes, FPS), (0.5, 0.6, -0.6), contact=0.5)
    two = shadow(ArrayClip(planes, FPS), (0.5, 0.6, -0.6), contact=0.5)
    kept = [one.frame(i) for i in range(6)]
    for i in (5, 0, 3, 1, 4, 2):
        np.testing.assert_array_equal(two.frame(i), kept[i])
    assert one.fingerprint == two.fingerprint
    other = shadow(ArrayClip(planes, FPS), (0.5, 0.6, 0.6), contact=0.5)
    assert one.fingerprint != other.fingerprint


def test_a_camera_that_tilts_leaves_the_light_in_the_world():
    views, light = (GroundView(0.2), GroundView(0.5)), (0.3, 0.6, -0.8)
    clip = shadow(column(frames=2), light, views=views)
    first, second = (
        np.stack([view.on(WIDTH, HEIGHT).to_world(axis) for axis in np.eye(3)], axis=1)
        for view in views
    )
    turned = tuple(np.linalg.solve(second, first @ light))
    for index, seen in enumerate((light, turned)):
        alone = density(column(frames=2), seen, index, views=views[index : index + 1])
        np.testing.assert_allclose(clip.frame(index) / 65535.0, alone, atol=2e-4)


def test_wrong_input_is_refused():
    for changes in (
        {"depth": 1.5},
        {"contact": -0.1},
        {"softness": -1.0},
        {"length": -1.0},
        {"light": (0, 0, 0)},
        {"light": (0, float("nan"), 0)},
        {"views": (VIEW,) * 3},
    ):
        with pytest.raises(InputError):
            shadow(column(), **{"light": (0, 1, 0), **changes})
    with pytest.raises(InputError, match="one channel"):
        shadow(ArrayClip(np.zeros((1, 8, 8, 3), np.uint8), FPS), (0, 1, 0))
