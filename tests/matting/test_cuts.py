from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.matting.cuts import begins_shot


def scene(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (5, 8, 3)).astype(np.uint8)
    return cv2.resize(coarse, (160, 90), interpolation=cv2.INTER_NEAREST)


def clip(*frames: np.ndarray) -> ArrayClip:
    return ArrayClip(np.stack(frames), Fraction(25))


def test_another_scene_is_a_cut_only_at_its_first_frame():
    joined = clip(*[scene(1)] * 4, *[scene(2)] * 5)
    assert [index for index in range(1, 9) if begins_shot(joined, index)] == [4]


@pytest.mark.parametrize("length", [1, 2])
def test_a_scene_that_comes_back_was_not_left(length):
    flash = [np.full((90, 160, 3), 250, np.uint8)] * length
    broken = clip(*[scene(1)] * 4, *flash, *[scene(1)] * 5)
    assert not any(begins_shot(broken, index) for index in range(1, 4 + length))


def test_a_moving_picture_is_no_cut():
    wide = np.hstack([scene(seed) for seed in range(4)])
    pan = clip(*[wide[:, at : at + 160] for at in range(0, 320, 12)])
    assert not any(begins_shot(pan, index) for index in range(1, len(pan)))
