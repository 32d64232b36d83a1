"""The sRGB curve and the colour of a black body, written apart from the engine they judge."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)

_TO_RGB = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Return display values of linear light, both float32 in 0 ... 1 (cut to it)."""
    x = np.clip(linear, 0.0, 1.0).astype(np.float32)
    bright = 1.055 * np.power(np.maximum(x, 0.0031308), np.float32(1 / 2.4)) - 0.055
    return np.where(x <= 0.0031308, x * 12.92, bright).astype(np.float32)


def decode_srgb(display: np.ndarray) -> np.ndarray:
    """Return linear light of display values, both float32 in 0 ... 1."""
    x = np.asarray(display, np.float32)
    bright = np.power((np.maximum(x, 0.04045) + 0.055) / 1.055, np.float32(2.4))
    return np.where(x <= 0.04045, x / 12.92, bright).astype(np.float32)


def srgb(red: float, green: float, blue: float) -> np.ndarray:
    """Return the (3,) linear colour of display codes 0 ... 255, as painters name them."""
    return decode_srgb(np.array([red, green, blue], np.float32) / 255.0)


@lru_cache(maxsize=256)
def kelvin_rgb(kelvin: float) -> tuple[float, float, float]:
    """Return the linear colour of a black body, luminance 1 (Kim et al., US 7024034)."""
    k = min(max(kelvin, 1667.0), 25000.0)
    if k <= 4000:
        x = -0.2661239e9 / k**3 - 0.2343589e6 / k**2 + 0.8776956e3 / k + 0.179910
    else:
        x = -3.0258469e9 / k**3 + 2.1070379e6 / k**2 + 0.2226347e3 / k + 0.240390
    if k <= 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif k <= 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    rgb = np.maximum(_TO_RGB @ (x / y, 1.0, (1 - x - y) / y), 0.0)
    red, green, blue = rgb / (rgb @ LUMA)
    return float(red), float(green), float(blue)
