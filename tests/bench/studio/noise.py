"""Value noise that depends on the place only, so that a texture is the same at any resolution."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

_CELLS = 64
_FINE = 16


@lru_cache(maxsize=8)
def _tile(seed: int) -> np.ndarray:
    """Return a wrapping (1024, 1024) float32 tile of smooth noise, 16 samples a cell."""
    lattice = np.random.default_rng([seed, 71]).random((_CELLS, _CELLS), dtype=np.float32)
    pad = np.pad(lattice, 4, mode="wrap")
    fine = cv2.resize(pad, None, fx=_FINE, fy=_FINE, interpolation=cv2.INTER_CUBIC)
    inner = fine[4 * _FINE : -4 * _FINE, 4 * _FINE : -4 * _FINE]
    return np.ascontiguousarray(inner)


def noise(x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """Return noise in about 0 ... 1 of (H, W) places measured in cells."""
    tile = _tile(seed % 8)
    column, row = (_wrapped(a, shift) for a, shift in zip((x, y), _shift(seed), strict=True))
    return cv2.remap(tile, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


@lru_cache(maxsize=4096)
def _shift(seed: int) -> tuple[np.float32, np.float32]:
    """Return another place of the tile for every seed; there are no seams, the tile wraps."""
    x, y = np.random.default_rng([seed, 5]).random(2, dtype=np.float32) * _CELLS
    return x, y


def _wrapped(cells: np.ndarray, shift: np.float32) -> np.ndarray:
    """Return places of the tile in its samples; np.mod would take six times as long."""
    turns = (np.asarray(cells, np.float32) + shift) * np.float32(1 / _CELLS)
    turns -= np.floor(turns)
    turns *= np.float32(_CELLS * _FINE)
    return turns


def fbm(x: np.ndarray, y: np.ndarray, seed: int, octaves: int = 4) -> np.ndarray:
    """Return noise summed over octaves, each turned against the last; mean about 0.5."""
    total, weight, scale = np.zeros_like(x, np.float32), 0.0, 1.0
    for octave in range(octaves):
        total += scale * noise(x, y, seed + 101 * octave)
        weight += scale
        scale *= 0.55
        x, y = 1.7 * x - 1.05 * y, 1.05 * x + 1.7 * y
    return total / np.float32(weight)


def scatter(count: int, seed: int) -> np.ndarray:
    """Return (count, 8) float32 random numbers in 0 ... 1: the properties of scattered things."""
    return np.random.default_rng([seed, 11]).random((count, 8), dtype=np.float32)


def step(edge: float, width: float, x: np.ndarray) -> np.ndarray:
    """Return a smooth step from 0 to 1, ``width`` wide, around ``edge``."""
    t = np.clip((x - edge) / width + 0.5, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def mix(a: np.ndarray, b: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Return colours between ``a`` and ``b`` (3,) or (H, W, 3) by (H, W) amounts."""
    return a + (b - a) * amount[..., None]
