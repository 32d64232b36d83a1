import numpy as np
import pytest

from ..metrics.mad import mad


def test_mean_absolute_difference_in_thousandths():
    truth = np.zeros((2, 2, 2), np.float32)
    alpha = truth.copy()
    alpha[0, 0, 0], alpha[1, 1, 1] = 0.4, 1.0
    assert mad(alpha, truth) == pytest.approx(1e3 * (0.4 + 1.0) / 8)


def test_bytes_are_divided_by_255():
    assert mad(np.full((1, 3, 3), 51, np.uint8), np.zeros((1, 3, 3), np.uint8)) == pytest.approx(
        200
    )


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="Shapes"):
        mad(np.zeros((2, 4, 4)), np.zeros((4, 4)))
