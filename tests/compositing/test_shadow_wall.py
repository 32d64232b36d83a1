"""The shadow on a wall against rays traced to the light past a silhouette cut from card."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.compositing.shadow.ground_view import GroundView, move
from backlot.engine.compositing.shadow.plate_wall import find_wall
from backlot.engine.compositing.shadow.shadow import cast_shadow
from backlot.engine.compositing.shadow.sun import Sun

FPS = Fraction(25)
HEIGHT, WIDTH = 540, 960
FEET = 440
VIEW = GroundView(0.45, wall=0.75)


def figure() -> np.ndarray:
    """A person with arms held away: legs, trunk, arms and head."""
    plane = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(plane, (480, 158), (20, 24), 0, 0, 360, 255, -1)
    cv2.rectangle(plane, (452, 180), (508, 310), 255, -1)
    cv2.rectangle(plane, (453, 310), (474, FEET - 1), 255, -1)
    cv2.rectangle(plane, (486, 310), (507, FEET - 1), 255, -1)
    cv2.line(plane, (452, 195), (412, 290), 255, 14)
    cv2.line(plane, (508, 195), (548, 290), 255, 14)
    return plane


def density(light, view=VIEW, matte=None, **changes) -> np.ndarray:
    clip = ArrayClip((figure() if matte is None else matte)[None], FPS)
    sun = Sun(light, **{"depth": 0.5, "softness": 0.004, **changes})
    return cast_shadow(clip, sun=sun, views=(view,), length=6.0, contact=0.0).frame(0) / 65535.0


def traced(light, view=VIEW) -> np.ndarray:
    """Return (H, W) bool: where ground or wall do not see the light for the card."""
    eye = view.on(WIDTH, HEIGHT)
    toward = eye.to_world(np.array(light, float))
    card = float(eye.ground_at(np.array(480.0), np.array(FEET - 0.5))[1])
    wall = eye.wall_depth
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    line = eye.wall + eye.tilt * (columns - eye.middle)
    ground = eye.ground_at(columns, rows)
    upright = move(np.stack([columns, rows], -1), np.linalg.inv(eye.upright(wall)))
    on_wall = rows < line
    x = np.where(on_wall, upright[..., 0], ground[..., 0])
    y = np.where(on_wall, upright[..., 1], 0.0)
    z = np.where(on_wall, wall, ground[..., 1])
    far = (card - z) / toward[2]
    seen = move(np.stack([x + far * toward[0], y + far * toward[1]], -1), eye.upright(card))
    hit = cv2.remap(figure(), *np.float32(seen).transpose(2, 0, 1), cv2.INTER_LINEAR)
    return (hit > 127) & (far > 0)


def error(found: np.ndarray, true: np.ndarray) -> float:
    """Return the balanced error rate."""
    return 0.5 * (float((true & ~found).sum() / true.sum()) + float((found & ~true).mean()))


LIGHTS = [(0.0, 0.5, 0.8), (-0.3, 0.4, 0.7), (0.5, 0.35, 0.9), (-0.2, 0.25, 0.9)]
#: (H, W) what of the picture is wall.
WALL = VIEW.on(WIDTH, HEIGHT).before_wall(slice(0, HEIGHT), slice(0, WIDTH)) < 0.5


@pytest.mark.parametrize("light", LIGHTS)
def test_the_shadow_is_where_the_light_is_hidden(light):
    true, found = traced(light), density(light) > 0.25
    assert (true & WALL).sum() > 1000
    for part in (WALL, ~WALL):
        assert error(found & part, true & part) < 0.03
    # As high, and as far aside.
    for axis in (0, 1):
        ours, theirs = (np.flatnonzero((one & WALL).any(axis=axis)) for one in (found, true))
        np.testing.assert_allclose(ours[[0, -1]], theirs[[0, -1]], atol=6)


@pytest.mark.parametrize("light", LIGHTS)
def test_the_shadow_on_the_wall_leans_as_the_true_one(light):
    line = round(0.75 * HEIGHT)

    def lean(mask: np.ndarray) -> float:
        rows, columns = np.nonzero(mask & WALL)
        return float(np.degrees(np.arctan2(columns.mean() - 480, line - rows.mean())))

    assert lean(density(light) > 0.25) == pytest.approx(lean(traced(light)), abs=3.0)


def test_ground_and_wall_meet_without_a_gap():
    plane = density((0.0, 0.25, 0.9))
    line = round(0.75 * HEIGHT)
    inside = (plane[line - 8] > 0.4) & (plane[line + 8] > 0.4)
    assert inside.sum() > 20
    assert plane[line - 8 : line + 8, inside].min() > 0.35


def test_the_line_is_as_level_as_the_horizon():
    tilted = GroundView(0.45, 0.1, wall=0.75)
    change = density((-0.2, 0.25, 0.9), tilted) - density((-0.2, 0.25, 0.9), GroundView(0.45, 0.1))
    rows, columns = np.nonzero(np.abs(change) > 0.1)
    line = 0.75 * HEIGHT - 0.5 + 0.1 * (columns - (WIDTH - 1) / 2)
    assert (rows < line + 4).all()


def test_a_light_from_behind_throws_nothing_on_the_wall():
    light = (0.3, 0.5, -0.7)
    without = density(light, GroundView(0.45))
    np.testing.assert_allclose(density(light)[~WALL], without[~WALL], atol=1e-4)
    assert not density(light)[WALL][: 200 * WIDTH].any()


def test_a_wall_that_no_shadow_reaches_changes_nothing():
    light = (-0.3, 0.9, 0.3)
    np.testing.assert_array_equal(
        density(light, GroundView(0.45, wall=0.55)), density(light, GroundView(0.45))
    )


def test_a_wall_before_the_feet_is_none_of_theirs():
    light = (-0.2, 0.25, 0.9)
    np.testing.assert_array_equal(
        density(light, GroundView(0.45, wall=0.9)), density(light, GroundView(0.45))
    )


def test_the_penumbra_grows_with_the_distance_to_the_wall():
    def width(line: float) -> float:
        plane = density((0.0, 0.3, 0.9), GroundView(0.45, wall=line), softness=0.04)
        row = plane[round(line * HEIGHT) - 40]
        steepest = np.abs(np.diff(row / row.max())).max()
        return 1.0 / steepest

    assert width(0.70) > 1.3 * width(0.79)


def test_a_low_light_is_more_of_the_walls_light_than_of_the_grounds():
    low, high = density((0.0, 0.3, 0.9)), density((0.0, 0.6, 0.6))
    assert low[WALL].max() > low[~WALL].max() + 0.1
    assert high[WALL].max() == pytest.approx(high[~WALL].max(), abs=0.05)


def depth_of(line: float | None, slope: float = 0.0, noise: float = 0.0, offset: float = 0.0):
    """Relative inverse depth of a ground that ends at a wall, or at the horizon."""
    rows, columns = np.mgrid[0:270, 0:480]
    v = (rows + 0.5) / 270 - slope * ((columns + 0.5) / 480 - 0.5)
    near = np.maximum(v, 0.4 if line is None else line) - 0.4
    near += np.random.default_rng(0).normal(0.0, noise, near.shape)
    return np.float32(near / 0.6 + offset)


@pytest.mark.parametrize("line", [0.5, 0.62, 0.8])
@pytest.mark.parametrize("slope", [0.0, 0.08])
def test_the_depth_tells_where_the_ground_ends(line, slope):
    nearness = depth_of(line, slope, noise=0.01, offset=0.1)
    assert find_wall(nearness, 0.4, slope) == pytest.approx(line, abs=0.012)


def test_no_wall_is_seen_on_an_open_ground():
    assert find_wall(depth_of(None, noise=0.01), 0.4) is None
    assert find_wall(np.ones((90, 160), np.float32), 0.4) is None
    assert find_wall(np.random.default_rng(1).random((90, 160), np.float32), 0.4) is None


def test_things_that_stand_about_are_no_wall():
    nearness = depth_of(None)
    for k, foot in enumerate((0.9, 0.55, 0.7, 0.8, 0.6, 0.95, 0.5, 0.75)):
        nearness[: int(foot * 270), 60 * k : 60 * k + 60] = (foot - 0.4) / 0.6
    assert find_wall(nearness, 0.4) is None


def test_people_before_a_wall_do_not_hide_it():
    nearness = depth_of(0.6)
    nearness[60:240, 200:290] = nearness[240, 0]
    assert find_wall(nearness, 0.4) == pytest.approx(0.6, abs=0.012)
