from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import InputError
from backlot.engine.matting.difference_matte import difference_matte
from backlot.engine.matting.mixture import to_display, to_linear
from backlot.engine.matting.plate_alpha import alpha_from_plate
from backlot.engine.matting.plate_difference import plate_evidence

from .conftest import HEIGHT, WIDTH, figure, texture

SURE = np.ones((HEIGHT, WIDTH), np.float32)


def plate():
    return (texture(21, (0.55, 0.6, 0.65), 0.1, 2.0) * 255).astype(np.uint8)


def noisy(picture, seed=1, sigma=1.5):
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise + 0.5, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def before():
    """A dark figure with hair before the plate, mixed in light: frame and alpha."""
    alpha = figure(76, 72, True)
    fore = np.broadcast_to(np.float32([60, 42, 36]), (HEIGHT, WIDTH, 3))
    share = alpha[..., None]
    light = to_linear(fore.copy()) * share + to_linear(plate().astype(np.float32)) * (1 - share)
    return noisy(to_display(light)), alpha


def test_subject_is_told_from_its_plate(before):
    frame, alpha = before
    odds = plate_evidence(frame, plate(), SURE)
    assert (odds[alpha > 0.95] > 2).mean() > 0.98
    away = cv2.dilate(alpha, np.ones((3, 3), np.uint8)) == 0
    assert (odds[away] < 0).mean() > 0.98


@pytest.mark.parametrize(
    "change",
    [
        lambda p: noisy(p),
        lambda p: noisy(np.roll(p, 1, axis=1)),
        lambda p: noisy(p * 0.85),
        lambda p: noisy(p, sigma=5),
    ],
    ids=["same", "a pixel aside", "darker exposure", "noise"],
)
def test_plate_alone_is_no_subject(change):
    odds = plate_evidence(change(plate().astype(np.float32)), plate(), SURE)
    assert (odds > 0).mean() < 0.02


def test_a_shadow_is_evidence_of_nothing():
    shade = np.ones((HEIGHT, WIDTH, 1), np.float32)
    shade[60:100, 40:110] = 0.65
    odds = plate_evidence(noisy(plate() * cv2.GaussianBlur(shade, (0, 0), 2)[..., None]),
                          plate(), SURE)  # fmt: skip
    assert (odds[64:96, 44:106] > 1).mean() < 0.05


def test_unknown_plate_says_nothing(before):
    frame, _ = before
    known = SURE.copy()
    known[:, :80] = 0
    odds = plate_evidence(frame, plate(), known)
    assert (odds[:, :80] == 0).all() and (odds[:, 80:] != 0).any()
    assert not plate_evidence(frame, plate(), SURE * 0).any()


def test_alpha_is_close_to_the_truth(before):
    frame, alpha = before
    found = alpha_from_plate(frame, plate())
    assert np.abs(found - alpha).mean() * 1e3 < 6
    band = (alpha > 0.2) & (alpha < 0.8)
    assert np.corrcoef(found[band], alpha[band])[0, 1] > 0.8
    assert abs((found - alpha)[band].mean()) < 0.08


def test_coarse_matte_keeps_others_out(before):
    frame, alpha = before
    frame = frame.copy()
    frame[20:60, 135:150] = (200, 40, 40)
    found = alpha_from_plate(frame, plate(), cv2.blur(alpha, (7, 7)))
    assert found[25:55, 140:146].max() < 0.05
    assert np.abs(found - alpha).mean() * 1e3 < 8


def test_unknown_plate_leaves_the_coarse_matte(before):
    frame, alpha = before
    clips = [ArrayClip(one[None], Fraction(25)) for one in (frame, plate())]
    coarse = ArrayClip((np.full(alpha.shape, 99, np.uint8))[None], Fraction(25))
    nothing = ArrayClip(np.zeros((1, HEIGHT, WIDTH), np.uint8), Fraction(25))
    matte = difference_matte(*clips, coarse=coarse, confidence=nothing)
    assert np.abs(matte.alpha.frame(0) / 1023 - 99 / 255).max() < 0.01
    with pytest.raises(InputError, match="coarse matte must be given"):
        difference_matte(*clips, confidence=nothing)


def test_light_and_display_are_each_others_inverse():
    codes = np.linspace(0, 255, 97, dtype=np.float32)
    assert np.abs(to_display(to_linear(codes)) - codes).max() < 0.2
