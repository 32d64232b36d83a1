from __future__ import annotations

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.depth import horizon
from backlot.engine.analysis.depth.densify import densify
from backlot.engine.analysis.depth.depth_separation import parted, separation
from backlot.engine.analysis.depth.depth_standing import find_pieces, nearness_of
from backlot.engine.analysis.depth.ground_plane import (
    fit_ground,
    horizon_of,
    inverse_depth,
    plane_of,
)
from backlot.engine.analysis.depth.tiers import find_tiers


def corridor(height, size=(960, 540)):
    """A picture of lines on floor and walls that all meet at the middle of the horizon."""
    width, rows = size
    picture = np.full((rows, width), 150, np.uint8)
    centre = np.array([width / 2, height * rows])
    for angle in np.linspace(0.15, 2 * np.pi + 0.15, 26)[:-1]:
        way = np.array([np.cos(angle), np.sin(angle)])
        first, last = centre + 90 * way, centre + 1200 * way
        cv2.line(picture, np.rint(first).astype(int), np.rint(last).astype(int), 60, 2, cv2.LINE_AA)
    return picture


def lines_of(picture, free=None):
    """What the lines of a picture say of its horizon."""
    return horizon.say_lines(horizon.find_lines(picture, free), 540 / 960)


def facade(roll_deg):
    """Windows on a wall, seen by a camera that looks up and is turned clockwise."""
    picture = np.full((540, 960), 170, np.uint8)
    for x in range(-400, 1400, 70):
        for y in range(-400, 1000, 90):
            cv2.rectangle(picture, (x, y), (x + 34, y + 56), 60, -1)
    up = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0.0002, 1]])
    middle = np.array([[1.0, 0, 480], [0, 1, 270], [0, 0, 1]])
    cos, sin = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    roll = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    matrix = middle @ roll @ up @ np.linalg.inv(middle)
    return cv2.warpPerspective(picture, matrix, (960, 540), borderValue=170)


@pytest.mark.parametrize("roll_deg", [0.0, 4.0, -7.0])
def test_upright_lines_tell_the_tilt(roll_deg):
    slope = horizon.slope_of(horizon.find_lines(facade(roll_deg), None))
    assert np.degrees(np.arctan(slope)) == pytest.approx(roll_deg, abs=0.6)


def test_without_upright_lines_the_horizon_is_level():
    rng = np.random.default_rng(0)
    picture = np.full((540, 960), 128, np.uint8)
    for _ in range(60):
        x, y, angle = rng.uniform(0, 960), rng.uniform(0, 540), rng.uniform(0, np.pi)
        step = 60 * np.array([np.cos(angle), np.sin(angle)])
        ends = np.rint([[x, y], [x + step[0], y + step[1]]]).astype(int)
        cv2.line(picture, ends[0], ends[1], 30, 2, cv2.LINE_AA)
    assert horizon.slope_of(horizon.find_lines(picture, None)) == 0.0


@pytest.mark.parametrize("height", [0.2, 0.45, 0.7])
def test_horizon_is_where_lines_meet(height):
    found = horizon.find_height(lines_of(corridor(height)))
    assert found.at == pytest.approx(height, abs=0.04)
    assert found.spread < 0.08
    assert found.source == "lines that meet"


def test_horizon_without_lines_is_a_guess_that_says_so():
    found = horizon.find_height(lines_of(np.full((540, 960), 128, np.uint8)))
    assert 0.3 < found.at < 0.5
    assert found.spread > 0.1
    assert found.source == "a guess"


def test_lines_on_the_subject_do_not_count():
    free = np.zeros((540, 960), np.uint8)
    assert not lines_of(corridor(0.7), free).any()


def test_horizon_lies_above_feet_and_not_above_sky():
    assert horizon.find_height(None, horizon.say_foot(0.3)).at < 0.3
    assert horizon.find_height(None, horizon.say_sky(0.7)).at > 0.65
    tall = horizon.find_height(None, horizon.say_person(0.5, 0.9))
    assert tall.at > horizon.find_height(None).at + 0.03


def test_ground_is_nothing_at_the_horizon_and_one_at_the_bottom():
    plane = plane_of(0.4)
    assert inverse_depth(plane, 0.5, 1.0) == pytest.approx(1.0)
    assert inverse_depth(plane, 0.5, 0.4) == pytest.approx(0.0, abs=1e-9)
    assert inverse_depth(plane, 0.5, 0.1) == 0.0
    assert horizon_of(plane_of(0.3, tilt=0.1)) == pytest.approx((0.3, 0.1))


