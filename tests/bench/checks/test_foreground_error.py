import numpy as np
import pytest

from ..metrics.foreground_error import foreground_error


def test_only_mixed_pixels_count():
    alpha = np.array([[0.0, 0.5, 0.25, 1.0]], np.float32)
    truth = np.full((1, 4, 3), 0.5, np.float32)
    found = truth.copy()
    found[0, 0], found[0, 3] = 1.0, 1.0
    found[0, 1, 0] += 0.3
    assert foreground_error(found, truth, alpha) == pytest.approx(1e3 * 0.09 / 6, rel=1e-5)


def test_no_mixed_pixel():
    frames = np.zeros((1, 4, 3), np.float32)
    assert foreground_error(frames + 1, frames, np.ones((1, 4), np.float32)) == 0.0
