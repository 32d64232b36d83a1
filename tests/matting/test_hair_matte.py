from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.matting.hair_matte import hair_matte
from backlot.engine.matting.matte import Matte


def hair_of(alpha, bits=10):
    top = 1 if bits == 32 else (1 << bits) - 1
    native = alpha.astype(np.float32) if bits == 32 else np.rint(alpha * top).astype(np.uint16)
    return hair_matte(Matte(ArrayClip(native[None], Fraction(25), bits=bits))).alpha.frame(0) / top


@pytest.fixture
def head():
    """A disc of 100 pixels' radius with two strands, 2 pixels wide, in a picture of 540 rows."""
    alpha = np.zeros((540, 720), np.float32)
    cv2.circle(alpha, (360, 300), 100, 1.0, -1)
    strands = np.zeros_like(alpha)
    strands[100:180, 350:352] = 1
    strands[150:200, 400:402] = 0.5
    return np.maximum(alpha, strands), strands


@pytest.mark.parametrize("bits", [10, 32])
def test_strands_are_kept_and_the_body_is_not(head, bits):
    alpha, strands = head
    hair = hair_of(alpha, bits)
    free = strands[100:190] > 0
    assert np.abs(hair[100:190][free] - strands[100:190][free]).max() < 0.06
    assert (hair[strands == 0] > 0.06).sum() < 0.1 * (strands > 0).sum()


def test_what_is_thin_depends_on_the_size(head):
    """The same picture at twice the size has the same hair."""
    alpha, _ = head
    hair = hair_of(np.kron(alpha, np.ones((2, 2), np.float32)))
    small = hair_of(alpha)
    assert np.abs(hair[::2, ::2] - small).mean() < 1e-3


def test_a_soft_wide_edge_is_no_hair():
    alpha = np.tile(np.clip((np.arange(720) - 300) / 40, 0, 1).astype(np.float32), (540, 1))
    assert hair_of(alpha).max() < 0.06


def test_a_strand_at_the_border_stays():
    alpha = np.zeros((540, 720), np.float32)
    alpha[:80, 350:352] = 1
    assert hair_of(alpha)[:70, 350:352].min() > 0.9


def test_never_more_than_the_matte(portrait):
    for alpha in portrait.alpha:
        assert (hair_of(alpha) <= np.rint(alpha * 1023) / 1023 + 1e-6).all()


def test_an_empty_matte_has_none():
    assert not hair_of(np.zeros((60, 80), np.float32)).any()
