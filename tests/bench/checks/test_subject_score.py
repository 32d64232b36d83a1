from __future__ import annotations

import numpy as np
import pytest

from ..rivals.nearest_box import nearest_boxes
from ..score.subject import iou, person_iou, swaps

LEFT, RIGHT = (0.0, 0.0, 10.0, 20.0), (40.0, 0.0, 50.0, 20.0)


def test_swaps_are_counted_once_each_and_not_over_cuts():
    whole = [[LEFT, RIGHT]] * 6
    steady = [[LEFT] * 6, [RIGHT] * 6]
    assert swaps(steady, whole, []) == 0
    crossed = [[LEFT] * 3 + [RIGHT] * 3, [RIGHT] * 3 + [LEFT] * 3]
    assert swaps(crossed, whole, []) == 2
    assert swaps(crossed, whole, [3]) == 0
    lost = [[LEFT, LEFT, None, None, LEFT, LEFT], [RIGHT] * 6]
    assert swaps(lost, whole, []) == 0
    renamed = [[LEFT] * 2 + [None] * 4, [RIGHT] * 6, [None] * 2 + [LEFT] * 4]
    assert swaps(renamed, whole, []) == 1


def test_people_keep_one_track_a_shot():
    whole = [[LEFT, RIGHT]] * 4
    crossed = [[LEFT, LEFT, RIGHT, RIGHT], [RIGHT, RIGHT, LEFT, LEFT]]
    assert person_iou(crossed, whole, []) == pytest.approx(0.5)
    assert person_iou(crossed, whole, [2]) == pytest.approx(1.0)
    assert person_iou([[LEFT] * 4], whole, []) == pytest.approx(0.5)
    assert person_iou([], whole, []) == 0


def test_overlap_of_boxes():
    assert iou(LEFT, LEFT) == 1
    assert iou(LEFT, RIGHT) == iou(LEFT, None) == 0
    assert iou(LEFT, (0.0, 0.0, 10.0, 10.0)) == 0.5


def test_the_rival_follows_the_nearest_box():
    alphas = np.zeros((4, 40, 80), np.uint8)
    for at in range(4):
        alphas[at, 5:30, 10 + 3 * at : 20 + 3 * at] = 255
        alphas[at, 5:30, 60 - 3 * at : 70 - 3 * at] = 255
    tracks = nearest_boxes(alphas)
    assert len(tracks) == 2
    assert sorted(track[3][0] for track in tracks) == [19, 51]
    assert all(abs(track[0][0] - track[3][0]) == 9 for track in tracks)
