from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.matting.screen import detect_screen

from .conftest import HEIGHT, WIDTH, build, texture

PATH = [(70, 80), (76, 80), (82, 80)]


def over(background):
    return build(background, texture(3, (0.5, 0.4, 0.34), 0.05), PATH).clip


def plain(colour):
    return np.ones((HEIGHT, WIDTH, 1), np.float32) * np.float32(colour)


@pytest.mark.parametrize(
    "colour", [(0.16, 0.62, 0.22), (0.05, 0.2, 0.75), (0.8, 0.8, 0.1), (0.75, 0.08, 0.6)]
)
def test_screen_of_any_saturated_colour_is_found(colour, context):
    screen = detect_screen(over(plain(colour)), context)
    assert screen is not None
    assert np.allclose(screen.rgb, colour, atol=0.02)
    assert screen.picture == (0, 0, WIDTH, HEIGHT)


def test_unevenly_lit_screen_is_found(greenscreen, context):
    assert detect_screen(greenscreen.clip, context) is not None


def test_black_bar_is_left_out(greenscreen, context):
    frames = greenscreen.frames.copy()
    frames[:, 110:] = 0
    screen = detect_screen(ArrayClip(frames, Fraction(25)), context)
    assert screen is not None
    assert 104 <= screen.picture[3] <= 110


@pytest.mark.parametrize(
    "background",
    [
        texture(7, (0.25, 0.5, 0.15), 0.09, 1.2),  # a lawn
        plain((0.95, 0.95, 0.95)),
        plain((0.5, 0.5, 0.5)),
        plain((0.53, 0.72, 0.92)),  # a pale sky
        plain((0.62, 0.3, 0.12)),  # a wall of wood, in the hue of skin
    ],
    ids=["lawn", "white", "grey", "sky", "wood"],
)
def test_no_screen_where_there_is_none(background, context):
    assert detect_screen(over(background), context) is None


def test_answer_is_kept_in_the_store(greenscreen, context):
    clip = greenscreen.clip
    first = detect_screen(clip, context)
    clip._frames = np.zeros_like(clip._frames)
    clip.release()
    assert detect_screen(clip, context) == first
