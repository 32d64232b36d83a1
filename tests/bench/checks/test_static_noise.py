import numpy as np
import pytest

from ..metrics.static_noise import static_noise


def test_shimmer_by_hand():
    truth = np.zeros((6, 6), np.float32)
    truth[3, 3] = 0.5
    swing = np.array([0.1, -0.1, 0.1, -0.1], np.float32)[:, None, None]
    found = static_noise(truth + swing, truth, radius_px=2)
    assert found.std == pytest.approx(0.1)
    # Three changes of 0.2 in four frames.
    assert found.dtssd == pytest.approx(100 * 0.2 * 3 / 4, rel=1e-5)


def test_std_is_of_the_band_only():
    truth = np.zeros((8, 8), np.float32)
    truth[1, 1] = 0.5
    alpha = np.tile(truth, (4, 1, 1))
    alpha[::2, 6:, 6:] = 1.0
    found = static_noise(alpha, truth, radius_px=1)
    assert found.std == 0.0
    assert found.dtssd > 0
