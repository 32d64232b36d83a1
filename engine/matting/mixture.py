"""Pixels as mixtures of a known background and a known foreground (Smith and Blinn 1996).

Lenses and shutters mix light, so the mixture is undone in linear light: in display values a dark
strand before a bright screen would come out too thick. Display values are float codes up to 255.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from ..color import linear_to_srgb, srgb_to_linear
from .channels import channel_sum, squared_distance, times

#: Codes of 255 by which foreground and background must differ for a pixel to tell its alpha.
TELLING_CODES = 14.0
#: Codes of 255, and share of the difference, by which a mixture may miss the line.
OFF_CODES, OFF_SHARE = 6.0, 0.22
#: Steps of a display code in the table of the curve.
_STEPS = 4
_CURVE = (srgb_to_linear(np.arange(256 * _STEPS) / (255.0 * _STEPS)) * 255).astype(np.float32)


def to_linear(codes: Array) -> Array:
    """Return linear light, 0 ... 255, of float32 display codes, 0 ... 255."""
    at = np.asarray(codes * np.float32(_STEPS) + np.float32(0.5))
    return np.take(_CURVE, np.clip(at, 0, 255 * _STEPS).astype(np.uint16))


def to_display(light: Array) -> Array:
    """Return float32 display codes, 0 ... 255, of linear light, 0 ... 255."""
    shown = linear_to_srgb(np.clip(light, 0, 255) * np.float32(1 / 255))
    return np.asarray(shown * np.float32(255), np.float32)


class Mixture:
    """Pixels before a background, taken for mixtures with one foreground colour each."""

    def __init__(self, seen: Array, behind: Array, fore: Array, variance: Array) -> None:
        """Compare pixels with what they may be made of.

        Args:
            seen: (H, W, 3) float32, codes of 255.
            behind: (H, W, 3) float32, the background.
            fore: (H, W, 3) float32, the foreground.
            variance: (H, W) float32 of a channel's noise, codes squared.
        """
        light = to_linear(behind)
        self._apart = cv2.subtract(to_linear(seen), light)
        self._line = cv2.subtract(to_linear(fore), light)
        # The curve's slope at the background's level, by which noise grows in linear light.
        level = channel_sum(behind) * np.float32(1 / 3 / 255)
        self._slope = np.float32(2.2) * cv2.pow(np.maximum(level, np.float32(0.05)), 1.2)
        self._noise = 3 * np.asarray(variance * self._slope * self._slope)
        self._length = channel_sum(cv2.multiply(self._line, self._line))

    def alpha(self) -> Array:
        """Return the place (H, W), 0 ... 1, on the line from background to foreground."""
        along = channel_sum(cv2.multiply(self._line, self._apart))
        return np.asarray(np.clip(along / (self._length + self._noise), 0, 1))

    def tells(self) -> Array:
        """Return how much (H, W), 0 ... 1, a pixel says of its alpha."""
        least = (np.float32(TELLING_CODES) * self._slope) ** 2
        return np.asarray(self._length / (self._length + self._noise + least))

    def noise(self) -> Array:
        """Return the standard deviation (H, W) of :meth:`alpha` that noise makes."""
        least = np.maximum(self._length, np.float32(1e-3))
        return np.sqrt(np.asarray(self._noise / 3) / least)

    def off_line(self, alpha: Array) -> Array:
        """Return how far (H, W) a pixel misses the mixture of ``alpha``: 0 on the line ... 1."""
        missed = np.sqrt(squared_distance(self._apart, times(self._line, alpha)))
        whole = np.sqrt(channel_sum(cv2.multiply(self._apart, self._apart)))
        allowed = np.float32(OFF_CODES) * self._slope + np.float32(OFF_SHARE) * whole
        return np.asarray(np.clip(missed / allowed - 1, 0, 1))
