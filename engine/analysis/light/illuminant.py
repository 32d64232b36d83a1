"""Colour of the light: grey-edge, then the near-grey pixels that it points to.

Grey-edge (van de Weijer et al., IEEE TIP 2007) takes the mean of the edges for grey, which large
coloured areas do not pull as they pull the mean of the picture. Divided by its answer, pixels that
come out nearly grey are taken for neutral surfaces, the bright ones first, and speak for
themselves, in two rounds.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array
from ...color import luma, rgb_to_kelvin

#: Coolest and hottest light that is reported.
LOWEST_K, HIGHEST_K = 2000.0, 12000.0
_WHITE_K = 6504.0
_POWER = 6.0
#: Largest chroma, log(red/green) and log(blue/green), of a surface that may be neutral.
_NEUTRAL = 0.18


def light_temperature(linear: Array, weight: Array) -> tuple[float, float]:
    """Return the light's temperature in kelvin and how sure it is, 0 ... 1.

    Args:
        linear: (H, W, 3) float32 linear RGB, 0 ... 1, a few hundred pixels wide.
        weight: (H, W) float32, how much each pixel counts.
    """
    colour = cv2.GaussianBlur(linear, (0, 0), 1.0)
    bright = colour.max(axis=2)
    usable = (weight > 0.05) & (bright > 0.01) & (bright < 0.97)
    if int(usable.sum()) < 64:
        return _WHITE_K, 0.0
    light = _grey_edge(colour, weight * usable)
    pixels, weights = colour[usable], (weight * np.sqrt(luma(colour)))[usable]
    share = 0.0
    for _ in range(2):
        chroma = _chroma(pixels / light)
        near = weights * np.exp(-0.5 * np.square(chroma / _NEUTRAL).sum(axis=1))
        share = float(near.sum() / weights.sum())
        offset = (near[:, None] * chroma).sum(axis=0) / max(float(near.sum()), 1e-9)
        light = light * np.exp([offset[0], 0.0, offset[1]])
    sure = float(np.clip(share / 0.3, 0.0, 1.0))
    mired = 1e6 / float(np.clip(rgb_to_kelvin(light), LOWEST_K, HIGHEST_K))
    white = 1e6 / _WHITE_K
    return 1e6 / (white + (0.4 + 0.6 * sure) * (mired - white)), sure


def _grey_edge(colour: Array, weight: Array) -> Array:
    """Return (3,): the Minkowski mean of each channel's edges, green is 1."""
    dx = cv2.Sobel(colour, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(colour, cv2.CV_32F, 0, 1)
    edges = np.sqrt(dx * dx + dy * dy)
    edges = np.minimum(edges, np.percentile(edges, 99.5))
    sums = (np.power(edges, _POWER) * weight[..., None]).reshape(-1, 3).mean(axis=0)
    light = np.power(np.maximum(sums, 1e-18), 1.0 / _POWER)
    return np.asarray(np.clip(light / light[1], 0.2, 5.0))


def _chroma(pixels: Array) -> Array:
    """Return (N, 2): log(red/green) and log(blue/green)."""
    logs = np.log(pixels + 0.002)
    return np.stack([logs[:, 0] - logs[:, 1], logs[:, 2] - logs[:, 1]], axis=1)
