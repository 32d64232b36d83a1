"""How sharp a picture's sharpest edges are, and how much softer its colour is there.

An edge that is blurred once more loses much of its slope if it was sharp and little if it was soft:
the ratio tells its blur (Zhuo and Sim, Pattern Recognition 2011). Colour that a codec keeps at half
the resolution is softer than the luma of the same edge by a known blur, however sharp the lens was.

All that softens an edge, a lens, a sensor's filter, scaling or a codec, is told as this one blur.
What a codec takes from faint texture beyond that cannot be told from a scene without texture:
only of an edge is it known how much detail it had.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array

#: Blur that is added, pixels.
PROBE_PX = 1.0
#: What a slope over two pixels blurs by itself.
SLOPE_PX = 0.58
#: Least slope of an edge, of luma and of colour, codes of 255 a pixel, and edges that are enough.
SLOPE, COLOUR_SLOPE, ENOUGH = 6.0, 3.0, 150
#: Of the edges the sharpest count: soft ones are shadows or lie out of focus.
SHARPEST = 0.3
#: Codecs and lenses leave no edge sharper than this, pixels.
LEAST_PX = 0.35
#: An edge whose slope an added blur leaves at more than a part in this is no edge.
LEAST_RATIO = 1.02
#: Luma this much blurred, pixels, hides how soft colour is.
HIDES_PX = 1.5


def edge_blurs(luma: Array, where: Array) -> Array:
    """Return the blur (N,) of edges, the standard deviation of a Gaussian, pixels.

    Args:
        luma: (H, W) float32, 0 ... 1.
        where: (H, W) bool, the part that is looked at.
    """
    slope = _slope(luma)
    edges = where & _ridges(slope)
    ratio = slope[edges] / np.maximum(_slope(_probed(luma))[edges], 1e-6)
    return np.asarray(np.sqrt(np.maximum(_squares(ratio[ratio > LEAST_RATIO]), 0)))


def sharpest(blurs: Array) -> float | None:
    """Return the blur of the sharpest edges, pixels; None where there are too few to tell."""
    if len(blurs) < ENOUGH:
        return None
    return max(LEAST_PX, float(np.quantile(blurs, SHARPEST)))


def colour_blurs(ycc: Array, where: Array) -> tuple[Array, Array]:
    """Return how much softer colour is than luma at edges across and edges down, pixels squared.

    Args:
        ycc: (H, W, 3) float32, luma and colour differences.
        where: (H, W) bool, the part that is looked at.

    Returns:
        Differences of squared blurs, (N,) of edges that a row crosses, (M,) that a column does.
    """
    planes = [np.ascontiguousarray(ycc[..., k]) for k in range(3)]
    dx, dy = _slopes(planes[0])
    slope = np.asarray(cv2.magnitude(dx, dy))
    edges = where & _ridges(slope)
    ratio = slope[edges] / np.maximum(_slope(_probed(planes[0]))[edges], 1e-6)
    steep_x, steep_y = abs(dx[edges]), abs(dy[edges])
    ways = steep_x > 2 * steep_y, steep_y > 2 * steep_x
    found: tuple[list[Array], list[Array]] = ([], [])
    for plane in planes[1:]:
        # Colour is sited up to a pixel beside luma.
        near = [cv2.dilate(_slope(p), np.ones((3, 3), np.uint8))[edges]
                for p in (plane, _probed(plane))]  # fmt: skip
        softer = near[0] / np.maximum(near[1], 1e-6)
        told = (near[0] > COLOUR_SLOPE / 255) & (np.minimum(ratio, softer) > LEAST_RATIO)
        told &= _squares(np.maximum(ratio, LEAST_RATIO)) < HIDES_PX**2
        for way, one in zip(ways, found, strict=True):
            at = told & way
            one.append(_squares(softer[at]) - _squares(ratio[at]))
    return np.concatenate(found[0]), np.concatenate(found[1])


def colour_softness(across: Array, down: Array) -> tuple[float, float] | None:
    """Return by what blur, across and down, colour is softer; None where too few edges tell it."""
    if min(len(across), len(down)) < ENOUGH:
        return None
    squares = (max(float(np.median(one)), 0.0) for one in (across, down))
    x_px, y_px = (square**0.5 for square in squares)
    return x_px, y_px


def _probed(plane: Array) -> Array:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), PROBE_PX))


def _squares(ratio: Array) -> Array:
    """Return the squared blur of edges whose slope the probe divides by ``ratio``."""
    return np.asarray(np.square(PROBE_PX) / (np.square(ratio) - 1) - SLOPE_PX**2)


def _ridges(slope: Array) -> Array:
    """Return where a slope is steep and the steepest around, (H, W) bool."""
    steepest = slope >= cv2.dilate(slope, np.ones((3, 3), np.uint8))
    return np.asarray(steepest & (slope > SLOPE / 255))


def _slopes(plane: Array) -> tuple[Array, Array]:
    dx, dy = (cv2.Sobel(plane, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    return np.asarray(dx), np.asarray(dy)


def _slope(plane: Array) -> Array:
    return np.asarray(cv2.magnitude(*_slopes(plane)))
