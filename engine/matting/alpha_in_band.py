"""Alpha between what is surely subject and surely background: the product's own trimap matting.

Closed-form matting says how alpha changes, the colours of both sides what it is where smoothness
alone would let it drift. See :mod:`.band_solver` and :mod:`.colour_samples`.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .band_solver import Problem, solve
from .colour_samples import told_by_colours
from .spread import spread
from .window import around

#: Steps on each level, from the full size down.
STEPS = (4, 8, 20, 40)
#: What a slope of alpha over colour costs.
EPSILON = 1e-6
#: Weight of what colours tell, against alpha's smoothness.
TOLD = 1e-3
#: Short side at which colours of both sides are compared, pixels.
SAMPLED_PX = 135
#: A cell of a reduced trimap is on one side when all but this little of it is.
SURE = 1 - 1e-4
#: Alpha this close to 0 and 1 is drawn to them: in noise it never is exactly.
SNAP = 0.03


def alpha_in_band(picture: Array, trimap: Array) -> Array:
    """Return alpha (H, W) float32, 0 ... 1; the trimap itself where it is 0 or 1.

    Args:
        picture: (H, W, 3) float32 RGB, 0 ... 1.
        trimap: (H, W) float32; 0 is background, 1 the subject, anything between unknown.
    """
    unknown = (trimap > 0) & (trimap < 1)
    window = around(unknown)
    if window is None:
        return trimap
    picture, sides = np.ascontiguousarray(picture[window]), trimap[window]
    band = unknown[window].astype(np.float32)
    told, confidence = _told(picture, sides)
    weights = np.where(band > 0, confidence, np.float32(1.0))
    # Where colours do not tell, start from what they tell nearby.
    seen = np.where(band > 0, told, sides)
    guess = spread(cv2.merge([seen, seen]), weights)[..., 0]
    problem = Problem(picture, band, sides, guess, confidence * np.float32(TOLD))
    found = solve(problem, STEPS, epsilon=EPSILON)
    result = trimap.copy()
    result[window] = np.where(band > 0, snapped(found.alpha, SNAP), sides)
    return result


def snapped(alpha: Array, within: float) -> Array:
    """Return ``alpha``, 0 ... 1, exactly 0 and 1 where it was ``within`` that or beyond."""
    scale = np.float32(1 / (1 - 2 * within))
    return np.asarray(np.clip((alpha - np.float32(within)) * scale, 0.0, 1.0))


def _told(picture: Array, sides: Array) -> tuple[Array, Array]:
    """Return what colours tell of alpha and their confidence, compared at a reduced size."""
    height, width = sides.shape
    shrink = max(1.0, min(height, width) / SAMPLED_PX)
    size = (round(width / shrink), round(height / shrink))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    reduced = cv2.resize(sides, size, interpolation=cv2.INTER_AREA)
    told = told_by_colours(small, reduced >= SURE, reduced <= 1 - SURE)
    planes = cv2.merge([told.alpha, told.confidence])
    planes = cv2.resize(planes, (width, height), interpolation=cv2.INTER_LINEAR)
    alpha, confidence = cv2.split(planes)
    return alpha, confidence
