"""The guided filter on a colour guide (He, Sun and Tang 2013): a local linear model of alpha."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array


def guided_coefficients(guide: Array, target: Array, radius: int, epsilon: float) -> Array:
    """Return the averaged linear model that draws ``target`` from the colours of ``guide``.

    Args:
        guide: (H, W, 3) float32, 0 ... 1.
        target: (H, W) float32.
        radius: of the square windows, pixels.
        epsilon: added to each colour variance.

    Returns:
        (H, W, 4) float32: three factors and the constant.
    """
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Array) -> Array:
        return cv2.boxFilter(values, -1, size, borderType=cv2.BORDER_REFLECT)

    r, g, b = cv2.split(guide)
    m_r, m_g, m_b, m_t = mean(r), mean(g), mean(b), mean(target)
    eps = np.float32(epsilon)
    rr, rg, rb = mean(r * r) - m_r * m_r + eps, mean(r * g) - m_r * m_g, mean(r * b) - m_r * m_b
    gg, gb = mean(g * g) - m_g * m_g + eps, mean(g * b) - m_g * m_b
    bb = mean(b * b) - m_b * m_b + eps
    c_r, c_g, c_b = (
        mean(r * target) - m_r * m_t,
        mean(g * target) - m_g * m_t,
        mean(b * target) - m_b * m_t,
    )
    # The inverse of the symmetric covariance by cofactors.
    i_rr, i_rg, i_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    i_gg, i_gb, i_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    scale = np.float32(1.0) / (rr * i_rr + rg * i_rg + rb * i_rb)
    a_r = (i_rr * c_r + i_rg * c_g + i_rb * c_b) * scale
    a_g = (i_rg * c_r + i_gg * c_g + i_gb * c_b) * scale
    a_b = (i_rb * c_r + i_gb * c_g + i_bb * c_b) * scale
    constant = m_t - a_r * m_r - a_g * m_g - a_b * m_b
    return mean(cv2.merge([a_r, a_g, a_b, constant]))


def apply_coefficients(guide: Array, top: float, coefficients: Array) -> Array:
    """Return what the linear model draws: (H, W) float32.

    Args:
        guide: (H, W, 3) native.
        top: the native value of 1.
        coefficients: (H, W, 4) float32, three factors and the constant.
    """
    # The constant multiplies a fourth channel that OpenCV fills with the type's own full value.
    filled = 1.0 if guide.dtype == np.float32 else float(np.iinfo(guide.dtype).max)
    whole = cv2.cvtColor(guide, cv2.COLOR_RGB2RGBA).astype(np.float32)
    products = cv2.multiply(whole, coefficients, scale=1.0 / top)
    weights = np.array([[1.0, 1.0, 1.0, top / filled]], np.float32)
    return np.asarray(cv2.transform(products, weights))
