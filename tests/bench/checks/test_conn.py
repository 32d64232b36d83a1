import numpy as np
import pytest

from ..metrics.conn import conn


@pytest.fixture
def truth():
    """A body of 16 pixels, and a lone pixel that the rows below change."""
    alpha = np.zeros((10, 10), np.float32)
    alpha[1:5, 1:5] = 1
    return alpha


def test_what_is_not_connected_counts_in_full(truth):
    alpha = truth.copy()
    # Lost at the first step, so last connected at 0: phi is 1 - 0.5 here and 1 in the truth.
    alpha[8, 8] = 0.5
    assert conn(alpha, truth) == pytest.approx(0.5 / 1000)


def test_up_to_theta_nothing_counts(truth):
    alpha = truth.copy()
    alpha[8, 8] = 0.14
    assert conn(alpha, truth) == 0.0


def test_both_are_measured_from_the_same_threshold(truth):
    alpha = truth.copy()
    truth[8, 8], alpha[8, 8] = 0.5, 0.4
    assert conn(alpha, truth) == pytest.approx(0.1 / 1000)


def test_a_weak_pixel_of_the_body(truth):
    alpha = truth.copy()
    # Connected up to 0.7: the truth is 0.3 beyond that, the estimate 0.07, which is below theta.
    alpha[2, 2] = 0.77
    assert conn(alpha, truth) == pytest.approx(0.3 / 1000, rel=1e-5)


def test_corners_do_not_connect(truth):
    alpha = truth.copy()
    # As a part of the body this would be the 0.3 above.
    truth[5, 5], alpha[5, 5] = 1.0, 0.77
    assert conn(alpha, truth) == pytest.approx(0.23 / 1000, rel=1e-5)
