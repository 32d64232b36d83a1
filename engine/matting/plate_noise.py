"""How far a frame may be from its clean plate where nothing stands before it.

Two numbers are read from the frame itself: its noise, and how far plate and frame lie apart in
pixels. Differences are gathered by the plate's gradient; where there is none it is noise, and
what grows with the gradient is misalignment. Medians are used, so the subject does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array
from .channels import squared_distance

#: Bounds of the noise in codes of 255 and of the misalignment in pixels.
LEAST_NOISE, MOST_NOISE, MOST_MISFIT_PX = 0.7, 12.0, 2.0
#: Median of a chi-squared variable with three degrees of freedom.
_MEDIAN_OF_THREE = 2.366
#: Groups of equal size by gradient, and the pixels that are enough for them.
_GROUPS, _PIXELS = 12, 60_000


@dataclass(frozen=True)
class PlateNoise:
    """What a difference from the plate is measured in.

    Attributes:
        noise: standard deviation of a channel, codes of 255.
        misfit_px: root mean square of the misalignment, pixels.
    """

    noise: float
    misfit_px: float

    def variance(self, slope: Array) -> Array:
        """Return (H, W) float32 variance of a channel for squared gradients ``slope``."""
        misfit = np.float32(self.misfit_px**2)
        return np.asarray(slope * misfit + np.float32(self.noise**2))


def measure_noise(frame: Array, plate: Array, known: Array, slope: Array) -> PlateNoise:
    """Return the noise between ``frame`` and ``plate``.

    Args:
        frame: (H, W, 3) float32, codes of 255.
        plate: (H, W, 3) float32, codes of 255.
        known: (H, W) bool, where the plate is known.
        slope: (H, W) float32, see :func:`squared_slope`.
    """
    step = max(1, int(np.sqrt(known.size / _PIXELS)))
    at = known[::step, ::step]
    if at.sum() < 200:
        return PlateNoise(2.0, 0.3)
    near = np.ascontiguousarray(frame[::step, ::step]), np.ascontiguousarray(plate[::step, ::step])
    squared = squared_distance(*near)[at]
    steep = slope[::step, ::step][at]
    order = np.argsort(steep)
    groups = [group for group in np.array_split(order, _GROUPS) if len(group)]
    # Quartiles rather than medians where the subject covers up to a half.
    apart = np.array([np.quantile(squared[group], 0.35) for group in groups])
    apart /= _MEDIAN_OF_THREE * 0.70
    rise = np.array([np.mean(steep[group]) for group in groups])
    noise = float(np.clip(np.sqrt(apart[: _GROUPS // 3].min()), LEAST_NOISE, MOST_NOISE))
    beyond = np.maximum(apart - noise**2, 0)
    steepest = rise > max(4.0, noise**2)
    misfit = float(np.median(beyond[steepest] / rise[steepest])) if steepest.any() else 0.0
    return PlateNoise(noise, float(np.clip(np.sqrt(misfit), 0.1, MOST_MISFIT_PX)))


def squared_slope(plate: Array) -> Array:
    """Return (H, W) float32: the largest squared gradient of the plate around each pixel.

    Args:
        plate: (H, W, 3) float32, codes of 255; the result is in codes squared a pixel squared.
    """
    dx, dy = cv2.Sobel(plate, -1, 1, 0, scale=0.125), cv2.Sobel(plate, -1, 0, 1, scale=0.125)
    power = cv2.transform(dx * dx + dy * dy, np.full((1, 3), 1 / 3, np.float32))
    return np.asarray(cv2.dilate(power, np.ones((3, 3), np.uint8)))
