from __future__ import annotations

import cv2
import numpy as np
import pytest
from backlot.engine.clip.average import area_average


@pytest.mark.parametrize("size", [(48, 27), (64, 36), (50, 28), (192, 108), (3, 2)])
def test_it_averages_the_area(size):
    frame = np.random.default_rng(1).integers(0, 255, (108, 192, 3), np.uint8)
    once = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    averaged = area_average(frame, size)
    assert averaged.dtype == np.uint8
    assert np.abs(averaged.astype(int) - once).max() <= 2


def test_floats_are_exact():
    frame = np.random.default_rng(1).random((64, 128)).astype(np.float32)
    assert np.allclose(area_average(frame, (16, 8)), frame.reshape(8, 8, 16, 8).mean((1, 3)))


def test_its_own_size_changes_nothing():
    frame = np.random.default_rng(1).integers(0, 65535, (30, 40), np.uint16)
    assert np.array_equal(area_average(frame, (40, 30)), frame)
