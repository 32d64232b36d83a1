"""What a light makes of a rounded shape, in spherical harmonics of order 2, and its uncertainty.

R. Ramamoorthi, P. Hanrahan, *An efficient representation for irradiance environment maps*, SIGGRAPH
2001: of the light from a source a matt surface keeps three bands. Each further band fades faster
where the direction is not sure, so the mean over all directions that are possible is what remains,
and a light that is not known is the same from everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...clip.clip import Array
from ...color import kelvin_to_rgb, luma
from .relight_shape import Shape

Vector = tuple[float, float, float]

WHITE_K = 6504.0
#: How much brighter the ambient light is from above than from the side, as a rule.
USUAL_SKY = 0.25
#: Light reaches beyond the terminator: a hard one by this, a soft one by as much more.
_WRAP, _SOFT_WRAP = 0.1, 0.25
#: Shade is never deeper than this part of the light that faces the key.
_DEEPEST = 0.03


@dataclass(frozen=True)
class Lamp:
    """The light at one moment, on the scale in which what faces the key is 1.

    Attributes:
        direction: unit vector to the key.
        sigma_deg: root mean square angle of the direction to the truth.
        temperature_k: of the key.
        contrast: what faces the key over what faces away, 1 or more.
        hardness: 0 soft, 1 hard.
        key: strength of the key, 1 as a rule.
        fill: (4, 3) ambient light on a surface: for every normal, and along y, z and x; its first
            row has a mean luminance of 1.
        level: of all of it over time, 1 as a rule; :func:`light_on` leaves it out.
    """

    direction: Vector
    sigma_deg: float
    temperature_k: float
    contrast: float
    hardness: float
    key: float
    fill: Array
    level: float = 1.0


def usual_fill() -> Array:
    """Return (4, 3) even ambient light, brighter from above."""
    table = np.zeros((4, 3))
    table[0], table[1] = 1.0, USUAL_SKY
    return table


def light_on(shape: Shape, lamp: Lamp) -> Array:
    """Return (h, w, 3) float32 linear light that arrives on a shape."""
    share = 1.0 / max(lamp.contrast, 1.0)
    colour = kelvin_to_rgb(lamp.temperature_k) / kelvin_to_rgb(WHITE_K)
    key = (lamp.key * (1.0 - share) * colour / luma(colour)).astype(np.float32)
    facing = shape.normals @ np.asarray(lamp.direction, np.float32)
    lit = _lobe(facing, lamp.sigma_deg, _WRAP + _SOFT_WRAP * (1.0 - lamp.hardness))
    x, y, z = np.moveaxis(shape.normals, -1, 0)
    around = np.stack([np.ones_like(x), y, z, x], axis=-1)
    fill = around @ (share * lamp.fill).astype(np.float32)
    fill = np.maximum(fill, 0.0) * shape.open[..., None]
    return np.asarray(np.maximum(fill + lit[..., None] * key, np.float32(_DEEPEST)))


def _lobe(facing: Array, sigma_deg: float, wrap: float) -> Array:
    """Return the key's part on surfaces at a cosine to it, the mean over what is possible."""
    spread = float(np.radians(sigma_deg)) ** 2
    zero, one, two = (
        part * float(np.exp(-band * (band + 1) * spread / 4))
        for band, part in enumerate(_bands(round(wrap, 3)))
    )
    shown = zero - two / 2 + one * facing + 1.5 * two * facing * facing
    return np.maximum(shown, np.float32(0.0))


@lru_cache(maxsize=64)
def _bands(wrap: float) -> tuple[float, float, float]:
    """Return the first Legendre coefficients of what a surface shows of light at an angle."""
    x = (np.arange(4000) + 0.5) / 2000 - 1
    shown = np.maximum((x + wrap) / (1 + wrap), 0.0)
    zero, one, two = (
        float((shown * band).mean()) * (2 * number + 1)
        for number, band in enumerate((np.ones_like(x), x, 1.5 * x * x - 0.5))
    )
    return zero, one, two
