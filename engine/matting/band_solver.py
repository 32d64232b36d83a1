"""Closed-form matting (Levin, Lischinski and Weiss 2008) in a band, solved from coarse to fine.

The equations are smooth at first and local in the end, so most of the work is done on reduced
pictures: each level starts from the linear model that the level below found, drawn with the finer
picture's own colours, and takes a few conjugate gradient steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array
from .laplacian import MattingLaplacian

#: A picture this short is not reduced further, pixels.
SHORT_PX = 48
#: How far alpha may overshoot while it is being found.
OVERSHOOT = 0.1


@dataclass(frozen=True)
class Problem:
    """What is known of a part of a picture; all are (H, W) float32 but the picture.

    Attributes:
        picture: (H, W, 3) float32 RGB, 0 ... 1.
        band: above 0 where alpha is asked for.
        known: alpha elsewhere.
        guess: alpha in the band, to start from and to keep to.
        weight: how strongly to keep to the guess, against alpha's smoothness.
    """

    picture: Array
    band: Array
    known: Array
    guess: Array
    weight: Array

    def halved(self) -> Problem:
        """Return the problem on a picture of half the size."""
        height, width = self.known.shape
        size = ((width + 1) // 2, (height + 1) // 2)
        planes = [self.band, self.known, self.guess, self.weight]
        reduced = cv2.resize(cv2.merge(planes), size, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(self.picture, size, interpolation=cv2.INTER_AREA)
        return Problem(picture, *cv2.split(reduced))


@dataclass(frozen=True)
class Solved:
    """The solution of a problem.

    Attributes:
        alpha: (H, W) float32; may overshoot 0 ... 1 a little.
        model: (H, W, 4) float32, alpha as a linear function of colour: factors and constant.
    """

    alpha: Array
    model: Array


def solve(problem: Problem, steps: tuple[int, ...], *, epsilon: float, radius: int = 2) -> Solved:
    """Return the solution of a problem.

    Args:
        problem: what is known.
        steps: of the conjugate gradients on each level, from the full size down; small pictures
            have fewer levels.
        epsilon: what a slope of alpha over colour costs in a window.
        radius: of the windows in which alpha is linear in colour, pixels.
    """
    levels = [problem]
    while len(levels) < len(steps) and min(levels[-1].known.shape) >= 2 * SHORT_PX:
        levels.append(levels[-1].halved())
    found: Solved | None = None
    for level, count in reversed(list(zip(levels, steps, strict=False))):
        guess = level.guess if found is None else _enlarged(found.model, level.picture)
        band = (level.band > 0).astype(np.float32)
        start = level.known + band * (guess - level.known)
        operator = MattingLaplacian(level.picture, radius, epsilon)
        alpha = _descend(operator, start, band, level, count)
        found = Solved(alpha, operator.coefficients(alpha))
    assert found is not None
    return found


def apply_model(picture: Array, model: Array) -> Array:
    """Return the alpha (H, W) that a linear model (H, W, 4) draws from colours (H, W, 3)."""
    return np.asarray(cv2.transform(cv2.multiply(_with_ones(picture), model), np.ones((1, 4))))


def _with_ones(picture: Array) -> Array:
    ones = np.ones(picture.shape[:2], np.float32)
    return cv2.merge([*cv2.split(picture), ones])


def _enlarged(model: Array, picture: Array) -> Array:
    size = (picture.shape[1], picture.shape[0])
    large = cv2.resize(model, size, interpolation=cv2.INTER_LINEAR)
    return np.clip(apply_model(picture, large), -OVERSHOOT, 1 + OVERSHOOT)


def _descend(
    operator: MattingLaplacian, alpha: Array, band: Array, level: Problem, count: int
) -> Array:
    """Return ``alpha`` after ``count`` steps of preconditioned conjugate gradients in the band."""
    weight = level.weight * band
    scale = band / (operator.diagonal + weight)
    left = (weight * (level.guess - alpha) - operator(alpha)) * band
    way = scale * left
    energy = _dot(left, way)
    for _ in range(count):
        slope = operator(way)
        slope += weight * way
        slope *= band
        step = np.float32(energy / max(_dot(way, slope), 1e-30))
        alpha = alpha + step * way
        left -= step * slope
        steepest = scale * left
        before, energy = energy, _dot(left, steepest)
        way *= np.float32(energy / max(before, 1e-30))
        way += steepest
    return alpha


def _dot(first: Array, second: Array) -> float:
    return float(np.dot(first.ravel(), second.ravel()))
