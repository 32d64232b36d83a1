"""How sharp a picture's sharpest edges are, and how much softer its colour is there.

An edge that is blurred once more loses much of its slope if it was sharp and little if it was soft:
the ratio tells its blur (Zhuo and Sim, Pattern Recognition 2011). Colour that a codec keeps at half
the resolution is softer than the luma of the same edge by a known blur, however sharp the lens was.

All that softens an edge, a lens, a sensor's filter, scaling or a codec, is told as this one blur.
What a codec takes from faint texture beyond that cannot be told from a scene without texture:
only of an edge is it known how much detail it had.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array
from ...clip.vectors import norm

#: Blur that is added, pixels.
PROBE_PX = 1.0
#: What a slope over two pixels blurs by itself.
SLOPE_PX = 0.58
#: Least slope of an edge, of luma and of colour, codes of 255 a pixel.
SLOPE, COLOUR_SLOPE = 6.0, 3.0
#: Edges that are enough, and most that are looked at in a picture.
ENOUGH, MOST = 150, 8000
#: Of the edges the sharpest count: soft ones are shadows or lie out of focus.
SHARPEST = 0.3
#: Codecs and lenses leave no edge sharper than this, pixels.
LEAST_PX = 0.35
#: An edge whose slope an added blur leaves at more than a part in this is no edge.
LEAST_RATIO = 1.02
#: Luma this much blurred, pixels, hides how soft colour is.
HIDES_PX = 1.5
#: Rows and columns from one to the next in which pairs of pixels are looked for; how much colour
#: must change, codes of 255; and pairs that are enough.
APART, PAIR_STEP, PAIRS_ENOUGH = 4, 1.5, 30
#: Colour comes in pairs of pixels where it changes in them less than this share, a half where it
#: does not; and the blur that this is, pixels.
PAIRED, PAIR_PX = 0.15, 0.71


@dataclass(frozen=True)
class Edges:
    """The edges of a picture's luma.

    Attributes:
        places: rows and columns, (N,) each, off the picture's border.
        ratio: (N,) of the slope to what is left of it when it is blurred by PROBE_PX.
        across: (N,) bool, the edge lies across a row; neither is one that lies aslant.
        down: (N,) bool, across a column.
    """

    places: tuple[Array, Array]
    ratio: Array
    across: Array
    down: Array

    @property
    def blurs_px(self) -> Array:
        """The blur (M,) of those that are edges, the standard deviation of a Gaussian."""
        squares = _squares(self.ratio[self.ratio > LEAST_RATIO])
        return np.asarray(np.sqrt(np.maximum(squares, 0)))


def edges_of(luma: Array, where: Array) -> Edges:
    """Return the edges of a picture.

    Args:
        luma: (H, W) float32, 0 ... 1.
        where: (H, W) bool, the part that is looked at.
    """
    dx, dy = _slopes(luma)
    slope = norm(dx, dy)
    # Where it is steep and the steepest around.
    ridge = where & (slope > SLOPE / 255) & (slope >= cv2.dilate(slope, np.ones((3, 3), np.uint8)))
    ridge[[0, -1]], ridge[:, [0, -1]] = False, False
    rows, columns = np.nonzero(ridge)
    if len(rows) > MOST:
        # By chance: every second one would be of even rows where edges lie straight.
        chance = np.random.default_rng(0).random(luma.shape, np.float32)
        some = chance[rows, columns] < MOST / len(rows)
        rows, columns = rows[some], columns[some]
    places = rows, columns
    left = np.hypot(*(one[places] for one in _slopes(_probed(luma))))
    steep_x, steep_y = abs(dx[places]), abs(dy[places])
    ratio = slope[places] / np.maximum(left, 1e-6)
    return Edges(places, ratio, steep_x > 2 * steep_y, steep_y > 2 * steep_x)


def sharpest(blurs: Array) -> float | None:
    """Return the blur of the sharpest edges, pixels; None where there are too few to tell."""
    if len(blurs) < ENOUGH:
        return None
    return max(LEAST_PX, float(np.quantile(blurs, SHARPEST)))


def colour_blurs(ycc: Array, edges: Edges) -> tuple[Array, Array]:
    """Return how much softer colour is than luma at edges across and edges down, pixels squared.

    Args:
        ycc: (H, W, 3) float32, luma and colour differences.
        edges: of the luma.

    Returns:
        Differences of squared blurs, (N,) of edges that a row crosses, (M,) that a column does.
    """
    found: tuple[list[Array], list[Array]] = ([], [])
    luma = _squares(np.maximum(edges.ratio, LEAST_RATIO))
    sharp = (edges.ratio > LEAST_RATIO) & (luma < HIDES_PX**2)
    for plane in (np.ascontiguousarray(ycc[..., k]) for k in (1, 2)):
        slope, left = (_steepest(one, edges.places) for one in (plane, _probed(plane)))
        ratio = slope / np.maximum(left, 1e-6)
        told = sharp & (slope > COLOUR_SLOPE / 255) & (ratio > LEAST_RATIO)
        for way, one in zip((edges.across, edges.down), found, strict=True):
            at = told & way
            one.append(_squares(ratio[at]) - luma[at])
    return np.concatenate(found[0]), np.concatenate(found[1])


def pairings(ycc: Array, where: Array) -> tuple[Array, Array]:
    """Return how much colour changes within pairs of columns (N,) and of rows (M,).

    It is a share of that and of what it changes from pair to pair, told where it changes enough.

    Args:
        ycc: (H, W, 3) float32, luma and colour differences.
        where: (H, W) bool, the part that is looked at.
    """
    rows = np.where(where[::APART, :, None], ycc[::APART, :, 1:], 0)
    columns = np.where(where[:, ::APART, None], ycc[:, ::APART, 1:], 0).swapaxes(0, 1)
    return _pairings(rows), _pairings(columns)


def _pairings(lines: Array) -> Array:
    steps = np.square(lines[:, 1:] - lines[:, :-1]).mean((0, 2))
    within, between = steps[2::2], steps[1::2]
    count = min(len(within), len(between) - 1)
    around = (between[:count] + between[1 : count + 1]) / 2
    both = within[:count] + around
    told = both > np.square(PAIR_STEP / 255)
    return np.asarray(within[:count][told] / both[told])


def colour_softness(
    blurs: tuple[Array, Array], pairs: tuple[Array, Array]
) -> tuple[float, float] | None:
    """Return by what blur, across and down, colour is softer; None where too few edges tell it.

    Args:
        blurs: as :func:`colour_blurs` returns.
        pairs: as :func:`pairings` returns. Decoders that are quick repeat each pixel of colour
            that is kept at half the resolution: many of its edges are sharp, but lie up to a
            pixel off, which is as soft.
    """
    if min(len(one) for one in blurs) < ENOUGH:
        return None
    across, down = (_softness(*one) for one in zip(blurs, pairs, strict=True))
    return across, down


def _softness(squares: Array, pairs: Array) -> float:
    paired = len(pairs) >= PAIRS_ENOUGH and float(np.mean(pairs)) < PAIRED
    return max(math.sqrt(max(float(np.median(squares)), 0)), PAIR_PX if paired else 0)


def _probed(plane: Array) -> Array:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), PROBE_PX))


def _squares(ratio: Array) -> Array:
    """Return the squared blur of edges whose slope the probe divides by ``ratio``."""
    return np.asarray(np.square(PROBE_PX) / (np.square(ratio) - 1) - SLOPE_PX**2)


def _steepest(plane: Array, places: tuple[Array, Array]) -> Array:
    """Return the steepest slope next to places: colour is sited up to a pixel beside luma."""
    slopes = _slopes(plane)
    rows, columns = places
    around = [np.hypot(*(one[rows + low, columns + right] for one in slopes))
              for low in (-1, 0, 1) for right in (-1, 0, 1)]  # fmt: skip
    return np.asarray(np.maximum.reduce(around))


def _slopes(plane: Array) -> tuple[Array, Array]:
    dx, dy = (cv2.Sobel(plane, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    return np.asarray(dx), np.asarray(dy)
