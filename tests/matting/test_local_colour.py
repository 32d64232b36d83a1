"""Histograms of colour."""

from __future__ import annotations

import numpy as np
from backlot.engine.matting.local_colour import BINS, SIDE, smooth_histograms


def test_a_count_is_shared_with_its_neighbours_along_each_axis():
    counts = np.zeros((2, BINS), np.float32)
    counts[1, (5 * SIDE + 7) * SIDE + 3] = 64.0
    cube = smooth_histograms(counts).reshape(2, SIDE, SIDE, SIDE)
    assert not cube[0].any()
    shares = np.array([1.0, 2.0, 1.0])
    wanted = shares[:, None, None] * shares[:, None] * shares
    np.testing.assert_allclose(cube[1, 4:7, 6:9, 2:5], wanted, atol=1e-5)
    assert cube.sum() == np.float32(64.0)


def test_nothing_runs_over_an_end_into_the_next_row():
    counts = np.zeros((3, BINS), np.float32)
    counts[1, 0] = counts[1, -1] = 64.0
    cube = smooth_histograms(counts).reshape(3, SIDE, SIDE, SIDE)
    assert not cube[0].any() and not cube[2].any()
    near = np.zeros((SIDE, SIDE, SIDE), bool)
    near[:2, :2, :2] = near[-2:, -2:, -2:] = True
    assert not cube[1][~near].any()


def test_no_histogram_is_no_histogram():
    assert smooth_histograms(np.zeros((0, 2, BINS), np.float32)).shape == (0, 2, BINS)
