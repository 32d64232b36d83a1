from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import InputError
from backlot.engine.matting.chroma_siting import smooth_chroma
from backlot.engine.matting.keyer import chroma_key, read_colour

from .conftest import HEIGHT, WIDTH, build, texture


def alpha_of(matte, index=0):
    return matte.alpha.frame(index) / matte.alpha.format.max_value


def whole(value, shape=(3, HEIGHT, WIDTH)):
    return ArrayClip(np.full(shape, value, np.uint8), Fraction(25))


def test_given_colour_need_only_be_about_right(greenscreen, context, mad):
    found = chroma_key(greenscreen.clip, context, colour="209030")
    assert mad(found.alpha, greenscreen.alpha) < 5
    assert found.screen is not None and found.method == "key"


def test_clean_plate_tells_two_cloths_apart(context, mad):
    screen = np.float32([0.16, 0.62, 0.22]) * np.ones((HEIGHT, WIDTH, 1), np.float32)
    screen[:, 84:] = (0.4, 0.66, 0.1)
    scene = build(screen, texture(3, (0.5, 0.4, 0.34), 0.03), [(80, 72)], hair=True)
    plate = ArrayClip((screen * 255 + 0.5).astype(np.uint8)[None], Fraction(25))
    without, given = (
        mad(chroma_key(scene.clip, context, colour="28a038", plate=one).alpha, scene.alpha)
        for one in (None, plate)
    )
    assert given < 5 and given < 0.8 * without


def test_shadow_on_the_screen_is_screen(context, mad):
    shade = np.ones((HEIGHT, WIDTH, 1), np.float32)
    shade[80:, :70] = 0.6
    screen = np.float32([0.16, 0.62, 0.22]) * shade
    scene = build(screen, texture(3, (0.5, 0.4, 0.34), 0.03), [(100, 60)])
    found = chroma_key(scene.clip, context, colour="28a038")
    assert alpha_of(found)[90:, :50].max() < 0.05
    assert mad(found.alpha, scene.alpha) < 8


def test_garbage_clears_and_holdout_keeps(greenscreen, context):
    marked = np.zeros((3, HEIGHT, WIDTH), np.uint8)
    marked[:, 60:80, 60:80] = 255
    region = ArrayClip(marked, Fraction(25))
    cleared = chroma_key(greenscreen.clip, context, garbage=region)
    assert alpha_of(cleared)[60:80, 60:80].max() == 0
    marked = np.zeros((3, HEIGHT, WIDTH), np.uint8)
    marked[:, :10, :10] = 255
    kept = chroma_key(greenscreen.clip, context, holdout=ArrayClip(marked, Fraction(25)))
    assert alpha_of(kept)[:10, :10].min() == 1
    assert alpha_of(kept)[20:30, :10].max() == 0


def test_softness_hardens_and_tolerance_clears(greenscreen, context):
    soft, hard, bold = (
        alpha_of(chroma_key(greenscreen.clip, context, softness=s, tolerance=t))
        for s, t in ((1, 1), (0, 1), (1, 4))
    )
    mixed = [((one > 0.02) & (one < 0.98)).sum() for one in (soft, hard)]
    assert mixed[1] < 0.3 * mixed[0]
    assert (bold == 0).sum() > (soft == 0).sum()


def test_no_screen_is_said(context):
    with pytest.raises(InputError, match="evenly coloured screen, got none"):
        chroma_key(whole(128, (3, HEIGHT, WIDTH, 3)), context)


@pytest.mark.parametrize("text, said", [("green", "hexadecimal"), ("808080", "saturated")])
def test_refuses_what_is_no_screen_colour(text, said):
    with pytest.raises(InputError, match=said):
        read_colour(text)


def test_reads_a_colour_as_people_write_it():
    assert read_colour(" #00B140 ") == (0, 177 / 255, 64 / 255)


def test_repeated_chroma_is_smoothed_and_other_frames_are_left():
    x = np.arange(64)
    edge = np.clip((x - 31.0) / 6, 0, 1)
    colours = (
        np.float32([0.2, 0.6, 0.2]) * (1 - edge[:, None])
        + np.float32([0.6, 0.2, 0.2]) * edge[:, None]
    )
    smooth = np.tile(colours, (16, 1, 1)).astype(np.float32)
    assert np.array_equal(smooth_chroma(smooth, 1.0), smooth)
    stairs = np.repeat(smooth[:, 0::2], 2, axis=1)
    found = smooth_chroma(stairs, 1.0)
    before = np.abs(np.diff(stairs[8], axis=0)).max()
    assert np.abs(np.diff(found[8], axis=0)).max() < 0.8 * before
