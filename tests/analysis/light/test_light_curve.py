from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.light.light_curve import find_jumps, smoothed


def blocks(levels, *, noise=0.01, moving=0.3, seed=0):
    """Log light of 100 blocks: a course, noise, and some blocks that change on their own."""
    rng = np.random.default_rng(seed)
    course = np.array(levels, float)[:, None, None] + rng.uniform(-2, 0, (1, 100, 3))
    course = course + noise * rng.standard_normal(course.shape)
    own = rng.uniform(size=100) < moving
    course[:, own] += 0.5 * rng.standard_normal((len(levels), int(own.sum()), 1))
    return course


@pytest.mark.parametrize("height", [0.25, -0.25, 1.0])
def test_a_step_is_found_where_it_is(height):
    assert find_jumps(blocks([0.0] * 17 + [height] * 9)) == [17]


def test_a_ramp_is_no_jump():
    assert find_jumps(blocks(np.linspace(0, -1.0, 24))) == []


def test_a_flash_is_no_jump():
    assert find_jumps(blocks([0.0] * 10 + [0.8] + [0.0] * 10)) == []
    assert find_jumps(blocks([0.0] * 10 + [0.8, 0.7] + [0.0] * 10)) == []


def test_what_moves_is_no_jump():
    assert find_jumps(blocks([0.0] * 24, moving=0.4)) == []


def test_a_colour_that_changes_is_a_jump():
    levels = blocks([0.0] * 20)
    levels[8:, :, 2] -= 0.3
    assert find_jumps(levels) == [8]


def test_a_lamp_that_takes_a_moment_jumps_once():
    assert find_jumps(blocks([0.0] * 9 + [0.15] + [0.6] * 10)) == [10]


def test_one_sample_has_no_jump():
    assert find_jumps(blocks([0.0])) == []


def test_smoothing_takes_noise_off_and_does_not_lag():
    rng = np.random.default_rng(3)
    ramp = np.linspace(0, 2, 40)[:, None]
    noisy = ramp + 0.1 * rng.standard_normal(ramp.shape)
    smooth = smoothed(noisy, [])
    assert np.std(smooth - ramp) < 0.6 * np.std(noisy - ramp)
    bump = np.exp(-0.5 * np.square((np.arange(41) - 20) / 5.0))[:, None]
    assert int(smoothed(bump, []).argmax()) == 20
    assert smoothed(ramp, []) == pytest.approx(ramp, abs=1e-9)


def test_smoothing_keeps_a_jump():
    step = np.repeat([0.0, 1.0], 10)[:, None]
    assert smoothed(step, [10]) == pytest.approx(step, abs=1e-9)
