from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.light.light_path import follow_light
from backlot.engine.analysis.light.shading import RATIOS, directions


def unit(*vector):
    return np.array(vector) / np.linalg.norm(vector)


def table(light, *, depth=0.5, seed=0):
    """Losses that are least near a direction, with noise."""
    angle = np.arccos(np.clip(directions() @ light, -1, 1))
    loss = depth * (1 - np.exp(-0.5 * np.square(angle / 0.35)))
    noise = 0.02 * np.random.default_rng(seed).standard_normal((len(RATIOS), len(loss)))
    return loss[None] + noise


def angles_deg(found, light):
    return np.degrees(np.arccos(np.clip(found @ light, -1, 1)))


LEFT, RIGHT = unit(-0.7, 0.5, 0.5), unit(0.7, 0.5, 0.5)


def test_frames_that_say_nothing_take_the_light_of_their_neighbours():
    nothing = np.zeros((len(RATIOS), len(directions())))
    path = follow_light([table(LEFT), nothing, nothing, table(LEFT, seed=1)], [False] * 3)
    assert angles_deg(path.directions, LEFT).max() < 15


def test_without_evidence_light_comes_from_above_and_is_not_sure():
    path = follow_light([np.zeros((len(RATIOS), len(directions())))], [])
    assert path.directions[0, 1] > 0.4
    assert path.directions[0, 2] > 0
    assert path.sigma_deg[0] > 50


def test_more_evidence_is_more_sure():
    weak = follow_light([table(LEFT, depth=0.05)], [])
    strong = follow_light([table(LEFT, depth=0.8)], [])
    assert strong.sigma_deg[0] < 0.6 * weak.sigma_deg[0]


@pytest.mark.parametrize("known", [True, False])
def test_a_light_that_jumps_is_followed_at_once(known):
    tables = [table(LEFT, seed=k, depth=1.0) for k in range(5)]
    tables += [table(RIGHT, seed=k + 9, depth=1.0) for k in range(5)]
    path = follow_light(tables, [k == 4 and known for k in range(9)])
    assert angles_deg(path.directions[:5], LEFT).max() < 20
    assert angles_deg(path.directions[5:], RIGHT).max() < 20


def test_noise_does_not_move_a_light_that_stays():
    path = follow_light([table(LEFT, depth=0.3, seed=k) for k in range(12)], [False] * 11)
    assert angles_deg(path.directions, path.directions[0]).max() < 3
