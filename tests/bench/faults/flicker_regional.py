"""Regional flicker: a soft spot of the picture goes up and down in brightness."""

from __future__ import annotations

import cv2
import numpy as np

from ..metrics.arrays import Array
from .flicker_global import course

#: Radius of the spot, and how soft its border is, as shares of the height.
_RADIUS = 0.2
_SOFT = 0.05


def apply(frames: Array, size: float, seed: int) -> Array:
    """Return frames with a flickering spot.

    Args:
        frames: (T, H, W, 3) float32, 0 ... 1.
        size: standard deviation of the brightness in the spot, per cent.
        seed: of the course and the spot's place.
    """
    gain = size / 100.0 * course(len(frames), seed)
    spot = _spot(frames.shape[1], frames.shape[2], seed)
    flickering: Array = np.clip(frames * (1.0 + gain[:, None, None] * spot)[..., None], 0.0, 1.0)
    return flickering


def _spot(height: int, width: int, seed: int) -> Array:
    random = np.random.default_rng([seed, 1])
    radius_px = round(_RADIUS * height)
    x, y = (int(random.integers(radius_px, size - radius_px)) for size in (width, height))
    spot = np.zeros((height, width), np.float32)
    cv2.circle(spot, (x, y), radius_px, 1.0, -1)
    return cv2.GaussianBlur(spot, (0, 0), _SOFT * height)
