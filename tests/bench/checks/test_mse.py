import numpy as np
import pytest

from ..metrics.mse import mse


def test_mean_squared_difference_in_thousandths():
    truth = np.zeros((2, 2, 2), np.float32)
    alpha = truth.copy()
    alpha[0, 0, 0], alpha[1, 1, 1] = 0.4, 1.0
    assert mse(alpha, truth) == pytest.approx(1e3 * (0.16 + 1.0) / 8)
