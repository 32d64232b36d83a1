import numpy as np
import pytest

from ..metrics.composite_error import composite_error, psnr_db


@pytest.fixture
def truth():
    return np.random.default_rng(0).random((2, 24, 32, 3)).astype(np.float32) / 2


def test_psnr_by_hand(truth):
    # A difference of a tenth is 20 dB.
    assert psnr_db(truth[0] + np.float32(0.1), truth[0]) == pytest.approx(20, abs=1e-4)
    assert psnr_db(truth[0], truth[0]) == pytest.approx(10 * np.log10(255**2 / 1e-6))


def test_region_leaves_the_rest_out(truth):
    found = truth.copy()
    found[:, 8:16, 8:16] += 0.1
    where = np.zeros(truth.shape[:3], bool)
    where[:, 8:16, 8:16] = True
    inside, outside = (composite_error(found, truth, region) for region in (where, ~where))
    assert inside.psnr_db == pytest.approx(20, abs=1e-4)
    assert outside.psnr_db > 100
    assert outside.ciede2000 == pytest.approx(0.0, abs=1e-6)
    assert inside.ciede2000 > 2
    assert inside.ssim < outside.ssim


def test_frames_are_averaged_after_the_logarithm(truth):
    found = truth.copy()
    found[0] += 0.1
    found[1] += 0.01
    # 20 and 40 dB; the mean of the squares would give 23.
    assert composite_error(found, truth).psnr_db == pytest.approx(30, abs=1e-3)
    assert composite_error(found[0], truth[0]).psnr_db == pytest.approx(20, abs=1e-4)


def test_colour_of_greys_is_the_formula():
    # Grey 119 has L* 50.0; one L* more there is 1 / S_L with S_L = 1 + 0.015 d^2 / sqrt(20 + d^2).
    grey = np.full((16, 16, 3), 119 / 255, np.float32)
    lighter = np.full((16, 16, 3), 121.5 / 255, np.float32)
    from ..metrics.lab import to_lab

    low, high = to_lab(grey)[0, 0, 0], to_lab(lighter)[0, 0, 0]
    middle = ((low + high) / 2 - 50) ** 2
    expected = (high - low) / (1 + 0.015 * middle / np.sqrt(20 + middle))
    assert composite_error(lighter, grey).ciede2000 == pytest.approx(expected, rel=1e-3)


def test_psnr_against_scikit_image(truth):
    metrics = pytest.importorskip("skimage.metrics")
    found = truth[0] + np.random.default_rng(1).normal(0, 0.05, truth[0].shape).astype(np.float32)
    expected = metrics.peak_signal_noise_ratio(truth[0], found, data_range=1)
    assert psnr_db(found, truth[0]) == pytest.approx(expected, rel=1e-4)


def test_empty_region_is_refused(truth):
    with pytest.raises(ValueError, match="region"):
        composite_error(truth, truth, np.zeros(truth.shape[:3], bool))
