import numpy as np
import pytest

from ..metrics.dtssd import dtssd


def test_first_frame_counts_as_none():
    truth = np.zeros((3, 4, 4), np.float32)
    alpha = truth.copy()
    alpha[1:] += 0.1
    # The error changes by 0.1 once, in three frames.
    assert dtssd(alpha, truth) == pytest.approx(100 * 0.1 / 3)


def test_rms_within_a_frame():
    truth = np.zeros((2, 1, 4), np.float32)
    alpha = truth.copy()
    alpha[1, 0, 0] = 0.6
    assert dtssd(alpha, truth) == pytest.approx(100 * np.sqrt(0.36 / 4) / 2)


def test_constant_error_and_true_motion_are_free():
    truth = np.random.default_rng(0).random((4, 5, 5)).astype(np.float32) / 2
    assert dtssd(truth + np.float32(0.3), truth) == pytest.approx(0.0, abs=1e-5)
