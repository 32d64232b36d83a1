import numpy as np
import pytest

from ..metrics.arrays import luma_codes
from ..metrics.ssim import ssim, ssim_map

#: From skimage.metrics.structural_similarity 0.26 on the luma in codes, as in the last test.
STORED = 0.73989664


def pair():
    random = np.random.default_rng(3)
    # Faint detail, where the constants matter.
    truth = 90 + random.integers(0, 16, (40, 56, 3)) + np.arange(56)[:, None] // 2
    noise = random.integers(-12, 13, truth.shape)
    return (truth + noise).astype(np.uint8), truth.astype(np.uint8)


def test_flat_pictures_by_the_formula():
    # Without structure only the means are compared: (2 a b + C1) / (a^2 + b^2 + C1), codes.
    one, other = np.full((32, 32, 3), 100, np.uint8), np.full((32, 32, 3), 150, np.uint8)
    constant = (0.01 * 255) ** 2
    expected = (2 * 100 * 150 + constant) / (100**2 + 150**2 + constant)
    assert ssim(one, other) == pytest.approx(expected, rel=1e-5)


def test_equal_pictures():
    _, truth = pair()
    assert ssim(truth, truth) == pytest.approx(1.0)


def test_stored_number():
    assert ssim(*pair()) == pytest.approx(STORED, rel=1e-4)


def test_one_window_by_hand():
    one, other = np.random.default_rng(4).uniform(80, 120, (2, 11, 11))
    other[:, :6] += 30
    at = np.arange(-5, 6)
    weights = np.exp(-(at[:, None] ** 2 + at**2) / (2 * 1.5**2))
    weights /= weights.sum()
    mean_1, mean_2 = (weights * one).sum(), (weights * other).sum()
    spread = (weights * (one - mean_1) ** 2).sum() + (weights * (other - mean_2) ** 2).sum()
    both = (weights * (one - mean_1) * (other - mean_2)).sum()
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    expected = (2 * mean_1 * mean_2 + first) * (2 * both + second)
    expected /= (mean_1**2 + mean_2**2 + first) * (spread + second)
    assert ssim_map(one, other)[5, 5] == pytest.approx(expected, rel=1e-6)


def test_region_is_the_mean_of_its_windows():
    found, truth = pair()
    where = np.zeros(truth.shape[:2], bool)
    where[:20] = True
    expected = ssim_map(luma_codes(found), luma_codes(truth))[5:20, 5:-5].mean()
    assert ssim(found, truth, where) == pytest.approx(expected)


def test_against_scikit_image():
    metrics = pytest.importorskip("skimage.metrics")
    found, truth = pair()
    expected = metrics.structural_similarity(
        luma_codes(found),
        luma_codes(truth),
        data_range=255,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert ssim(found, truth) == pytest.approx(expected, rel=1e-4)
