"""Gradient error of mattes: Rhemann et al., "A Perceptually Motivated Online Benchmark for Image
Matting", CVPR 2009, with the constants of RVM's evaluation (arXiv 2108.11515).
"""

from __future__ import annotations

import cv2
import numpy as np

from .arrays import Array, as_clip, check_same_shape

_SIGMA = 1.4
#: The kernel ends where the Gaussian falls below this.
_EPSILON = 1e-2


def grad_hr(alpha: Array, true_alpha: Array) -> float:
    """Return the gradient error as used at full size: values are compared as they are.

    Args:
        alpha: (T, H, W) or (H, W), 0 ... 1 or uint8.
        true_alpha: the same shape.

    Returns:
        The sum of squared differences of gradient amplitudes / 1000, mean over frames.
    """
    check_same_shape(alpha, true_alpha)
    pairs = zip(as_clip(alpha), as_clip(true_alpha), strict=True)
    return float(np.mean([_error(one, other) for one, other in pairs]))


def grad_lr(alpha: Array, true_alpha: Array) -> float:
    """Return the gradient error as used at 512 px: each matte is stretched to 0 ... 1 first.

    Args and result as ``grad_hr``; an even matte becomes 0.
    """
    check_same_shape(alpha, true_alpha)
    pairs = zip(as_clip(alpha), as_clip(true_alpha), strict=True)
    return float(np.mean([_error(_stretch(one), _stretch(other)) for one, other in pairs]))


def gaussian_derivative(sigma: float = _SIGMA) -> Array:
    """Return the kernel of the derivative along x, square, with an L2 norm of 1; float64."""
    half = int(np.ceil(sigma * np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) * sigma * _EPSILON))))
    at = np.arange(-half, half + 1, dtype=np.float64)
    gauss = np.exp(-(at**2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
    kernel = gauss[:, None] * (-at * gauss / sigma**2)[None, :]
    return kernel / np.linalg.norm(kernel)


def _error(alpha: Array, true_alpha: Array) -> float:
    return float(((_amplitude(alpha) - _amplitude(true_alpha)) ** 2).sum() / 1000.0)


def _amplitude(alpha: Array) -> Array:
    kernel = gaussian_derivative()
    border = cv2.BORDER_REPLICATE
    # float64: flat areas must give 0, and filter2D then does not go through a Fourier transform.
    values = alpha.astype(np.float64)
    across = cv2.filter2D(values, -1, kernel, borderType=border)
    down = cv2.filter2D(values, -1, np.ascontiguousarray(kernel.T), borderType=border)
    return np.hypot(across, down)


def _stretch(alpha: Array) -> Array:
    low, high = float(alpha.min()), float(alpha.max())
    return (alpha - low) / (high - low) if high > low else np.zeros_like(alpha)
