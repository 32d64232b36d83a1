import numpy as np
import pytest

from ..metrics.grad import gaussian_derivative, grad_hr, grad_lr


def by_hand(alpha):
    """The amplitude from the formulas, pixel by pixel."""
    sigma, half = 1.4, 4
    gauss = [np.exp(-(k**2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi)) for k in range(-4, 5)]
    slope = [-k * g / sigma**2 for k, g in zip(range(-4, 5), gauss, strict=True)]
    kernel = np.array([[g * s for s in slope] for g in gauss])
    kernel /= np.sqrt((kernel**2).sum())
    wide = np.pad(alpha.astype(np.float64), half, mode="edge")
    amplitude = np.zeros(alpha.shape)
    for i in range(alpha.shape[0]):
        for j in range(alpha.shape[1]):
            window = wide[i : i + 9, j : j + 9]
            amplitude[i, j] = np.hypot((window * kernel).sum(), (window * kernel.T).sum())
    return amplitude


def test_kernel_is_9_px_wide_with_unit_norm():
    kernel = gaussian_derivative()
    assert kernel.shape == (9, 9)
    assert (kernel**2).sum() == pytest.approx(1.0)
    np.testing.assert_allclose(kernel, -kernel[:, ::-1])


def test_difference_of_amplitudes_as_by_hand():
    random = np.random.default_rng(0)
    alpha, truth = random.random((2, 12, 14)).astype(np.float32)
    expected = ((by_hand(alpha) - by_hand(truth)) ** 2).sum() / 1000
    assert grad_hr(alpha, truth) == pytest.approx(expected, rel=1e-6)
    # Frames are averaged, not added.
    assert grad_hr(np.stack([alpha, truth]), np.stack([truth, truth])) == pytest.approx(
        expected / 2, rel=1e-6
    )


def test_only_the_small_variant_stretches():
    truth = np.random.default_rng(1).random((16, 16)).astype(np.float32)
    truth.flat[:2] = 0, 1
    faint = 0.2 + 0.5 * truth
    assert grad_lr(faint, truth) == pytest.approx(0.0, abs=1e-9)
    assert grad_hr(faint, truth) > 1e-3


def test_even_matte_is_no_division_by_zero():
    truth = np.eye(16, dtype=np.float32)
    zero = np.zeros_like(truth)
    assert grad_lr(zero + 0.5, truth) == pytest.approx(grad_hr(zero, truth))


def test_against_scipy():
    ndimage = pytest.importorskip("scipy.ndimage")
    random = np.random.default_rng(2)
    alpha, truth = random.random((2, 40, 50))
    kernel = gaussian_derivative()

    def amplitude(values):
        across = ndimage.correlate(values, kernel, mode="nearest")
        return np.hypot(across, ndimage.correlate(values, kernel.T, mode="nearest"))

    expected = ((amplitude(alpha) - amplitude(truth)) ** 2).sum() / 1000
    found = grad_hr(alpha.astype(np.float32), truth.astype(np.float32))
    assert found == pytest.approx(expected, rel=1e-4)
