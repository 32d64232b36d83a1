import numpy as np
import pytest

from ..metrics.light_jump import largest_gap, light_jump


def clip(codes):
    return np.tile(np.float32(codes)[:, None, None, None] / 255, (1, 6, 8, 3))


def test_a_step_the_truth_does_not_have():
    truth = clip([100] * 12)
    assert light_jump(clip([100] * 6 + [107] * 6), truth) == pytest.approx(7, rel=1e-4)
    assert light_jump(clip([100] * 6 + [95] * 6), truth) == pytest.approx(5, rel=1e-4)


def test_a_step_of_the_truth_is_none():
    frames = clip([100] * 6 + [107] * 6)
    assert light_jump(frames, frames) == 0.0


def test_flicker_and_a_flash_are_no_step():
    truth = clip([100] * 12)
    assert light_jump(clip([96, 104] * 6), truth) == pytest.approx(0, abs=1e-3)
    assert light_jump(clip([100] * 6 + [120] + [100] * 5), truth) == pytest.approx(0, abs=1e-3)


def test_a_ramp_counts_with_one_of_its_steps():
    assert largest_gap(np.arange(12.0)) == pytest.approx(1.0)


def test_short_clips_have_no_step():
    assert largest_gap(np.array([0.0, 0, 5, 5])) == 0.0
