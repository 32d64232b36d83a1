"""The colour of the light on a set of pixels, and how well two such estimates can be compared.

Colour by correlation (Finlayson, Hordley and Hubel, PAMI 2001) along the daylight and tungsten
locus: surfaces near grey are common in every scene, so the light is the one under which most
bright pixels are near grey. Unlike a mean colour it does not follow one large red coat or lawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..clip.clip import Array
from ..color import kelvin_to_rgb, luma

#: White the cameras are balanced to, in kelvin; the most likely light.
WHITE_K = 6504.0
#: How far the light is expected from it, in mired (a million over kelvin).
EXPECTED_MIRED = 80.0
#: How far from grey a grey pixel may lie, in log ratios of red and blue to green.
GREY = 0.15
#: Side of a cell within which pixels are taken together, in the same log ratios.
CELL = 0.02
#: Sharpness of the choice among lights; 0 takes the best alone.
CHOICE = 0.08
#: Fewest pixels that make an estimate.
FEWEST_PIXELS = 100
#: Share of near-grey pixels below which the tint off the locus is not believed.
FEW_GREY = 0.05


@dataclass(frozen=True)
class Light:
    """The light on a set of pixels.

    Attributes:
        chroma: log(red / green) and log(blue / green) relative to white.
        level: log luminance of the brightest surfaces.
    """

    chroma: tuple[float, float]
    level: float


def find_light(pixels: Array) -> Light | None:
    """Return the light on ``pixels``, or None when too few of them tell anything.

    Args:
        pixels: (N, 3) linear RGB, 0 ... 1.
    """
    if len(pixels) < FEWEST_PIXELS:
        return None
    level = float(np.log(np.percentile(luma(pixels), 97.0) + 1e-3))
    used = pixels[(pixels.max(axis=1) < 0.95) & (pixels.max(axis=1) > 0.0025)]
    if len(used) < FEWEST_PIXELS:
        return None
    used = np.maximum(used, 1e-4)
    chroma = np.log(used[:, (0, 2)] / used[:, 1:2])
    weight = luma(used) / luma(used).sum()
    red, blue = _most_likely(chroma, weight)
    return Light((red, blue), level)


def _most_likely(chroma: Array, weight: Array) -> tuple[float, float]:
    """Return the light's chroma: the best of the locus, and the grey pixels' offset from it."""
    mired, locus = _locus()
    chroma, weight = _gathered(chroma, weight)
    off = (chroma[:, None] - locus) / np.array([1.0, np.sqrt(2.0)])
    near = np.exp(-(off**2).sum(axis=2) / (2 * GREY**2))
    prior = np.exp(-((mired - 1e6 / WHITE_K) ** 2) / (2 * EXPECTED_MIRED**2))
    score = weight @ near * prior
    choice = np.exp((score / max(float(score.max()), 1e-12) - 1.0) / CHOICE)
    light = choice @ locus / choice.sum()
    grey = weight * np.exp(-((chroma - light) ** 2).sum(axis=1) / (2 * 0.2**2))
    light = light + grey @ (chroma - light) / (grey.sum() + FEW_GREY)
    return float(light[0]), float(light[1])


def _gathered(chroma: Array, weight: Array) -> tuple[Array, Array]:
    """Return weighted means of ``chroma`` in small cells, with their weights: far fewer rows."""
    _, cell = np.unique(np.floor(chroma / CELL) @ (1.0, 1e4), return_inverse=True)
    total = np.bincount(cell.ravel(), weight)
    sums = [np.bincount(cell.ravel(), weight * part) for part in chroma.T]
    return np.column_stack(sums) / total[:, None], total


@lru_cache(maxsize=1)
def _locus() -> tuple[Array, Array]:
    """Return mired and chroma relative to white of lights from blue sky to candle."""
    mired = np.linspace(70.0, 420.0, 71)
    rgb = np.array([kelvin_to_rgb(1e6 / m) for m in mired]) / kelvin_to_rgb(WHITE_K)
    return mired, np.log(rgb[:, (0, 2)] / rgb[:, 1:2])
