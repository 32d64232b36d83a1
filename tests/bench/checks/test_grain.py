import cv2
import numpy as np
import pytest

from ..metrics.grain import BANDS, deviations, grain, spectral_difference, white


def picture(shape=(12, 128, 256)):
    """A ramp over all bands of luma."""
    return np.broadcast_to(np.linspace(8, 247, shape[2], dtype=np.float32), shape)


def noise(sigma, blur_px=0.0, seed=1):
    """Noise whose deviation is ``sigma`` of each pixel, as fine as wanted."""
    drawn = np.random.default_rng(seed).standard_normal(picture().shape).astype(np.float32)
    if blur_px:
        drawn = np.stack([cv2.GaussianBlur(one, (0, 0), blur_px) for one in drawn])
        drawn /= drawn.std()
    return drawn * sigma


def found(added):
    return grain(added, picture(), np.ones(picture().shape, bool))


def test_the_deviation_of_each_band_by_hand():
    sigma = 1.0 + picture() / 255.0
    told = found(noise(sigma))
    middles = (np.arange(BANDS) + 0.5) * 256 / BANDS
    np.testing.assert_allclose(told.sigma, 1.0 + middles / 255.0, rtol=0.06)
    assert deviations(told, found(noise(sigma, seed=2))).max() < 0.06
    assert deviations(found(noise(1.5 * sigma)), told) == pytest.approx(0.5, abs=0.08)


def test_the_spectrum_tells_coarse_from_fine():
    fine, coarse = found(noise(2.0)), found(noise(2.0, blur_px=1.0))
    assert spectral_difference(found(noise(2.0, seed=3)), fine) < 0.03
    assert spectral_difference(coarse, found(noise(3.0, 1.0, seed=3))) < 0.05
    assert spectral_difference(coarse, fine) > 0.3
    assert spectral_difference(white(coarse), coarse) > 0.3


def test_what_stands_still_is_no_grain():
    still = np.broadcast_to(noise(4.0)[:1], picture().shape)
    told = found(noise(1.0, seed=5) + still)
    np.testing.assert_allclose(told.sigma, 1.0, rtol=0.06)


def test_a_part_that_moves_does_not_count():
    added = noise(1.0)
    added[:, :48] += noise(20.0, seed=6)[:, :48]
    np.testing.assert_allclose(found(added).sigma, 1.0, rtol=0.15)


def test_too_little_to_tell():
    assert grain(noise(1.0), picture(), np.zeros(picture().shape, bool)) is None
