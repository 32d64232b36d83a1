import cv2
import numpy as np
import pytest

from ..metrics.halo import halo, ring
from ..metrics.lab import to_lab


@pytest.fixture
def alpha():
    matte = np.zeros((2, 120, 160), np.float32)
    for frame in matte:
        cv2.circle(frame, (80, 60), 30, 1.0, -1)
    return matte


@pytest.fixture
def truth(alpha):
    return np.where(alpha[..., None] > 0, 0.7, 0.4).astype(np.float32) * np.ones(3, np.float32)


def lit(truth, alpha, extra):
    where = np.stack([ring(one) for one in alpha])[..., None]
    return truth + where * np.float32(extra)


def test_a_rim_in_units_of_lightness(alpha, truth):
    bright = to_lab(np.float32([0.5] * 3))[0] - to_lab(np.float32([0.4] * 3))[0]
    found = halo(lit(truth, alpha, 0.1), truth, alpha)
    assert found.lightness == pytest.approx(bright, rel=1e-3)
    assert found.fringe == pytest.approx(0, abs=0.02)
    assert halo(lit(truth, alpha, -0.1), truth, alpha).lightness < -8


def test_a_green_rim(alpha, truth):
    green = lit(truth, alpha, [-0.05, 0.02, -0.05])
    found = halo(green, truth, alpha)
    colour = to_lab(np.float32([0.35, 0.42, 0.35]))[1:]
    hue = to_lab(np.float32([0, 1, 0]))[1:]
    assert found.fringe == pytest.approx(colour @ hue / np.hypot(*hue), rel=1e-3)
    assert abs(found.lightness) < 0.1 * found.fringe
    # Towards the other side it is no green fringe.
    assert halo(lit(truth, alpha, [0.05, -0.02, 0.05]), truth, alpha).fringe < 0
    assert halo(green, truth, alpha, screen=(0, 0, 1)).fringe < 0


def test_light_on_everything_is_no_halo(alpha, truth):
    found = halo(truth * np.float32(1.1), truth, alpha)
    assert found.lightness == pytest.approx(0, abs=0.05)


def test_a_patch_is_no_halo(alpha, truth):
    patched = truth.copy()
    patched[:, 40:60, 100:120] += 0.2
    assert abs(halo(patched, truth, alpha).lightness) < 0.1


def test_no_ring(truth):
    assert halo(truth, truth, np.zeros(truth.shape[:3], np.float32)) is None
