"""Colour consistency: does the colour of subject and plate stay what it was, through the clip?

What happens in front of the camera happens in the source and on the plate too, so the ratio of
the result's mean colour to theirs must not change with time. Differences are given as CIE 1976
colour differences (Delta E, 2.3 is just noticeable).
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array

#: Fewer pixels than this have no mean worth comparing.
_LEAST_PX = 200
_DARKEST = 4.0

Rgb = tuple[float, float, float]


def mean_colour(picture: Array, where: Array) -> Rgb | None:
    """Return the mean of (h, w, 3) uint8 ``picture`` over a bool mask; None if it is too small."""
    if np.count_nonzero(where) < _LEAST_PX:
        return None
    red, green, blue, _ = cv2.mean(picture, where.astype(np.uint8))
    return red, green, blue


def colour_drift(pairs: list[tuple[Rgb, Rgb]]) -> list[float]:
    """Return how far each sample is off the clip's usual change of colour, in Delta E.

    Args:
        pairs: for each sample the mean colour (0 ... 255) in the result and in its reference.
    """
    if not pairs:
        return []
    result, reference = (np.maximum(side, _DARKEST) for side in zip(*pairs, strict=True))
    ratio = np.log(result / reference)
    expected = np.clip(reference * np.exp(np.median(ratio, axis=0)), 0.0, 255.0)
    distance = np.linalg.norm(_lab(result) - _lab(expected), axis=1)
    return [float(value) for value in distance]


def colour_swing(colours: tuple[Rgb, Rgb, Rgb]) -> float:
    """Return how much the mean colour of three consecutive frames goes back and forth, Delta E."""
    first, middle, last = _lab(np.array(colours))
    return float(np.linalg.norm(first + last - 2.0 * middle)) / 2.0


def _lab(colours: Array) -> Array:
    picture = np.asarray(colours, np.float32)[None] / np.float32(255.0)
    lab: Array = cv2.cvtColor(picture, cv2.COLOR_RGB2Lab)[0]
    return lab
