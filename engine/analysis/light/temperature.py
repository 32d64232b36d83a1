"""Colour temperature of the key light on a subject, from several weak hints that are weighed.

Everything is told by log(red / blue), which along the black bodies is nearly proportional to
mired. The hints: within one material lit parts differ in colour from shaded ones, which tells the
key relative to the ambient light; skin has much the same colour on everybody; edges and near-grey
surfaces of the picture lean toward the light. None can be relied on, so each has Student's heavy
tails, and without them the answer is daylight: most footage is, once a camera has balanced it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ...clip.clip import Array
from ...color import kelvin_to_rgb
from .materials import MATERIALS
from .shading import shade
from .surface import Surface

#: log(red / blue) of daylight at 5500 K and its spread; the share of other lights, and theirs.
_DAYLIGHT, _DAYLIGHT_SPREAD = 0.28, 0.12
_OTHERS, _OTHERS_SPREAD = 0.4, 0.7
#: Ambient light, and by how much its difference to the key exceeds what the fit finds of it:
#: guessed normals blur light and shade.
_AMBIENT, _BLURRED, _DIFFERENCE_SPREAD = -0.1, 2.4, 0.25
#: Mean product of predicted and seen log shading, within materials, that is half to be trusted.
_SIGNAL = 0.007
#: Trust in a key that seems cooler than the ambient light.
_COOLER = 0.4
#: Skin in white light (photographs of people of every complexion lie within this spread).
_SKIN, _SKIN_SPREAD = 0.85, 0.4
_GREY_SPREAD = 0.7
#: Degrees of freedom: few for hints that may be wrong altogether.
_FEW, _MANY = 3.0, 10.0
#: log(red / green) of skin, and of its deviation from the line of complexions, in any light.
_SKIN_RED, _SKIN_OFF, _COMPLEXION = (0.3, 1.6), (-0.5, 0.3), 0.7
#: The part of a subject in which its head is looked for.
_HEAD = 0.35
_FEWEST = 60
_DARK = 0.003


@dataclass(frozen=True)
class Temperature:
    """A colour temperature.

    Attributes:
        kelvin: of the black body with the light's red to blue ratio.
        red_blue: log of that ratio, linear light.
        sure: 0 (daylight is assumed) ... 1.
        difference: log(red / blue) of the key over that of the ambient light.
    """

    kelvin: float
    red_blue: float
    sure: float
    difference: float


def key_temperature(
    surfaces: Sequence[Surface],
    materials: Sequence[Array],
    lights: Sequence[tuple[Array, float]],
    grey: tuple[float, float] | None,
) -> Temperature:
    """Return the temperature of the key light on a subject.

    Args:
        surfaces: the subject in some frames.
        materials: of each, its pixels' materials.
        lights: of each, the direction of the key and its ratio to the ambient light.
        grey: temperature in kelvin that the picture's grey edges tell, and how sure, 0 ... 1.
    """
    shades = [shade(b.normals, *light) for b, light in zip(surfaces, lights, strict=True)]
    slope = _colour_of_shading(surfaces, materials, shades)
    hints = []
    if slope.trust > 0:
        spread = _DIFFERENCE_SPREAD / slope.trust
        hints.append((_AMBIENT + _BLURRED * slope.value, spread, _MANY))
    skin = _lit_skin(surfaces, shades)
    if skin is not None:
        hints.append((skin - _SKIN, _SKIN_SPREAD, _FEW))
    if grey is not None:
        hints.append((red_blue(grey[0]), _GREY_SPREAD / max(grey[1], 0.1), _FEW))
    mean, spread = _weighed(hints)
    sure = float(np.clip(1.0 - spread / 0.35, 0.0, 1.0))
    return Temperature(kelvin_of(mean), mean, sure, _BLURRED * slope.value * slope.trust)


def key_tint(
    surfaces: Sequence[Surface], materials: Sequence[Array], shades: Sequence[Array]
) -> tuple[float, float, float]:
    """Return the key's red, green and blue over those of the ambient light, green is 1.

    Args:
        surfaces: the subject in some frames.
        materials: of each, its pixels' materials.
        shades: of each, (N,) the light that falls on the pixels.
    """
    slope = _colour_of_shading(surfaces, materials, shades)
    half = _BLURRED * slope.value * slope.trust / 2
    return float(np.exp(half)), 1.0, float(np.exp(-half))


def red_blue(kelvin: float) -> float:
    """Return log(red / blue) of a black body."""
    red, _, blue = kelvin_to_rgb(kelvin)
    return float(np.log(red / max(float(blue), 1e-4)))


def kelvin_of(ratio: float) -> float:
    """Return the temperature of the black body with this log(red / blue)."""
    mired, ratios = _bodies()
    return float(1e6 / np.interp(ratio, ratios, mired))


@lru_cache(maxsize=1)
def _bodies() -> tuple[Array, Array]:
    mired = np.linspace(1e6 / 15000, 1e6 / 2000, 220)
    return mired, np.array([red_blue(1e6 / m) for m in mired])


def _weighed(hints: list[tuple[float, float, float]]) -> tuple[float, float]:
    """Return mean and deviation of log(red / blue), given means, spreads and freedoms."""
    grid = np.linspace(-0.8, 2.6, 171)
    daylight = np.exp(-0.5 * np.square((grid - _DAYLIGHT) / _DAYLIGHT_SPREAD)) / _DAYLIGHT_SPREAD
    others = np.exp(-0.5 * np.square((grid - _DAYLIGHT) / _OTHERS_SPREAD)) / _OTHERS_SPREAD
    odds = np.log((1 - _OTHERS) * daylight + _OTHERS * others)
    for middle, spread, freedom in hints:
        off = np.square((grid - middle) / spread)
        odds = odds - (freedom + 1) / 2 * np.log1p(off / freedom)
    share = np.exp(odds - odds.max())
    share /= share.sum()
    mean = float(share @ grid)
    return mean, float(np.sqrt(share @ np.square(grid - mean)))


class _Slope(NamedTuple):
    """Growth of log(red / blue) with log luminance from shade to light; trust is 0 ... 1."""

    value: float
    trust: float


def _colour_of_shading(
    surfaces: Sequence[Surface], materials: Sequence[Array], shades: Sequence[Array]
) -> _Slope:
    """Return how lit parts differ in colour from shaded ones of the same material.

    The predicted shading is the instrument for the luminance, which has patterns of its own.
    """
    colour = light = count = 0.0
    for surface, material, shading in zip(surfaces, materials, shades, strict=True):
        seen = surface.colour.min(axis=1) > 0.004
        if int(seen.sum()) < _FEWEST:
            continue
        rgb, group = np.log(surface.colour[seen] + _DARK), material[seen]
        expected = _off_mean(np.log(shading[seen]), group)
        colour += float(expected @ _off_mean(rgb[:, 0] - rgb[:, 2], group).clip(-1, 1))
        light += float(expected @ _off_mean(np.log(surface.light[seen] + _DARK), group).clip(-1, 1))
        count += len(expected)
    signal = light / max(count, 1.0)
    if signal <= 1e-4:
        return _Slope(0.0, 0.0)
    trust = signal**2 / (signal**2 + _SIGNAL**2)
    if colour < 0:
        # The sun and lamps are warmer than what they lift out of the shade, windows seldom cooler.
        trust *= _COOLER
    return _Slope(float(np.clip(colour / light, -0.5, 1.0)), trust)


def _off_mean(values: Array, group: Array) -> Array:
    count = np.bincount(group, minlength=MATERIALS).clip(1)
    return np.asarray(values - (np.bincount(group, values, MATERIALS) / count)[group])


def _lit_skin(surfaces: Sequence[Surface], shades: Sequence[Array]) -> float | None:
    """Return log(red / blue) of the lit half of what may be the skin of a head, if any."""
    found = []
    for surface, shading in zip(surfaces, shades, strict=True):
        red, green, blue = np.log(surface.colour + _DARK).T
        off = (blue - green) + _COMPLEXION * (red - green)
        skin = (surface.part < _HEAD) & _within(red - green, _SKIN_RED) & _within(off, _SKIN_OFF)
        found.append((red - blue)[skin & (shading > np.median(shading))])
    skin = np.concatenate(found)
    return float(np.median(skin)) if len(skin) >= _FEWEST else None


def _within(values: Array, bounds: tuple[float, float]) -> Array:
    return (values > bounds[0]) & (values < bounds[1])
