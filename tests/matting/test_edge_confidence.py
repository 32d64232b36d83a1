from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.matting.edge_confidence import edge_confidence
from backlot.engine.matting.matte import Matte


def matte_of(alpha):
    native = (np.clip(alpha, 0, 1) * 1023 + 0.5).astype(np.uint16)
    return Matte(ArrayClip(native, Fraction(25), bits=10))


def confidence(clip, alpha):
    sure = edge_confidence(clip, matte_of(alpha)).alpha
    return np.stack([sure.frame(i) for i in range(len(sure))]) / sure.format.max_value


def test_it_foretells_the_error(portrait):
    """The matte is the truth but for a dent, a blurred part and lost hair."""
    alpha = cv2.GaussianBlur(portrait.alpha[0], (0, 0), 3)
    alpha[:50] = np.where(portrait.alpha[0][:50] > 0.9, alpha[:50], 0)
    found = np.stack([alpha, portrait.alpha[1]])
    sure = confidence(portrait.clip, found)[0]
    error = np.abs(alpha - portrait.alpha[0])
    soft = (portrait.alpha[0] > 0) & (portrait.alpha[0] < 1)
    band = cv2.dilate(soft.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    assert np.corrcoef(1 - sure[band], error[band])[0, 1] > 0.5


def test_a_right_edge_is_surer_than_one_that_is_off(portrait):
    off = np.roll(portrait.alpha, 4, axis=2)
    soft = (portrait.alpha > 0.02) & (portrait.alpha < 0.98)
    band = np.stack([cv2.dilate(one.astype(np.uint8), np.ones((9, 9), np.uint8)) for one in soft])
    right, wrong = (confidence(portrait.clip, one)[band > 0] for one in (portrait.alpha, off))
    assert 1 - wrong.mean() > 1.4 * (1 - right.mean())


def test_away_from_the_edge_it_is_sure(portrait):
    sure = confidence(portrait.clip, portrait.alpha)
    assert (sure[:, :10] == 1).all()
    assert (sure[0, 68:76, 72:80] == 1).all()


def test_a_matte_without_an_edge_is_sure(portrait):
    assert (confidence(portrait.clip, np.zeros_like(portrait.alpha)) == 1).all()


def test_any_order_gives_the_same_frames(portrait):
    first, second = (edge_confidence(portrait.clip, portrait.true_matte()).alpha for _ in range(2))
    late, early = second.frame(1), second.frame(0)
    assert np.array_equal(first.frame(0), early)
    assert np.array_equal(first.frame(1), late)


def test_half_transparent_is_less_sure(portrait):
    """Where one colour stands on both sides nothing but alpha itself can say how sure it is."""
    plain = ArrayClip(np.full_like(portrait.frames, 128), Fraction(25))
    soft = np.tile(np.clip((np.arange(160) - 60) / 40, 0, 1), (2, 120, 1)).astype(np.float32)
    sure = confidence(plain, soft)[0, 60]
    assert sure[80] < sure[68] - 0.05
    assert sure[80] < sure[92] - 0.05
    assert sure[80] < 0.7


def test_alpha_that_the_colours_bear_out_is_surer():
    """The same half-transparent stripe, on a picture that is half mixed there and on one not."""
    alpha = np.zeros((1, 120, 160), np.float32)
    alpha[:, :, :78] = 1
    alpha[:, :, 78:84] = 0.5
    dark, bright = np.float32([50, 40, 60]), np.float32([200, 210, 190])
    mixed = alpha[..., None] * dark + (1 - alpha[..., None]) * bright
    sharp = np.where(np.arange(160)[:, None] < 81, dark, bright) * np.ones((1, 120, 1, 1))
    right, wrong = (
        confidence(ArrayClip(one.astype(np.uint8), Fraction(25)), alpha)[0, 60, 79:83]
        for one in (mixed, sharp)
    )
    assert right.min() > 0.5
    assert wrong.max() < right.min() - 0.2
