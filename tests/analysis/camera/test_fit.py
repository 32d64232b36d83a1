from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.camera.fit import fit_motion
from backlot.engine.analysis.camera.geometry import move
from backlot.engine.analysis.reduced import Size

SIZE = Size(960, 540)
MOTIONS = {
    "none": np.eye(3),
    "shift": np.array([[1, 0, 2.5], [0, 1, -1.25], [0, 0, 1]]),
    "similarity": np.array([[1.01, -0.02, 3], [0.02, 1.01, 1], [0, 0, 1]]),
    "affine": np.array([[1.02, 0.015, 3], [0.0, 0.99, 1], [0, 0, 1]]),
    "homography": np.array([[1.0, 0.0, 3], [0.0, 1.0, 1], [3e-5, 1e-5, 1]]),
}


def tracks(matrix, count=300, noise=0.08, seed=0):
    rng = np.random.default_rng(seed)
    first = rng.uniform((10, 10), (950, 530), (count, 2))
    return first, move(first, matrix) + noise * rng.standard_normal((count, 2))


@pytest.mark.parametrize("model", MOTIONS)
def test_chooses_the_simplest_model_that_explains_the_tracks(model):
    first, second = tracks(MOTIONS[model])
    fit = fit_motion(first, second, np.ones(len(first)), SIZE)
    assert fit.model == model
    assert np.abs(move(first, fit.matrix) - move(first, MOTIONS[model])).max() < 0.1
    assert fit.error_px < 0.1


def test_ignores_a_third_of_the_tracks_moving_otherwise():
    first, second = tracks(MOTIONS["similarity"])
    second[:100] = first[:100] + np.array([25, 4])
    fit = fit_motion(first, second, np.ones(len(first)), SIZE)
    assert np.abs(move(first, fit.matrix) - move(first, MOTIONS["similarity"])).max() < 0.2
    assert fit.weights[:100].max() < 0.01
    assert fit.share == pytest.approx(2 / 3, abs=0.02)


def test_trust_decides_between_two_halves():
    first, second = tracks(MOTIONS["none"])
    second[:160] += (6, 0)
    trust = np.where(np.arange(300) < 160, 0.4, 1.0)
    assert fit_motion(first, second, trust, SIZE).model == "none"


def test_a_motion_that_few_tracks_obey_may_not_bend():
    first, second = tracks(MOTIONS["homography"], count=200)
    rng = np.random.default_rng(5)
    second[:170] += rng.uniform(-60, 60, (170, 2))
    fit = fit_motion(first, second, np.ones(len(first)), SIZE)
    assert fit.model in ("none", "shift", "similarity")


def with_a_crowd(matrix):
    """Tracks of a camera before which two groups walk, over half of the picture."""
    first, second = tracks(matrix)
    crowd = np.flatnonzero(np.abs(first[:, 0] - 480) < 240)
    second[crowd] += np.where(first[crowd, :1] < 480, (9.0, 2.0), (-7.0, 1.0))
    return first, second


def test_a_crowd_does_not_flatten_the_turn_of_a_camera():
    lens = np.array([[950.0, 0, 479.5], [0, 950, 269.5], [0, 0, 1]])
    cos, sin = np.cos(0.04), np.sin(0.04)
    turn = lens @ np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]) @ np.linalg.inv(lens)
    first, second = with_a_crowd(turn)
    fit = fit_motion(first, second, np.ones(len(first)), SIZE)
    assert fit.model == "homography"
    assert np.abs(move(first, fit.matrix) - move(first, turn)).max() < 0.15


def test_in_a_crowd_nothing_else_bends():
    sheared = np.array([[1.02, 0.0, -4.0], [0.0, 0.98, 8.0], [0.0, 3e-5, 1.0]])
    first, second = with_a_crowd(sheared)
    fit = fit_motion(first, second, np.ones(len(first)), SIZE)
    assert fit.model in ("none", "shift", "similarity")


def test_another_motion_of_as_many_tracks_is_a_rival():
    first, second = tracks(MOTIONS["shift"])
    assert fit_motion(first, second, np.ones(len(first)), SIZE).rival == 0.0
    second[first[:, 0] > 500] += (7.0, 3.0)
    assert fit_motion(first, second, np.ones(len(first)), SIZE).rival > 0.7


def test_tracks_in_one_corner_only_shift():
    rng = np.random.default_rng(1)
    first = rng.uniform((0, 0), (90, 70), (60, 2))
    second = first + np.array([3, 1]) + 0.1 * rng.standard_normal(first.shape)
    fit = fit_motion(first, second, np.ones(len(first)), SIZE)
    assert fit.model == "shift"


def test_fewer_tracks_give_a_larger_expected_error():
    few = fit_motion(*tracks(MOTIONS["affine"], 40), np.ones(40), SIZE)
    many = fit_motion(*tracks(MOTIONS["affine"], 400), np.ones(400), SIZE)
    assert few.error_px > 1.5 * many.error_px


def test_says_so_when_nothing_agrees():
    rng = np.random.default_rng(2)
    first = rng.uniform((0, 0), (960, 540), (5, 2))
    assert fit_motion(first, first, np.ones(5), SIZE) is None
    first = rng.uniform((0, 0), (960, 540), (40, 2))
    second = rng.uniform((0, 0), (960, 540), (40, 2))
    assert fit_motion(first, second, np.ones(40), SIZE) is None
