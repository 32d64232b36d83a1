import numpy as np
import pytest

from ..metrics.sad_unknown import mse_unknown, sad_unknown


@pytest.fixture
def truth():
    alpha = np.zeros((9, 9), np.float32)
    alpha[4, 4] = 0.5
    return alpha


def test_only_the_band_counts(truth):
    # A disc of radius 1 round the one soft pixel is 5 pixels.
    assert sad_unknown(truth + np.float32(0.2), truth, radius_px=1) == pytest.approx(5 * 0.2 / 1000)
    assert mse_unknown(truth + np.float32(0.2), truth, radius_px=1) == pytest.approx(40, rel=1e-5)


def test_radius_is_that_of_a_disc(truth):
    # Of 5 x 5 the corners and their neighbours are farther than 2: 13 are left.
    assert sad_unknown(truth + np.float32(0.1), truth, radius_px=2) == pytest.approx(
        13 * 0.1 / 1000
    )


def test_frames_are_averaged(truth):
    clip = np.stack([truth, np.zeros_like(truth)])
    assert sad_unknown(clip + np.float32(0.2), clip, radius_px=1) == pytest.approx(0.0005)
    assert mse_unknown(clip + np.float32(0.2), clip, radius_px=1) == pytest.approx(20, rel=1e-5)
