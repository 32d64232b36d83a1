"""Sky, what stands, and ground: each column of a picture in at most three tiers.

Tiered labelling by dynamic programming (Felzenszwalb and Veksler, CVPR 2010), with colours learned
from the picture itself: ground looks like the bottom of the picture and lies below the horizon,
sky looks like its top, is bright and smooth, and lies above. What is like neither stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array

#: Size in which tiers are looked for.
_COLUMNS, _ROWS = 64, 36
#: Parts of the picture's height, at top and bottom, whose colours are learned.
_SEED = 0.12
#: Squared distance, in deviations, from which a colour is not the tier's.
_FAR = 6.0
#: A bend of a border by one row costs as much as this much colour.
_BEND = 1.2
#: Sky is at least this bright (8 bits) and this much brighter than the rest, and smoother than.
_BRIGHT, _BRIGHTER, _SMOOTH = 110.0, 8.0, 7.0


@dataclass(frozen=True)
class Tiers:
    """Borders of the tiers, in parts of the picture's height, one for each of 64 columns.

    Attributes:
        sky: lower border of the sky, 0 where there is none.
        foot: where the ground begins, 1 where none is seen.
        has_sky: 0 ... 1, how surely there is sky.
    """

    sky: Array
    foot: Array
    has_sky: float


def find_tiers(picture: Array, subject: Array | None, horizon: float) -> Tiers:
    """Return the tiers of a picture.

    Args:
        picture: (H, W, 3) uint8.
        subject: (H, W) uint8, 255 is the subject; None is nowhere.
        horizon: height of the horizon in parts of the picture's height.
    """
    size = (_COLUMNS, _ROWS)
    features = _features(picture, size)
    free = np.ones((_ROWS, _COLUMNS), bool)
    if subject is not None:
        free = cv2.resize(subject, size, interpolation=cv2.INTER_AREA) < 24
    rows = max(round(_SEED * _ROWS), 2)
    line = float(np.clip(horizon, 0.0, 1.0)) * _ROWS
    has_sky = _sky_belief(features, free, rows)
    sky = np.zeros(_COLUMNS)
    if has_sky > 0.0:
        like = _like(features, free, slice(0, rows))
        dull = (features[..., 0] < _BRIGHT) | (features[..., 3] > 2 * _SMOOTH)
        like = np.where(dull, np.minimum(like, -1.0), like)
        lowest = min(int(np.ceil(line)) + 1, _ROWS)
        sky = _border(np.where(free, like, 0.0), lowest, from_top=True)
    like = _like(features, free, slice(_ROWS - rows, _ROWS))
    highest = int(np.clip(np.floor(line), 0, _ROWS - 1))
    foot = _ROWS - _border(np.where(free, like, 0.0)[::-1], _ROWS - highest, from_top=False)
    return Tiers(sky / _ROWS, foot / _ROWS, has_sky)


def _features(picture: Array, size: tuple[int, int]) -> Array:
    """Return (h, w, 4) float32: Lab, and how much lightness varies within the cell."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    light = lab[..., 0]
    mean = cv2.resize(lab, size, interpolation=cv2.INTER_AREA)
    square = cv2.resize(light * light, size, interpolation=cv2.INTER_AREA)
    spread = np.sqrt(np.maximum(square - mean[..., 0] ** 2, 0.0))
    return np.dstack([mean, spread])


def _like(features: Array, free: Array, rows: slice) -> Array:
    """Return (h, w): positive where a cell looks like those of ``rows``, negative where not."""
    seeds = features[rows][free[rows]]
    if len(seeds) < 8:
        seeds = features[rows].reshape(-1, 4)
    # Two kinds, such as lawn and path, sun and shade.
    criteria = (cv2.TERM_CRITERIA_COUNT, 10, 0.0)
    first = np.argsort(np.argsort(seeds[:, 0])) * 2 // len(seeds)
    labels = first.astype(np.int32).reshape(-1, 1)
    flags = cv2.KMEANS_USE_INITIAL_LABELS
    kinds = np.asarray(cv2.kmeans(seeds, 2, labels, criteria, 1, flags)[1]).ravel()
    nearest = np.full(features.shape[:2], np.inf, np.float32)
    for kind in range(2):
        members = seeds[kinds == kind]
        if len(members) < 4:
            continue
        middle = members.mean(axis=0)
        spread = members.std(axis=0) + np.array([6.0, 3.0, 3.0, 4.0], np.float32)
        nearest = np.minimum(nearest, np.square((features - middle) / spread).sum(axis=2) / 2)
    return np.asarray(1.0 - np.minimum(nearest, 2.0 * _FAR) / (_FAR / 2))


def _border(gain: Array, deepest: int, *, from_top: bool) -> Array:
    """Return (w,) how many rows from the top belong to the tier, at most ``deepest``."""
    columns = gain.shape[1]
    total = np.vstack([np.zeros((1, columns)), np.cumsum(gain, axis=0)])[: deepest + 1]
    count = len(total)
    apart = _BEND * np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    # A step of more than a few rows is another thing's border and costs no more.
    apart = np.minimum(apart, 6.0 * _BEND)
    best = total[:, 0]
    came = np.zeros((columns, count), np.int64)
    for column in range(1, columns):
        options = best[None] - apart
        came[column] = options.argmax(axis=1)
        best = options.max(axis=1) + total[:, column]
    path = np.empty(columns, np.int64)
    path[-1] = int(best.argmax())
    for column in range(columns - 1, 0, -1):
        path[column - 1] = came[column, path[column]]
    return path.astype(np.float64)


def _sky_belief(features: Array, free: Array, rows: int) -> float:
    """Return 0 ... 1, whether the top of the picture looks like sky."""
    top, rest = features[:rows][free[:rows]], features[rows:][free[rows:]]
    if len(top) < 0.3 * rows * _COLUMNS or not len(rest):
        return 0.0
    light = float(np.median(top[:, 0]))
    brighter = light - float(np.median(rest[:, 0]))
    if light < _BRIGHT or brighter < _BRIGHTER or float(np.median(top[:, 3])) > _SMOOTH:
        return 0.0
    blue = float(np.clip((128.0 - np.median(top[:, 2])) / 12.0, 0.0, 1.0))
    white = float(np.clip((light - 200.0) / 40.0, 0.0, 1.0))
    return max(blue, 0.7 * white, min(brighter / 80.0, 0.5))
