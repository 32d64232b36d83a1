"""The colour of the light on a set of pixels, and how well two such estimates can be compared.

Colour by correlation (Finlayson, Hordley and Hubel, PAMI 2001) along the daylight and tungsten
locus: surfaces near grey are common in every scene, so the light is the one under which most
bright pixels are near grey. Unlike a mean colour it does not follow one large red coat or lawn.

Shades of grey (Finlayson and Trezzi, CIC 2004): a Minkowski mean of a high power stands between
the mean colour and the brightest one. Of people it tells more than the vote: skin is not grey, but
shirts, teeth, eyes and highlights often are, and they are the brightest parts of most of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ...clip.clip import Array
from ...color import kelvin_to_rgb, linear_to_srgb, luma

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
#: Percentiles of the darkest surfaces and of the strongest colours.
BLACK_PERCENT, COLOUR_PERCENT = 0.2, 99.5
#: Power of the Minkowski mean, and the light that is added to it so that black has a colour.
POWER, DARK = 6.0, 0.004
#: log(red / blue) of lights in which a subject is looked at.
WARMTHS = np.linspace(-2.5, 2.5, 21)
#: log(red / green), log(blue / green) of skin in white light, the spread along the line of
#: complexions and across it, and the spread of greys.
SKIN, COMPLEXIONS, ACROSS, GREYS = np.array([0.62, -0.40]), 0.30, 0.09, 0.12
#: How far from the light's colour, in log ratios, a surface lies that is too loud to tell it, and
#: what it counts all the same.
LOUD, LEAST_WEIGHT = 0.8, 0.02
#: Share of near-grey pixels below which the tint off the locus is not believed.
FEW_GREY = 0.05


@dataclass(frozen=True)
class Light:
    """The light on a set of pixels.

    Attributes:
        chroma: log(red / green) and log(blue / green) relative to white, by the grey surfaces.
        white: log red, green, blue of the brightest surfaces.
        black: display luma of the darkest surfaces.
        colour: difference of the highest and the lowest display value in strong colours.
        familiar: share of the pixels that would be grey, or skin, in a light of each WARMTHS.
        pixels: how many were seen.
    """

    chroma: tuple[float, float]
    white: tuple[float, float, float]
    black: float
    colour: float
    familiar: tuple[float, ...]
    pixels: int

    @classmethod
    def of(cls, row: list[Any]) -> Light:
        """Return the light whose fields JSON gave back, in their order."""
        chroma, white, black, colour, familiar, pixels = row
        return cls(tuple(chroma), tuple(white), black, colour, tuple(familiar), pixels)

    @property
    def level(self) -> float:
        """Log luminance of the brightest surfaces."""
        return float(np.log(luma(np.exp(np.array(self.white)))))

    def familiar_in(self, warmth: float) -> float:
        """Return the share of the pixels that is grey, or skin, in a light of this warmth."""
        return float(np.interp(warmth, WARMTHS, self.familiar))


def find_light(pixels: Array) -> Light | None:
    """Return the light on ``pixels``, or None when too few of them tell anything.

    Args:
        pixels: (N, 3) linear RGB, 0 ... 1.
    """
    if len(pixels) < FEWEST_PIXELS:
        return None
    used = pixels[(pixels.max(axis=1) < 0.95) & (pixels.max(axis=1) > 0.0025)]
    if len(used) < FEWEST_PIXELS:
        return None
    used = np.maximum(used, 1e-4)
    chroma = np.log(used[:, (0, 2)] / used[:, 1:2])
    weight = luma(used) / luma(used).sum()
    red, blue = _most_likely(chroma, weight)
    white = _highlights(pixels, np.array([red, blue])).tolist()
    black = float(linear_to_srgb(np.percentile(luma(pixels), BLACK_PERCENT)))
    colour = float(np.percentile(np.ptp(linear_to_srgb(pixels), axis=1), COLOUR_PERCENT))
    return Light(
        (red, blue),
        (white[0], white[1], white[2]),
        black,
        colour,
        tuple(_familiar(pixels).tolist()),
        len(pixels),
    )


def _highlights(pixels: Array, light: Array) -> Array:
    """Return log red, green, blue of the brightest surfaces; loud colours count little."""
    safe = np.maximum(pixels, 1e-4)
    far = np.log(safe[:, (0, 2)] / safe[:, 1:2]) - light
    weight = np.exp(-(far**2).sum(axis=1) / (2 * LOUD**2)) + LEAST_WEIGHT
    mean = weight @ np.power(pixels.clip(0.0, 1.0), POWER) / weight.sum()
    return np.asarray(np.log(mean ** (1.0 / POWER) + DARK))


def _familiar(pixels: Array) -> Array:
    """Return the share of the pixels that is grey or skin in the light of each WARMTHS.

    People show skin, and wear black, white and grey: a light that leaves nothing of that is none.
    """
    seen = np.maximum(pixels[luma(pixels) > DARK], 1e-4)
    chroma = np.log(seen[:, (0, 2)] / seen[:, 1:2])
    chroma, weight = _gathered(chroma, np.full(len(chroma), 1.0 / len(pixels)))
    along = SKIN / np.hypot(*SKIN)
    across = np.array([-along[1], along[0]])
    shares = []
    for warmth in WARMTHS:
        undone = chroma - np.array([warmth / 2, -warmth / 2])
        skin = undone - SKIN
        far = (skin @ along) ** 2 / COMPLEXIONS**2 + (skin @ across) ** 2 / ACROSS**2
        grey = (undone**2).sum(axis=1) / GREYS**2
        shares.append(weight @ (np.exp(-far / 2) + np.exp(-grey / 2)))
    return np.array(shares)


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