def test_ground_is_fitted_among_things_that_stand_on_it():
    rng = np.random.default_rng(0)
    u, v = rng.uniform(0, 1, (2, 300))
    truth = plane_of(0.38, tilt=0.08)
    nearness = inverse_depth(truth, u, v)
    stands = (rng.random(300) < 0.3) | (v < 0.45)
    nearness[stands] = rng.uniform(0.1, 0.9, stands.sum())
    nearness = 3.0 * nearness + rng.normal(0, 0.02, 300)
    plane, share = fit_ground(u, v, nearness, np.ones(300))
    assert horizon_of(plane) == pytest.approx((0.38, 0.08), abs=0.03)
    assert share > 0.6


def test_a_wall_is_no_ground():
    rng = np.random.default_rng(0)
    u, v = rng.uniform(0, 1, (2, 200))
    assert fit_ground(u, v, 1.0 - 0.5 * v, np.ones(200)) is None


def outdoors(size=(192, 108)):
    """Blue sky to a third, a brown wall to two thirds with a step down on the right, green lawn."""
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 3] = 150, 190, 240
    picture[height // 3 :] = 110, 80, 50
    picture[2 * height // 3 :] = 70, 120, 40
    picture[2 * height // 3 : 5 * height // 6, 3 * width // 4 :] = 110, 80, 50
    noise = np.random.default_rng(0).normal(0, 3, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def test_tiers_of_a_lawn_a_wall_and_a_sky():
    tiers = find_tiers(outdoors(), None, 0.5)
    assert tiers.has_sky > 0.6
    assert np.median(tiers.sky) == pytest.approx(1 / 3, abs=0.05)
    assert np.median(tiers.foot[:40]) == pytest.approx(2 / 3, abs=0.05)
    assert np.median(tiers.foot[52:]) == pytest.approx(5 / 6, abs=0.05)


def test_a_dark_or_busy_top_is_no_sky():
    picture = outdoors()
    assert find_tiers(picture // 3, None, 0.5).has_sky == 0.0
    busy = picture.copy()
    busy[:36] = np.random.default_rng(0).integers(100, 255, (36, 192, 1))
    assert find_tiers(busy, None, 0.5).has_sky == 0.0


def test_known_values_spread_up_to_borders_of_colour():
    guide = np.zeros((60, 80, 3), np.uint8)
    guide[:, 40:] = 200
    value, weight = np.zeros((60, 80)), np.zeros((60, 80))
    value[30, 10], weight[30, 10] = 1.0, 1.0
    value[10, 70], weight[10, 70] = 3.0, 1.0
    found = densify(guide, value, weight)
    assert found[:, 2:38] == pytest.approx(1.0, abs=0.15)
    assert found[:, 42:78] == pytest.approx(3.0, abs=0.15)


def test_what_is_known_everywhere_stays():
    ramp = np.linspace(0, 1, 80)[None] * np.ones((60, 1))
    guide = np.full((60, 80, 3), 90, np.uint8)
    assert densify(guide, ramp, np.full(ramp.shape, 50.0)) == pytest.approx(ramp, abs=0.01)


def test_a_person_is_as_near_as_the_feet():
    alpha = np.zeros((108, 192), np.uint8)
    alpha[30:80, 50:60] = 255
    alpha[40:108, 120:150] = 255
    alpha[3, 3] = 255
    plane = plane_of(0.4)
    first, second = find_pieces(alpha)
    background = np.zeros(alpha.shape, np.float32)
    foot = float(inverse_depth(plane, 0.5, 80 / 108))
    assert nearness_of(first, plane, background) == pytest.approx(foot)
    assert nearness_of(second, plane, background) > 1.0  # its feet are below the picture


def test_what_somebody_holds_goes_with_them():
    alpha = np.zeros((108, 192), np.uint8)
    alpha[30:90, 50:66] = 255
    alpha[40:46, 70:75] = 255
    alpha[20:60, 140:160] = 255
    pieces = find_pieces(alpha)
    assert len(pieces) == 2
    assert pieces[0].where[42, 72] and pieces[0].where[60, 60]
    assert pieces[0].right == pytest.approx(75 / 192)


def test_a_person_stands_before_what_is_seen_around():
    alpha = np.zeros((108, 192), np.uint8)
    alpha[30:60, 50:60] = 255
    near = np.full(alpha.shape, 0.8, np.float32)
    assert nearness_of(find_pieces(alpha)[0], plane_of(0.4), near) > 0.8


def test_separation_lies_between():
    background = np.concatenate([np.full(500, 0.1), np.full(500, 0.2), np.full(50, 0.9)])
    assert 0.2 < separation(background, 0.7) < 0.7
    assert 0.3 < parted(np.concatenate([np.full(300, 0.2), np.full(100, 0.8)])) < 0.7
