from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.compositing.shadow.ground_view import GroundView
from backlot.engine.compositing.shadow.reflection import reflect
from backlot.engine.errors import InputError

FPS = Fraction(25)
HEIGHT, WIDTH, FEET = 360, 480, 220
VIEW = (GroundView(0.2),)


def layers(feet: int = FEET, frames: int = 1, left: int = 200):
    """A standing bar, red above and blue below its middle, over a grey plate."""
    colour = np.zeros((frames, HEIGHT, WIDTH, 3), np.uint8)
    alpha = np.zeros((frames, HEIGHT, WIDTH), np.uint8)
    colour[:, : feet - 60] = (220, 20, 20)
    colour[:, feet - 60 :] = (20, 20, 220)
    alpha[:, max(0, feet - 120) : feet, left : left + 40] = 255
    plate = np.full((1, HEIGHT, WIDTH, 3), 90, np.uint8)
    return ArrayClip(colour, FPS), ArrayClip(alpha, FPS), ArrayClip(plate, FPS)


def mirrored(**changes) -> np.ndarray:
    foreground, alpha, plate = layers(**{k: changes.pop(k) for k in ("feet",) if k in changes})
    given = {"views": VIEW, "strength": 0.5, "blur_px": 0.0, "fade": 50.0, **changes}
    return reflect(foreground, alpha, plate, **given).frame(0).astype(float)


def test_the_subject_stands_on_its_head_below_its_feet():
    out = mirrored()
    low, high = out[FEET + 30, 220], out[FEET + 90, 220]
    assert low[2] > low[0] + 60
    assert high[0] > high[2] + 60
    assert (out[FEET + 4, 220] != 90).any()


def test_nothing_else_changes():
    out = mirrored()
    assert (out[: FEET - 2] == 90).all()
    assert (out[:, :190] == 90).all()
    assert (out[:, 250:] == 90).all()
    assert (out[FEET + 140 :] == 90).all()


def test_half_the_light_is_the_mirrors():
    out = mirrored(strength=0.5)[FEET + 30, 220]
    linear = (np.array([20, 20, 220]) / 255) ** 2.2 * 0.5 + (90 / 255) ** 2.2 * 0.5
    np.testing.assert_allclose((out / 255) ** 2.2, linear, atol=0.03)


def test_it_fades_with_the_height():
    out = mirrored(fade=0.3)
    near, far = (np.abs(out[FEET + row, 220] - 90).max() for row in (8, 100))
    assert near > 3 * far > 0


def test_it_is_softer_farther_from_the_feet():
    out = mirrored(blur_px=40.0)[..., 1]

    def steepest(row: int) -> float:
        line = np.abs(out[row, 170:270] - 90)
        return float(np.abs(np.diff(line)).max() / line.max())

    assert steepest(FEET + 12) > 1.5 * steepest(FEET + 100)


def test_a_subject_cut_by_the_border_has_none():
    assert (mirrored(feet=HEIGHT) == 90).all()


def test_no_strength_is_the_plate_itself():
    foreground, alpha, plate = layers(frames=3)
    out = reflect(foreground, alpha, plate, strength=0.0)
    assert len(out) == 3
    np.testing.assert_array_equal(out.frame(2), plate.frame(0))


def test_frames_follow_the_clip_and_the_plates_form():
    foreground, alpha, _ = layers(frames=2)
    plate = ArrayClip(np.full((2, HEIGHT, WIDTH, 3), 400, np.uint16), FPS, bits=10)
    out = reflect(foreground, alpha, plate, views=VIEW, strength=0.5)
    assert out.format == plate.format
    assert (out.frame(1)[FEET + 20, 220] != 400).any()


def test_wrong_numbers_are_refused():
    for changes in ({"strength": 1.5}, {"blur_px": -1.0}, {"fade": -1.0}):
        with pytest.raises(InputError):
            reflect(*layers(), **changes)
