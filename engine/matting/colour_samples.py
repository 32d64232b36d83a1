"""What the colours around a pixel say of its alpha, wherever subject and background differ.

The colours of either side near the band are sorted into a few kinds; of each kind a pixel is
offered the nearest sample, so that it has both what is close and what is like it. The pair that
mixes to the pixel, close by, wins: the choice among many samples of He et al., "A global sampling
method for alpha matting" (2011), made exhaustive by having few of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array

#: Kinds of colour on a side.
FORE_KINDS, BACK_KINDS = 8, 10
#: Samples are taken this close to the band, pixels.
REACH_PX = 12
#: Colour distance (1 is full scale) at which a mixture stops explaining a pixel.
NOISE = 0.015
#: What the relative distance of a sample counts, against the square of the colour distance.
FAR = 1.0
#: A distance of samples below this many pixels makes no difference.
CLOSE_PX = 1.0
#: Squared colour distance at which two sides can half be told apart.
TELLING = 0.01
#: How fast confidence falls with the cost of the best pair.
DOUBT = 0.25
#: Pixels a side's kinds are found from.
ENOUGH = 3000


@dataclass(frozen=True)
class Told:
    """Alpha as colours tell it, and how much that is worth.

    Attributes:
        alpha: (H, W) float32, 0 ... 1; of no meaning outside the band.
        confidence: (H, W) float32, 0 ... 1; 0 outside the band.
    """

    alpha: Array
    confidence: Array


def told_by_colours(picture: Array, fore: Array, back: Array) -> Told:
    """Return what colours tell of the pixels on neither side.

    Args:
        picture: (H, W, 3) float32, 0 ... 1.
        fore: (H, W) bool, surely the subject.
        back: (H, W) bool, surely not.
    """
    alpha, confidence = (np.zeros(fore.shape, np.float32) for _ in range(2))
    band = ~(fore | back)
    away = cv2.distanceTransform((~band).view(np.uint8), cv2.DIST_L2, 3)
    near = away < REACH_PX
    places = np.nonzero(band)
    ours = _samples(picture, fore & near, places, FORE_KINDS)
    theirs = _samples(picture, back & near, places, BACK_KINDS)
    if ours is not None and theirs is not None and len(places[0]):
        alpha[places], confidence[places] = _best(picture[places], ours, theirs)
    return Told(alpha, confidence)


@dataclass(frozen=True)
class _Samples:
    """For N pixels, K colours of one side (K, N, 3) and how far they are (K, N) px."""

    colours: Array
    away_px: Array


def _samples(picture: Array, side: Array, places: tuple[Array, ...], kinds: int) -> _Samples | None:
    """Return, for each place, the nearest sample of each kind of colour on a side."""
    rows, columns = np.nonzero(side)
    if not len(rows):
        return None
    pixels = picture[rows, columns]
    kind = _kinds(pixels, kinds)
    colours, away = [], []
    for one in np.unique(kind):
        chosen = kind == one
        holes = np.ones(side.shape, np.uint8)
        holes[rows[chosen], columns[chosen]] = 0
        distance, label = cv2.distanceTransformWithLabels(
            holes, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        table = np.zeros((int(label.max()) + 1, 3), np.float32)
        table[label[rows[chosen], columns[chosen]]] = pixels[chosen]
        colours.append(table[label[places]])
        away.append(distance[places])
    return _Samples(np.stack(colours), np.stack(away))


def _kinds(pixels: Array, count: int) -> Array:
    """Return which of ``count`` kinds each pixel (N, 3) is of, by k-means from the shades."""
    some = pixels[:: -(-len(pixels) // ENOUGH)]
    order = np.argsort(some.sum(axis=1), kind="stable")
    at = (np.arange(count) + 0.5) * len(some) / count
    centres = some[order[at.astype(int)]].astype(np.float32)
    for _ in range(5):
        nearest = _nearest(some, centres)
        held = np.bincount(nearest, minlength=count).astype(np.float32)
        sums = [np.bincount(nearest, some[:, c], count) for c in range(3)]
        moved = np.stack(sums, axis=1) / np.maximum(held, 1)[:, None]
        centres = np.where(held[:, None] > 0, moved, centres).astype(np.float32)
    return _nearest(pixels, centres)


def _nearest(pixels: Array, centres: Array) -> Array:
    distance = (centres * centres).sum(axis=1) - 2 * (pixels @ centres.T)
    return np.asarray(distance.argmin(axis=1))


def _best(pixels: Array, ours: _Samples, theirs: _Samples) -> tuple[Array, Array]:
    """Return alpha and confidence (N,) of pixels (N, 3) by the pairs that explain them."""
    near_fore = ours.away_px / (ours.away_px.min(axis=0) + CLOSE_PX)
    near_back = theirs.away_px / (theirs.away_px.min(axis=0) + CLOSE_PX)
    weights = np.float32(1 / NOISE**2)
    total, alpha, apart = (np.zeros(len(pixels), np.float32) for _ in range(3))
    pairs = []
    for back, far_back in zip(theirs.colours, near_back, strict=True):
        seen = pixels - back
        length = (seen * seen).sum(axis=1)
        for fore, far_fore in zip(ours.colours, near_fore, strict=True):
            line = fore - back
            distance = np.einsum("nc,nc->n", line, line)
            along = np.einsum("nc,nc->n", seen, line)
            share = np.clip(along / np.maximum(distance, np.float32(1e-5)), 0, 1)
            off = np.maximum(length - share * (2 * along - share * distance), 0)
            cost = off * weights + np.float32(FAR) * (far_fore + far_back)
            pairs.append((cost, share, distance))
    least = np.minimum.reduce([pair[0] for pair in pairs])
    for cost, share, distance in pairs:
        weight = np.exp(np.float32(0.5) * (least - cost))
        total += weight
        alpha += weight * share
        apart += weight * distance
    alpha, apart = alpha / total, apart / total
    telling = apart / (apart + np.float32(TELLING))
    return alpha, telling * np.exp(np.float32(-DOUBT) * np.maximum(least - np.float32(2 * FAR), 0))
