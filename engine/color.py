"""Colour arithmetic: the sRGB curve (IEC 61966-2-1), luma, light temperature, premultiplication.

The curve works on numpy arrays and torch tensors alike, so that there is one definition of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch

Array = npt.NDArray[Any]
Floats = TypeVar("Floats", Array, torch.Tensor)

#: Rec.709 weights of linear red, green and blue in luminance.
LUMA = (0.2126, 0.7152, 0.0722)

#: Temperatures between which the Planckian locus is approximated, in kelvin.
COOLEST_K, HOTTEST_K = 1667.0, 25000.0

_XYZ_TO_RGB = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)
_KNEE = 0.04045
_KNEE_LINEAR = _KNEE / 12.92
_KNEE_POWER = ((_KNEE + 0.055) / 1.055) ** 2.4


def srgb_to_linear(value: Floats) -> Floats:
    """Return linear light of display values.

    Args:
        value: floats in 0 ... 1, any shape.
    """
    toe = value.clip(min=None, max=_KNEE) / 12.92
    linear: Floats = toe + ((value.clip(_KNEE, None) + 0.055) / 1.055) ** 2.4 - _KNEE_POWER
    return linear


def linear_to_srgb(value: Floats) -> Floats:
    """Return display values of linear light.

    Args:
        value: floats in 0 ... 1, any shape.
    """
    toe = value.clip(min=None, max=_KNEE_LINEAR) * 12.92
    knee = 1.055 * _KNEE_LINEAR ** (1 / 2.4)
    display: Floats = toe + 1.055 * value.clip(_KNEE_LINEAR, None) ** (1 / 2.4) - knee
    return display


@lru_cache(maxsize=1)
def linear_table() -> Array:
    """Return the (256,) float32 linear light, 0 ... 1, of each 8-bit display code."""
    return _constant(srgb_to_linear(np.arange(256) / 255.0).astype(np.float32))


#: Steps of linear light in which display codes are looked up: in the dark, where the curve is
#: steepest, one is a three hundredth of an 8-bit code.
LIGHT_STEPS = 1 << 20


@lru_cache(maxsize=1)
def display_table() -> Array:
    """Return the (LIGHT_STEPS,) uint8 display code, rounded, of linear light from 0 to 1."""
    display = linear_to_srgb(np.arange(LIGHT_STEPS) / (LIGHT_STEPS - 1.0))
    return _constant(np.rint(display * 255.0).astype(np.uint8))


def luma(rgb: Array) -> Array:
    """Return the Rec.709 weighted sum of (..., 3) floats; luminance when they are linear."""
    return np.asarray(rgb @ np.asarray(LUMA, rgb.dtype))


def kelvin_to_rgb(kelvin: float) -> Array:
    """Return the (3,) linear colour of a black body, scaled to luminance 1.

    The Planckian locus follows Kim et al., US 7024034 (2002). The sRGB white is near 6504 K;
    below about 1900 K blue leaves the gamut and is cut to zero.

    Args:
        kelvin: cut to 1667 ... 25000.
    """
    k = min(max(kelvin, COOLEST_K), HOTTEST_K)
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
    rgb = (_XYZ_TO_RGB @ (x / y, 1.0, (1 - x - y) / y)).clip(0.0, None)
    return np.asarray(rgb / luma(rgb))


def rgb_to_kelvin(rgb: Array) -> float:
    """Return the temperature of the black body whose colour has the same red to blue ratio.

    Args:
        rgb: (3,) linear, any scale; what is redder or bluer than the locus gives its end.
    """
    table_k, table_ratio = _locus()
    ratio = float(np.log(max(float(rgb[0]), 1e-6) / max(float(rgb[2]), 1e-6)))
    return float(1e6 / np.interp(ratio, table_ratio, table_k))


@lru_cache(maxsize=1)
def _locus() -> tuple[Array, Array]:
    """Return reciprocal megakelvin and log(red / blue) along the locus, both rising."""
    mired = np.linspace(1e6 / HOTTEST_K, 1e6 / 2000.0, 461)
    colours = np.array([kelvin_to_rgb(1e6 / m) for m in mired])
    return mired, np.log(colours[:, 0] / colours[:, 2].clip(1e-6))


def premultiply(rgb: Floats, alpha: Floats) -> Floats:
    """Return straight colour (..., 3) times alpha (...)."""
    product: Floats = rgb * alpha[..., None]
    return product


def unpremultiply(rgb: Floats, alpha: Floats) -> Floats:
    """Return premultiplied colour (..., 3) divided by alpha (...); black where alpha is 0."""
    straight: Floats = rgb / alpha.clip(1e-6, None)[..., None]
    return straight


def _constant(table: Array) -> Array:
    table.flags.writeable = False
    return table
