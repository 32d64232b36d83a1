from __future__ import annotations

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.depth.parallax import solve_parallax
from backlot.engine.analysis.reduced import Size

SIZE = Size(960, 540)


def world(seed=0, count=240, *, plane=False):
    """Points in a picture and their depths: nearer toward the bottom, with things standing."""
    rng = np.random.default_rng(seed)
    u, v = rng.uniform(0.03, 0.97, (2, count))
    depth = 1.5 / np.maximum(v - 0.35, 0.04)
    standing = rng.random(count) < 0.4
    depth[standing] = rng.choice([3.0, 7.0, 20.0], standing.sum())
    if plane:
        depth[:] = 1.0 / (0.2 - 0.06 * u)
    return np.stack([u * SIZE.width, v * SIZE.height], axis=1), depth


def seen(points, depth, *, shift, turn=(0, 0, 0), focal=1.1, noise=0.1, seed=1):
    """Where the points are seen by a camera that has shifted and turned."""
    f = focal * SIZE.width
    centre = np.array([(SIZE.width - 1) / 2, (SIZE.height - 1) / 2])
    rays = np.column_stack([(points - centre) / f, np.ones(len(points))]) * depth[:, None]
    moved = rays @ cv2.Rodrigues(np.array(turn, float))[0].T + np.array(shift, float)
    found = f * moved[:, :2] / moved[:, 2:] + centre
    return found + np.random.default_rng(seed + 9).normal(0, noise, found.shape)


def guess(points):
    return np.maximum(points[:, 1] / SIZE.height - 0.4, 0.03)


def order(found, depth):
    """Share of pairs of features in the true order."""
    first, second = np.random.default_rng(5).integers(0, len(depth), (2, 20000))
    apart = np.abs(np.log(depth[first] / depth[second])) > 0.1
    right = np.sign(found[first] - found[second]) == np.sign(depth[second] - depth[first])
    return right[apart].mean()


def depth_at(solved, points, depth):
    """The true depths of the features that were solved."""
    gap = np.linalg.norm(solved.points[:, None] - points[None], axis=2)
    return depth[gap.argmin(axis=1)]


@pytest.mark.parametrize("shift", [(0.4, 0, 0), (0.0, 0.0, -0.5), (0.2, 0.1, 0.3)])
def test_orders_features_of_a_travelling_camera(shift):
    points, depth = world()
    views = [
        seen(
            points, depth, shift=np.array(shift) * k, turn=(0.004 * k, -0.01 * k, 0.003 * k), seed=k
        )
        for k in (-2, -1, 1, 2)
    ]
    solved = solve_parallax(points, np.array(views), guess(points), SIZE)
    assert solved.belief > 0.9
    true = depth_at(solved, points, depth)
    assert order(solved.nearness, true) > 0.97
    assert np.corrcoef(solved.nearness, 1 / true)[0, 1] > 0.98


def test_a_wrong_first_guess_of_what_stands_does_not_matter_but_inside_out_is_not_found():
    points, depth = world(seed=3)
    views = np.array([seen(points, depth, shift=(0.3 * k, 0, 0), seed=k) for k in (-1, 1, 2)])
    flat = np.full(len(points), 0.5) + 0.01 * guess(points)
    for first in (guess(points), flat):
        solved = solve_parallax(points, views, first, SIZE)
        assert order(solved.nearness, depth_at(solved, points, depth)) > 0.95


def test_a_camera_that_turns_or_rests_shows_nothing():
    points, depth = world()
    for turn in ((0, 0, 0), (0.0, 0.05, 0.02)):
        views = np.array(
            [
                seen(points, depth, shift=(0, 0, 0), turn=np.array(turn) * k, seed=k)
                for k in (1, 2, 3)
            ]
        )
        solved = solve_parallax(points, views, guess(points), SIZE)
        assert solved is None or solved.belief == 0.0


def test_one_plane_shows_nothing():
    points, depth = world(plane=True)
    views = np.array([seen(points, depth, shift=(0.3 * k, 0, 0.2), seed=k) for k in (1, 2, 3)])
    solved = solve_parallax(points, views, guess(points), SIZE)
    assert solved is None or solved.belief == 0.0


def test_things_that_move_by_themselves_are_outvoted():
    points, depth = world(count=300)
    views = np.array([seen(points, depth, shift=(0.3 * k, 0, 0), seed=k) for k in (-1, 1, 2)])
    walks = np.random.default_rng(2).random(len(points)) < 0.25
    views[:, walks, 1] += np.array([[-15.0], [15.0], [30.0]])
    solved = solve_parallax(points, views, guess(points), SIZE)
    true = depth_at(solved, points, depth)
    assert order(solved.nearness, true) > 0.95
    assert len(solved.points) < 0.85 * len(points)


def test_features_that_are_lost_in_some_views_still_count():
    points, depth = world()
    views = np.array([seen(points, depth, shift=(0.3 * k, 0, 0), seed=k) for k in (-1, 1, 2, 3)])
    views[np.random.default_rng(0).random(views.shape[:2]) < 0.4] = np.nan
    solved = solve_parallax(points, views, guess(points), SIZE)
    assert order(solved.nearness, depth_at(solved, points, depth)) > 0.95


def test_too_few_features_give_no_answer():
    points, depth = world(count=10)
    views = np.array([seen(points, depth, shift=(0.3, 0, 0))])
    assert solve_parallax(points, views, guess(points), SIZE) is None
    assert solve_parallax(points, np.empty((0, 10, 2)), guess(points), SIZE) is None
