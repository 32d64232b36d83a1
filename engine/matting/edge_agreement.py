"""How well a coarse edge agrees with the picture's: where it does, it need not be looked for.

Where the coarse edge lies on an edge of the picture, coarse alpha is a linear function of the
colours in small windows (the model of the guided filter, He, Sun and Tang 2013), and little of its
variance is left over; where it lies beside one, most is.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .guided import apply_coefficients, guided_coefficients

#: Radius of the windows, and what a slope of alpha over colour costs in them.
RADIUS_PX, EPSILON = 1, 5e-4
#: Agreement is told from as far as this round a pixel, pixels.
REACH_PX = 2
#: Share of the variance that is left over where an edge agrees, and where it does not.
LEFT = (0.05, 0.175)
#: An edge one pixel deep says nothing: it holds from NEAR_PX on, and all from FAR_PX.
NEAR_PX, FAR_PX = 1.0, 2.5


def edge_agreement(picture: Array, coarse: Array) -> Array:
    """Return how far the coarse edge nearby agrees with the picture: (H, W) float32, 0 ... 1.

    Args:
        picture: (H, W, 3) float32, 0 ... 1.
        coarse: (H, W) float32, 0 ... 1.
    """
    size = (2 * RADIUS_PX + 1, 2 * RADIUS_PX + 1)
    drawn = apply_coefficients(
        picture, 1.0, guided_coefficients(picture, coarse, RADIUS_PX, EPSILON)
    )
    mean = cv2.blur(coarse, size)
    varies = np.maximum(cv2.blur(coarse * coarse, size) - mean * mean, 0)
    wide = (2 * REACH_PX + 1, 2 * REACH_PX + 1)
    left = cv2.blur(np.square(drawn - coarse), wide)
    left /= np.maximum(cv2.blur(varies, wide), np.float32(1e-5))
    share = (np.float32(LEFT[1]) - left) * np.float32(1 / (LEFT[1] - LEFT[0]))
    return np.asarray(np.clip(share, 0, 1))


def held(agreement: Array, depth: Array) -> Array:
    """Return how far the coarse matte holds, 0 ... 1: ``depth`` (H, W) px from an agreeing edge."""
    inside = np.clip((depth - np.float32(NEAR_PX)) * np.float32(1 / (FAR_PX - NEAR_PX)), 0, 1)
    return np.asarray(agreement * inside)
