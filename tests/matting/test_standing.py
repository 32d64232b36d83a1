from __future__ import annotations

import cv2
import numpy as np
from backlot.engine.matting.standing import stands


def scene(shift: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return two frames, the flow back and the shape: a disc that moves over a still wall."""
    rng = np.random.default_rng(3)
    wall = cv2.resize(rng.integers(0, 255, (45, 80, 3)).astype(np.uint8), (320, 180))
    cloth = cv2.resize(rng.integers(0, 255, (45, 80, 3)).astype(np.uint8), (320, 180))
    y, x = np.indices((180, 320))
    frames, place = [], np.dstack([x, y]).astype(np.float32)
    for at in (0, shift):
        inside = (x - 150 - at) ** 2 + (y - 90) ** 2 < 40**2
        moved = np.roll(cloth, at, axis=1)
        frames.append(np.where(inside[..., None], moved, wall))
    place[inside, 0] -= shift
    return frames[0], frames[1], place, inside


def test_background_taken_along_is_told_and_the_subject_is_not():
    before, after, place, inside = scene(6)
    taken = inside.copy()
    taken[84:96, 190:206] = True  # a piece of the still wall beside the disc
    said = stands(before, after, place, np.eye(3), taken.astype(np.float32))
    assert said[86:94, 198:204].mean() > 0.5
    assert said[70:110, 130:170].mean() < 0.05


def test_where_both_move_alike_nothing_is_said():
    before, after, place, inside = scene(0)
    assert not stands(before, after, place, np.eye(3), inside.astype(np.float32)).any()
