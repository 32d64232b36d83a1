"""What somebody looks like: how often each colour occurs in the head, the trunk and the legs.

Colours become words of a small dictionary that dims with the light: in CIELAB both chroma axes
and L + 16 grow with the cube root of the light, so their ratio stays when it dims; only lightness
itself is told coarsely. Histograms are compared by their Bhattacharyya distance as in Comaniciu,
Ramesh and Meer, "Kernel-based object tracking" (2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from ...clip.clip import Array

_LIGHTS, _CHROMAS = 5, 7
#: Word 0 is nobody.
WORDS = 1 + _LIGHTS * _CHROMAS * _CHROMAS
#: Parts of the height that have a histogram each: head, trunk, legs.
BANDS = 3
_BAND_EDGES = (0.2, 0.55)
#: Rows and columns of the mean silhouette.
SHAPE = (24, 12)
#: Share of words never seen that a model still believes in.
_DOUBT = 0.02


@dataclass(frozen=True)
class Appearance:
    """Colours and shape of a body, or of a person over several bodies.

    Attributes:
        colours: (BANDS, WORDS) pixel counts.
        shape: (24, 12) share of each cell of the box that is covered.
        seen: number of bodies behind it.
    """

    colours: Array
    shape: Array
    seen: float = 1.0

    def __add__(self, other: Appearance) -> Appearance:
        """Return the appearance of both together."""
        total = self.seen + other.seen
        shape = (self.shape * self.seen + other.shape * other.seen) / total
        return Appearance(self.colours + other.colours, shape, total)

    @property
    def pixels(self) -> float:
        """Return the mean number of pixels of a body."""
        return float(self.colours.sum() / self.seen)

    def likelihood(self) -> Array:
        """Return (BANDS, WORDS) log-probability of each word; word 0 has 0."""
        counts = _blurred(self.colours[:, 1:])
        whole = counts.sum(0)
        # A band lends from the whole person: heads turn down, arms reach up.
        counts = counts / np.maximum(counts.sum(1, keepdims=True), 1) + 0.3 * whole / max(
            whole.sum(), 1
        )
        chance = counts / np.maximum(counts.sum(1, keepdims=True), 1e-9)
        chance = (1 - _DOUBT) * chance + _DOUBT / (WORDS - 1)
        logs = np.zeros((BANDS, WORDS), np.float32)
        logs[:, 1:] = np.log(chance)
        return logs


@cache
def _dictionary() -> Array:
    """Return (32768,) uint8: the word of each colour of five bits a channel."""
    levels = (np.arange(32) * 8 + 4) / 255
    colours = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    lab = cv2.cvtColor(colours.reshape(-1, 1, 3).astype(np.float32), cv2.COLOR_RGB2LAB)[:, 0]
    light = np.digitize(lab[:, 0], (18.0, 36.0, 54.0, 74.0))
    chroma = lab[:, 1:] * (76 / (lab[:, :1] + 16))
    steps = np.digitize(chroma, (-24.0, -11.0, -4.0, 4.0, 11.0, 24.0))
    words = 1 + (light * _CHROMAS + steps[:, 0]) * _CHROMAS + steps[:, 1]
    return words.astype(np.uint8)


def words_of(rgb: Array) -> Array:
    """Return the (H, W) uint8 word of each pixel of an (H, W, 3) uint8 picture."""
    five = rgb >> 3
    codes = five[..., 0].astype(np.uint16)
    codes <<= 5
    codes |= five[..., 1]
    codes <<= 5
    codes |= five[..., 2]
    return _dictionary()[codes]


def hues_of(words: Array) -> Array:
    """Return the part of words that does not tell lightness, 0 ... 48."""
    return np.asarray((words.astype(np.int64) - 1) % (_CHROMAS * _CHROMAS))


def bands_of(rows: Array, top: float, height: float) -> Array:
    """Return the band that each row lies in, of somebody from ``top`` and so high."""
    return np.digitize((rows + 0.5 - top) / max(height, 1.0), _BAND_EDGES)


def appearance_of(words: Array) -> Appearance:
    """Return the appearance of a body from its box of words, 0 outside."""
    bands = bands_of(np.arange(len(words)), 0.0, len(words))
    colours = np.zeros((BANDS, WORDS), np.float32)
    for band in range(BANDS):
        part = words[bands == band]
        colours[band] = np.bincount(part.ravel(), minlength=WORDS)[:WORDS]
    colours[:, 0] = 0
    covered = (words > 0).astype(np.float32)
    shape = cv2.resize(covered, SHAPE[::-1], interpolation=cv2.INTER_AREA)
    return Appearance(colours, shape)


def distance(one: Appearance, other: Appearance) -> float:
    """Return 0 for the same colours in the same places, 1 for none in common."""
    return distance_to(one.colours, other.colours)


def distance_to(one: Array, other: Array) -> float:
    """Return the distance of two (BANDS, WORDS) histograms of counts."""
    a, b = _blurred(one[:, 1:]), _blurred(other[:, 1:])
    weights = np.minimum(_shares(a.sum(1)), _shares(b.sum(1)))
    banded = [_bhattacharyya(x, y) for x, y in zip(a, b, strict=True)]
    apart = float(np.dot(weights, banded) / max(weights.sum(), 1e-9))
    return 0.6 * apart + 0.4 * _bhattacharyya(a.sum(0), b.sum(0))


def _bhattacharyya(one: Array, other: Array) -> float:
    alike = float(np.sqrt(_shares(one) * _shares(other)).sum())
    return float(np.sqrt(max(1.0 - alike, 0.0)))


def _shares(counts: Array) -> Array:
    return counts / max(float(counts.sum()), 1e-9)


def _blurred(counts: Array) -> Array:
    """Return (..., WORDS - 1) counts that neighbouring words share."""
    grid = counts.reshape(-1, _LIGHTS, _CHROMAS, _CHROMAS)
    for axis, side in ((1, 0.25), (2, 0.12), (3, 0.12)):
        pad = [(1, 1) if at == axis else (0, 0) for at in range(4)]
        wide = np.pad(grid, pad, mode="edge")
        last = wide.shape[axis]
        low, high = (wide.take(range(first, last - 2 + first), axis) for first in (0, 2))
        grid = (1 - 2 * side) * grid + side * (low + high)
    return grid.reshape(counts.shape)
