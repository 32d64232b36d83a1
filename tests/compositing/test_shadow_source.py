from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.compositing.shadow.source_shadow import source_shadow
from backlot.engine.errors import InputError

FPS = Fraction(25)
HEIGHT, WIDTH, FEET = 270, 480, 220
FRAMES = 3


def ground(seed: int = 3) -> np.ndarray:
    """A lawn: display values, 0 ... 1, with texture."""
    texture = np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH, 1))
    smooth = cv2.GaussianBlur(texture, (0, 0), 1.5)[..., None]
    return (np.array([0.5, 0.6, 0.35]) + 0.12 * smooth).clip(0.1, 0.95)


def shade() -> np.ndarray:
    """A shadow that runs from the feet to the right: the light that is left."""
    light = np.ones((HEIGHT, WIDTH))
    corners = np.array([[195, FEET - 4], [225, FEET + 4], [360, FEET - 20], [350, FEET - 34]])
    cv2.fillConvexPoly(light, corners, 0.55)
    return cv2.GaussianBlur(light, (0, 0), 1.5)


def clips(light: np.ndarray, noise: float = 0.0, plate: np.ndarray | None = None):
    """Source, clean plate and matte of a bar that stands on the lawn."""
    clean = ground()
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[60:FEET, 195:225] = 255
    light = light if light.ndim == 3 else light[..., None]
    seen = (clean**2.2 * light) ** (1 / 2.2)
    seen = np.where(alpha[..., None] > 0, (0.5, 0.2, 0.2), seen)
    generator = np.random.default_rng(5)
    frames = [
        np.rint((seen + generator.normal(0, noise, seen.shape)).clip(0, 1) * 255).astype(np.uint8)
        for _ in range(FRAMES)
    ]
    plate = clean if plate is None else plate
    return (
        ArrayClip(np.stack(frames), FPS),
        ArrayClip(np.rint(plate * 255).astype(np.uint8)[None], FPS),
        ArrayClip(np.stack([alpha] * FRAMES), FPS),
    )


def carried(*given, **changes) -> np.ndarray:
    return source_shadow(*given, **changes).frame(1) / 65535.0


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_the_shadow_is_found(noise):
    density = carried(*clips(shade(), noise))
    middle = np.s_[FEET - 18 : FEET - 10, 270:300]
    assert density[middle].mean() == pytest.approx(0.45, abs=0.06)


def test_only_the_shadow_is_found():
    density = carried(*clips(shade(), 0.02))
    away = cv2.erode((shade() > 0.99).astype(np.uint8), np.ones((15, 15))) > 0
    assert density[away].max() < 0.04


def test_it_goes_on_under_the_feet():
    density = carried(*clips(shade()))
    assert density[FEET - 3 : FEET + 2, 214:222].min() > 0.1


def test_what_is_lighter_or_of_another_colour_is_no_shadow():
    for factor in ((1.4, 1.4, 1.4), (0.9, 0.4, 0.9), (0.3, 0.9, 0.9)):
        left = 1 - (1 - shade()[..., None]) / 0.45 * (1 - np.array(factor))
        assert carried(*clips(left)).max() < 0.1


def test_what_does_not_begin_at_the_feet_is_no_shadow():
    light = np.ones((HEIGHT, WIDTH))
    light[80:140, 330:420] = 0.5
    assert carried(*clips(light)).max() < 0.03


def test_a_plate_in_another_exposure_is_no_shadow():
    dim = (ground() ** 2.2 * 0.8) ** (1 / 2.2)
    assert carried(*clips(np.ones((HEIGHT, WIDTH)), 0.01, dim)).max() < 0.05
    bright = (ground() ** 2.2 * 1.1) ** (1 / 2.2)
    assert carried(*clips(np.ones((HEIGHT, WIDTH)), 0.01, bright)).max() < 0.05


def test_strength_keeps_a_part():
    given = clips(shade())
    whole, half = carried(*given), carried(*given, strength=0.5)
    np.testing.assert_allclose(half, whole / 2, atol=1e-4)


def test_who_is_cut_by_the_border_has_none():
    clip, plate, alpha = clips(shade())
    longer = np.stack([alpha.frame(0)] * FRAMES)
    longer[:, FEET:, 195:225] = 255
    assert not carried(clip, plate, ArrayClip(longer, FPS)).any()


def test_the_format_is_a_matte():
    out = source_shadow(*clips(shade()))
    assert (out.format.channels, out.format.bits, len(out)) == (1, 16, FRAMES)


def test_wrong_strength_is_refused():
    with pytest.raises(InputError, match="strength"):
        source_shadow(*clips(shade()), strength=2.0)
