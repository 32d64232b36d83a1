from __future__ import annotations

import numpy as np
from backlot.engine.matting.foreground import foreground_colour
from backlot.engine.matting.screen import Screen, detect_screen


def band_error(colour, scene) -> float:
    """Return the mean squared error (times 1000) of colour in the soft edge of frame 0."""
    import cv2

    alpha = scene.alpha[0]
    shift = np.float32([[1, 0, 70 - 80], [0, 1, 72 - 60]])
    truth = cv2.warpAffine(scene.foreground, shift, (160, 120), borderMode=cv2.BORDER_REFLECT)
    band = (alpha > 0.1) & (alpha < 0.95)
    return float(((colour / 255.0 - truth)[band] ** 2).mean() * 1e3)


def test_edge_has_the_subjects_own_colour(greenscreen):
    fore = foreground_colour(greenscreen.clip, greenscreen.true_matte(), despill=0)
    before = band_error(greenscreen.frames[0], greenscreen)
    assert band_error(fore.frame(0), greenscreen) < 0.25 * before


def test_solid_pixels_are_copied(greenscreen):
    fore = foreground_colour(greenscreen.clip, greenscreen.true_matte(), despill=0)
    solid = greenscreen.alpha[0] == 1
    assert np.array_equal(fore.frame(0)[solid], greenscreen.frames[0][solid])


def test_colour_goes_on_outside_the_subject(greenscreen):
    fore = foreground_colour(greenscreen.clip, greenscreen.true_matte(), despill=0)
    outside = fore.frame(0)[greenscreen.alpha[0] == 0].astype(int)
    assert (outside[:, 1] - np.maximum(outside[:, 0], outside[:, 2])).max() < 20


def test_despill_takes_the_screens_hue_and_keeps_skin_and_grey(greenscreen, context):
    screen = detect_screen(greenscreen.clip, context)
    assert screen is not None
    frames = greenscreen.frames.copy()
    patches = {
        "spill": (np.s_[60:64, 60:64], (100, 130, 100)),
        "skin": (np.s_[60:64, 68:72], (200, 150, 125)),
        "grey": (np.s_[60:64, 76:80], (120, 120, 120)),
    }
    for where, colour in patches.values():
        frames[0][where] = colour
    from fractions import Fraction

    from backlot.engine.clip.operations import ArrayClip

    clip = ArrayClip(frames, Fraction(25))
    clean = foreground_colour(clip, greenscreen.true_matte(screen), despill=1.0).frame(0)
    spill = clean[patches["spill"][0]].reshape(-1, 3).mean(0)
    assert spill[1] - max(spill[0], spill[2]) < 3
    assert abs(spill @ [0.2126, 0.7152, 0.0722] - 121.5) < 3
    for name in ("skin", "grey"):
        assert np.abs(clean[patches[name][0]].astype(int) - patches[name][1]).max() <= 1


def test_bits_of_the_clip_are_kept(greenscreen):
    from backlot.engine.clip.operations import convert

    deep = convert(greenscreen.clip, 10)
    screen = Screen((0.16, 0.62, 0.22), 0.5, (0, 0, 160, 120))
    fore = foreground_colour(deep, greenscreen.true_matte(screen), despill=1.0)
    assert fore.format.bits == 10
    assert fore.frame(1).dtype == np.uint16


def test_strands_far_from_the_solid_subject_have_their_own_colour():
    from fractions import Fraction

    from backlot.engine.clip.operations import ArrayClip
    from backlot.engine.matting.matte import Matte

    # A red body, and strands of another colour beyond it that are nowhere solid.
    alpha = np.zeros((120, 160), np.float32)
    alpha[60:, 40:120] = 1
    alpha[20:50, 40:120:4] = 0.8
    alpha[20:50, 41:120:4] = 0.4
    colour = np.full((120, 160, 3), (0.8, 0.1, 0.1), np.float32)
    colour[:55] = (0.1, 0.1, 0.3)
    back = np.array((0.9, 0.9, 0.7), np.float32)
    seen = colour * alpha[..., None] + back * (1 - alpha[..., None])
    frames = np.rint(seen * 255).astype(np.uint8)[None]
    matte = Matte(ArrayClip(np.rint(alpha * 255).astype(np.uint8)[None, ..., None], Fraction(25)))
    fore = foreground_colour(ArrayClip(frames, Fraction(25)), matte, despill=0).frame(0) / 255
    faint = alpha == np.float32(0.4)
    assert np.abs(fore[faint] - colour[faint]).mean() < 0.05
