from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.matting.chroma_key import inside_bars, key_screen
from backlot.engine.matting.screen import Screen, detect_screen


@pytest.fixture
def keyed(greenscreen, context):
    screen = detect_screen(greenscreen.clip, context)
    return key_screen(greenscreen.clip, screen)


def test_key_is_close_to_the_truth(keyed, greenscreen, mad):
    assert mad(keyed, greenscreen.alpha) < 6


def test_core_is_solid_and_screen_is_clear(keyed, greenscreen):
    alpha = keyed.frame(0)
    inside = np.hypot(*(np.indices(alpha.shape) - np.array([72, 70])[:, None, None])) < 22
    away = np.hypot(*(np.indices(alpha.shape) - np.array([72, 70])[:, None, None])) > 48
    assert (alpha[inside] == 1023).all()
    assert (alpha[away] == 0).all()


def test_hair_is_partly_transparent(keyed, greenscreen):
    band = (greenscreen.alpha[0] > 0.3) & (greenscreen.alpha[0] < 0.7)
    alpha = keyed.frame(0)[band] / 1023
    assert 0.25 < alpha.mean() < 0.75
    assert np.corrcoef(alpha, greenscreen.alpha[0][band])[0, 1] > 0.8


def test_any_order_gives_the_same_frames(greenscreen, context):
    screen = detect_screen(greenscreen.clip, context)
    first, second = (key_screen(greenscreen.clip, screen) for _ in range(2))
    forward = [first.frame(i) for i in range(3)]
    backward = [second.frame(i) for i in (2, 1, 0)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forward, backward, strict=True))


def test_bars_are_filled_by_the_picture_mirrored():
    frame = np.zeros((12, 8, 3), np.uint8)
    frame[:10] = np.arange(10, dtype=np.uint8)[:, None, None] + 1
    filled = inside_bars(frame, Screen((0, 1, 0), 0.5, (0, 0, 8, 10)))
    assert filled[:, 0, 0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 9]
