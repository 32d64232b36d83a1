"""How sharp a picture's sharpest edges are.

An edge that is blurred once more loses much of its slope if it was sharp and little if it was soft:
the ratio tells its blur (Zhuo and Sim, Pattern Recognition 2011).
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array

#: Blur that is added, pixels.
PROBE_PX = 1.0
#: What a slope over two pixels blurs by itself.
SLOPE_PX = 0.58
#: Least slope of an edge, codes of 255 a pixel, and edges that are enough.
SLOPE, ENOUGH = 6.0, 150
#: Of the edges the sharpest count: soft ones are shadows or lie out of focus.
SHARPEST = 0.3
#: Codecs and lenses leave no edge sharper than this, pixels.
LEAST_PX = 0.35


def edge_blurs(luma: Array, where: Array) -> Array:
    """Return the blur (N,) of edges, the standard deviation of a Gaussian, pixels.

    Args:
        luma: (H, W) float32, 0 ... 1.
        where: (H, W) bool, the part that is looked at.
    """
    slope = _slope(luma)
    ridge = slope >= cv2.dilate(slope, np.ones((3, 3), np.uint8))
    edges = where & ridge & (slope > SLOPE / 255)
    blurred = _slope(cv2.GaussianBlur(luma, (0, 0), PROBE_PX))
    ratio = slope[edges] / np.maximum(blurred[edges], 1e-6)
    squares = np.square(PROBE_PX) / (np.square(ratio[ratio > 1.02]) - 1)
    return np.asarray(np.sqrt(np.maximum(squares - SLOPE_PX**2, 0)))


def sharpest(blurs: Array) -> float | None:
    """Return the blur of the sharpest edges, pixels; None where there are too few to tell."""
    if len(blurs) < ENOUGH:
        return None
    return max(LEAST_PX, float(np.quantile(blurs, SHARPEST)))


def _slope(luma: Array) -> Array:
    dx, dy = (cv2.Sobel(luma, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(dx, dy))
