import numpy as np
import pytest

from ..metrics.harmonisation_error import foreground_mse


def test_by_hand():
    truth = np.zeros((1, 2, 2, 3), np.float32)
    found = truth.copy()
    found[0, 0, 0] = 10 / 255, 20 / 255, 0
    found[0, 1, 1] = 1.0
    mask = np.array([[[1, 1], [0, 0]]], bool)
    # Two pixels of the subject, three channels each; what is outside does not count.
    assert foreground_mse(found, truth, mask) == pytest.approx((100 + 400) / 6, rel=1e-5)


def test_frames_are_averaged():
    truth = np.zeros((2, 2, 2, 3), np.uint8)
    found = truth.copy()
    found[0] = 10
    mask = np.ones((2, 2, 2), bool)
    assert foreground_mse(found, truth, mask) == pytest.approx(50, rel=1e-5)
    mask[0] = False
    assert foreground_mse(found, truth, mask) == 0.0
