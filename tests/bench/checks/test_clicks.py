from __future__ import annotations

import numpy as np
import pytest

from ..score.clicks import next_click, rank_correlation


def test_ranks_that_agree_correlate_and_equal_values_share_theirs():
    assert rank_correlation(np.array([1, 2, 9]), np.array([10, 20, 21])) == pytest.approx(1)
    assert rank_correlation(np.array([1, 2, 9]), np.array([3, 2, 1])) == pytest.approx(-1)
    shared = rank_correlation(np.array([1, 1, 2]), np.array([1, 2, 3]))
    assert shared == pytest.approx(np.sqrt(3) / 2)
    assert rank_correlation(np.ones(3), np.array([1, 2, 3])) == 0


def test_the_artist_passes_by_what_is_right_and_tells_the_side():
    truth, found = np.zeros((2, 4, 4)), np.zeros((2, 4, 4))
    truth[1, 2, 3] = found[0, 0, 1] = 1
    places = [
        {"frame": 0, "x": 2, "y": 2, "point": "2,2@0"},
        {"frame": 0, "x": 1, "y": 0, "point": "1,0@0"},
        {"frame": 1, "x": 3, "y": 2, "point": "3,2@1"},
    ]
    assert next_click(places, found, truth, []) == "-1,0@0"
    assert next_click(places, found, truth, ["-1,0@0"]) == "3,2@1"
    assert next_click(places, truth, truth, []) is None
