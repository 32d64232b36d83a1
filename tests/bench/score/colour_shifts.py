"""Plausible differences of camera and light between a subject and the place it is put in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..studio.color import LUMA, kelvin_rgb

Array = np.ndarray[Any, Any]

_WHITE_K = 6504.0
#: The display value that contrast turns about.
_PIVOT = 0.45


@dataclass(frozen=True)
class Shift:
    """A change of the subject's colour.

    Attributes:
        kelvin: the light it stands in, seen by a camera balanced to 6504 K.
        stops: exposure.
        tint: log of green against red and blue.
        contrast: factor of display values about the middle.
        saturation: factor of the distance to grey.
        haze: display value that lies over black.
    """

    kelvin: float = _WHITE_K
    stops: float = 0.0
    tint: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    haze: float = 0.0


SHIFTS = {
    "tungsten": Shift(kelvin=3200),
    "lamp": Shift(kelvin=4200),
    "shade": Shift(kelvin=9500),
    "blue hour": Shift(kelvin=16000),
    "dark": Shift(stops=-1.2),
    "dim": Shift(stops=-0.6),
    "bright": Shift(stops=0.6),
    "flat": Shift(contrast=0.75),
    "hard": Shift(contrast=1.3),
    "pale": Shift(saturation=0.65),
    "vivid": Shift(saturation=1.35),
    "green": Shift(tint=0.2),
    "magenta": Shift(tint=-0.2),
    "lamp, dark": Shift(kelvin=3600, stops=-0.8),
    "shade, bright": Shift(kelvin=10000, stops=0.4, contrast=1.1),
    "haze": Shift(haze=0.12),
}


def shifted(codes: Array, shift: Shift) -> Array:
    """Return (..., 3) uint8 codes as another light and camera would have given them."""
    weights = np.array(LUMA)
    colour = np.array(kelvin_rgb(shift.kelvin)) / np.array(kelvin_rgb(_WHITE_K))
    colour = colour * np.exp(np.array([-0.5, 0.5, -0.5]) * shift.tint)
    colour = colour / (colour @ weights) * 2.0**shift.stops
    display = _display((_linear(codes / 255.0) * colour).clip(0.0, 1.0))
    display = (_PIVOT + (display - _PIVOT) * shift.contrast).clip(0.0, 1.0)
    grey = (display @ weights)[..., None]
    display = (grey + (display - grey) * shift.saturation).clip(0.0, 1.0)
    display = shift.haze + (1.0 - shift.haze) * display
    return np.asarray(np.rint(display * 255.0).astype(np.uint8))


def without_subject(codes: Array, alpha: Array) -> Array:
    """Return a frame (H, W, 3) whose subject has made way for the nearest of the background.

    Args:
        codes: uint8.
        alpha: (H, W) uint8.
    """
    gone = cv2.dilate((alpha > 8).astype(np.uint8), np.ones((9, 9), np.uint8))
    if gone.all() or not gone.any():
        return codes
    _, labels = cv2.distanceTransformWithLabels(
        gone, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(gone == 0)
    place = np.zeros((int(labels.max()) + 1, 2), np.int64)
    place[labels[rows, columns]] = np.stack([rows, columns], axis=1)
    nearest = place[labels]
    return np.asarray(codes[nearest[..., 0], nearest[..., 1]])


def _linear(display: Array) -> Array:
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)


def _display(linear: Array) -> Array:
    root = 1.055 * np.power(np.maximum(linear, 0.0031308), 1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, root)
