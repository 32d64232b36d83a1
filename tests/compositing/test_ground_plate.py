from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.depth.depth_info import DepthInfo, GroundPlane, Horizon
from backlot.engine.analysis.depth.depth_map import DepthMap
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.compositing.shadow.plate_ground import ground_of
from backlot.engine.errors import InputError

FPS = Fraction(25)
HEIGHT, WIDTH = 360, 640


def person(top: int = 80, foot: int = 320, frames: int = 4) -> ArrayClip:
    planes = np.zeros((frames, HEIGHT, WIDTH), np.uint8)
    planes[:, top:foot, 300:340] = 255
    return ArrayClip(planes, FPS)


def tracks(horizon: int) -> ArrayClip:
    """A floor and a ceiling of boards that meet in the middle of the horizon."""
    picture = np.full((HEIGHT, WIDTH, 3), 150, np.uint8)
    for x in range(-1500, 2200, 90):
        for y in (HEIGHT, horizon - (HEIGHT - horizon)):
            cv2.line(picture, (320, horizon), (x, y), (60, 60, 60), 2, cv2.LINE_AA)
    return ArrayClip(picture[None], FPS)


def plain() -> ArrayClip:
    return ArrayClip(np.full((1, HEIGHT, WIDTH, 3), 128, np.uint8), FPS)


def depth(*rows: float, wall: float | None = None, sure: float = 0.9) -> DepthMap:
    horizons = tuple(Horizon(row, 0.0) for row in rows)
    ground = GroundPlane((0.0, 1.0, 0.0), 1.0, 800.0, 0.9)
    info = DepthInfo("given", sure, horizons[0], 0.9, horizons, ground, None, 0.5)
    planes = np.zeros((len(rows), HEIGHT, WIDTH), np.uint16)
    if wall is not None:
        near = np.maximum((np.arange(HEIGHT) + 0.5) / HEIGHT, wall) - (rows[0] + 0.5) / HEIGHT
        planes[:] = np.uint16(60000 * near[:, None])
    nearness = ArrayClip(planes, FPS, bits=16)
    return DepthMap(nearness, info)


def test_lines_that_meet_tell_the_horizon(context):
    for row in (110, 190):
        found = ground_of(person(), context, plate=tracks(row))
        assert found.views[0].horizon == pytest.approx(row / HEIGHT, abs=0.06)


def test_where_nothing_is_seen_the_person_tells(context):
    low, high = (
        ground_of(person(top, 340), context, plate=plain()).views[0].horizon for top in (220, 40)
    )
    assert low > high + 0.05
    assert "guessed" in ground_of(person(), context, plate=plain()).to_text()


def test_the_horizon_is_above_the_feet(context):
    found = ground_of(person(20, 110), context, plate=plain())
    assert found.views[0].horizon <= 110 / HEIGHT - 0.07


def test_a_matte_without_feet_leaves_the_plate(context):
    cut = person(100, HEIGHT)
    assert 0.3 < ground_of(cut, context, plate=plain()).views[0].horizon < 0.6


def test_depth_gives_a_view_for_every_frame(context):
    found = ground_of(person(), context, plate=plain(), depth=depth(100.0, 110.0, 120.0))
    assert len(found.views) == 4  # held at its end
    assert [round(view.horizon * HEIGHT - 0.5) for view in found.views] == [100, 110, 120, 120]
    assert found.views[0].focal == pytest.approx(800 / WIDTH)


def test_what_is_given_comes_first(context):
    found = ground_of(person(), context, depth=depth(100.0), horizon=0.25)
    assert [view.horizon for view in found.views] == [0.25]


def test_without_anything_it_is_the_usual(context):
    found = ground_of(person(), context)
    assert found.views is None
    assert "no plate" in found.to_text()


def test_a_wall_is_seen_in_the_depth_and_goes_with_the_horizon(context):
    found = ground_of(person(), context, depth=depth(130.0, 148.0, wall=0.6))
    walls = [view.wall for view in found.views]
    assert walls[0] == pytest.approx(0.6, abs=0.01)
    assert walls[1] - walls[0] == pytest.approx(18 / HEIGHT)
    assert "Wall" in found.to_text()


def test_a_wall_is_not_guessed(context):
    for other in (depth(130.0), depth(130.0, wall=0.6, sure=0.3)):
        found = ground_of(person(), context, depth=other)
        assert found.views[0].wall is None
        assert "Wall" not in found.to_text()


def test_a_wall_that_is_given_comes_first(context):
    given = ground_of(person(), context, depth=depth(130.0, wall=0.6), wall=0.7)
    assert given.views[0].wall == 0.7
    assert ground_of(person(), context, horizon=0.4, wall=0.7).views[0].wall == 0.7
    alone = ground_of(person(), context, wall=0.7).views[0]
    assert alone.wall == 0.7 > alone.horizon


def test_a_wall_above_the_horizon_is_refused(context):
    with pytest.raises(InputError, match="below the horizon"):
        ground_of(person(), context, horizon=0.5, wall=0.4)


def filmed(shifts: list[float], size: float = 1.0) -> ArrayClip:
    """A board of noise that goes down by so many pixels, and grows by that factor a frame."""
    board = np.random.default_rng(0).integers(0, 255, (90, 160), np.uint8)
    board = cv2.cvtColor(cv2.resize(board, (WIDTH, HEIGHT)), cv2.COLOR_GRAY2RGB)
    frames = []
    for k, shift in enumerate(shifts):
        move = cv2.getRotationMatrix2D(((WIDTH - 1) / 2, (HEIGHT - 1) / 2), 0.0, size**k)
        move[1, 2] += shift
        frames.append(cv2.warpAffine(board, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT))
    return ArrayClip(np.stack(frames), FPS)


def test_the_horizon_goes_with_a_camera_that_tilts(context):
    found = ground_of(person(frames=9), context, plate=filmed([7.0 * k for k in range(9)]))
    steps = np.diff([view.horizon for view in found.views]) * HEIGHT
    np.testing.assert_allclose(steps, 7.0, atol=0.4)
    assert len(found.views) == 9


def test_people_are_seen_where_the_ground_is_in_their_frame(context):
    plate = filmed([5.0 * k for k in range(9)])
    going = np.concatenate([person(80 + 5 * k, 320 + 5 * k, 1)._frames for k in range(9)])
    with_it, rising = (
        ground_of(matte, context, plate=plate).views[0].horizon
        for matte in (ArrayClip(going, FPS), person(frames=9))
    )
    # Who stays in the picture while the ground goes down comes up by 20 rows until the middle.
    assert with_it - rising > 0.02


def test_a_zoom_carries_the_horizon_from_the_middle(context):
    views = ground_of(person(frames=5), context, plate=filmed([0.0] * 5, 1.06)).views
    gone = (views[-1].horizon - 0.5) / (views[0].horizon - 0.5)
    assert gone == pytest.approx(1.06**4, abs=0.05)


def test_a_camera_at_rest_has_one_view(context):
    assert len(ground_of(person(frames=9), context, plate=filmed([0.0] * 9)).views) == 1
    assert len(ground_of(person(frames=9), context, plate=plain()).views) == 1
