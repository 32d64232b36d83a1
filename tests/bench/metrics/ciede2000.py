"""Colour difference CIEDE2000, from the formulas of Sharma, Wu and Dalal, "The CIEDE2000
Color-Difference Formula: Implementation Notes", Color Research and Application 2005; k = 1.
"""

from __future__ import annotations

import numpy as np

from .arrays import Array

_25_7 = 25.0**7


def ciede2000(lab: Array, other_lab: Array) -> Array:
    """Return the difference of each pair of colours, (...), as precise as they are.

    Args:
        lab: (..., 3) L*, a*, b*.
        other_lab: the same shape. The measure is symmetric.
    """
    light_1, light_2, chroma_1, chroma_2, hue_1, hue_2 = _polar(lab, other_lab)
    grey = chroma_1 * chroma_2 == 0.0
    turn = hue_2 - hue_1
    turn = np.where(turn > 180.0, turn - 360.0, np.where(turn < -180.0, turn + 360.0, turn))
    turn = np.where(grey, 0.0, turn)
    d_light, d_chroma = light_2 - light_1, chroma_2 - chroma_1
    d_hue = 2.0 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn / 2.0))
    light, chroma = (light_1 + light_2) / 2.0, (chroma_1 + chroma_2) / 2.0
    hue = _mean_hue(hue_1, hue_2, grey)
    part_light = d_light / _light_weight(light)
    part_chroma = d_chroma / (1.0 + 0.045 * chroma)
    part_hue = d_hue / (1.0 + 0.015 * chroma * _hue_weight(hue))
    rotation = part_chroma * part_hue * _rotation(chroma, hue)
    square = part_light**2 + part_chroma**2 + part_hue**2 + rotation
    # Rounding can leave equal colours a hair below zero.
    return np.sqrt(np.maximum(square, 0.0))


def _polar(lab: Array, other: Array) -> tuple[Array, ...]:
    """Return both lightnesses, both chromas C' and both hues h' in degrees, 0 ... 360."""
    mean = (np.hypot(lab[..., 1], lab[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2.0
    stretch = 1.5 - 0.5 * _saturation(mean)
    chromas, hues = [], []
    for colour in (lab, other):
        a, b = stretch * colour[..., 1], colour[..., 2]
        chromas.append(np.hypot(a, b))
        hues.append(np.degrees(np.arctan2(b, a)) % 360.0)
    return lab[..., 0], other[..., 0], *chromas, *hues


def _mean_hue(hue_1: Array, hue_2: Array, grey: Array) -> Array:
    total = hue_1 + hue_2
    round_the_back = np.where(total < 360.0, total + 360.0, total - 360.0)
    # Opposite hues are 180 degrees apart but for rounding, and belong to the first case.
    mean = np.where(np.abs(hue_1 - hue_2) <= 180.0 + 1e-9, total, round_the_back) / 2.0
    return np.where(grey, total, mean)


def _light_weight(light: Array) -> Array:
    square = (light - 50.0) ** 2
    return 1.0 + 0.015 * square / np.sqrt(20.0 + square)


def _hue_weight(hue: Array) -> Array:
    return (
        1.0
        - 0.17 * np.cos(np.radians(hue - 30.0))
        + 0.24 * np.cos(np.radians(2.0 * hue))
        + 0.32 * np.cos(np.radians(3.0 * hue + 6.0))
        - 0.20 * np.cos(np.radians(4.0 * hue - 63.0))
    )


def _rotation(chroma: Array, hue: Array) -> Array:
    angle = 60.0 * np.exp(-(((hue - 275.0) / 25.0) ** 2))
    return -2.0 * _saturation(chroma) * np.sin(np.radians(angle))


def _saturation(chroma: Array) -> Array:
    square = chroma * chroma
    seventh = square * square * square * chroma
    return np.sqrt(seventh / (seventh + _25_7))
