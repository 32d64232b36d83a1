"""The horizon of a picture: what lines, sky, a standing person and habit say, put together.

Lines that are level in the world and run alike meet in one point of the horizon. Every height is
tried as the horizon: the right one is where the lines, continued, crowd in few places (horizon
first, after Simon, Fond and Berger, ECCV 2018, for a camera held level). Few lines say little:
then the guess is that of a person with a camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ...clip.clip import Array

#: Where pictures of people have their horizon, in parts of the height, and how far it strays.
_USUAL, _USUAL_SPREAD = 0.42, 0.16
#: Heights that are tried, in parts of the picture's height from the top.
TRIED = np.linspace(-0.25, 1.15, 57)
#: Shortest line in parts of the picture's width, and how far its direction may be off.
_SHORTEST, _OFF_RAD = 0.035, 0.012
#: Directions in the horizon are told apart this finely.
_BINS = 90
#: Log odds that lines give which are, together, as long as the picture is wide and meet.
_PER_WIDTH, _MOST = 4.0, 12.0
#: Log odds from which the lines are named as the source.
_TELLING = 2.5
#: Lines lean less than this tangent to count as upright, and by less than this from their like; so
#: many must, together so long (parts of the width).
_UPRIGHT, _LEANS, _FEWEST_UPRIGHT, _TOGETHER = 0.25, 0.02, 8, 0.8
#: How high above the ground cameras are, in parts of a person's height, and how far that strays.
_EYE, _EYE_SPREAD = 0.82, 0.25
#: Log odds lost for each hundredth of the height by which a bound is broken.
_BROKEN = 0.6


@dataclass(frozen=True)
class Height:
    """Where the horizon is, in parts of the picture's height from the top.

    Attributes:
        at: its height in the picture's middle.
        spread: standard deviation.
        source: what it was read from.
    """

    at: float
    spread: float
    source: str


def find_height(lines: Array | None, *hints: Array) -> Height:
    """Return the horizon that all evidence agrees on.

    Args:
        lines: what :func:`say_lines` said; None was not asked.
        hints: (57,) log odds of the heights in TRIED.
    """
    odds = -0.5 * np.square((TRIED - _USUAL) / _USUAL_SPREAD)
    for hint in hints:
        odds = odds + hint
    source = "a guess"
    if lines is not None:
        odds = odds + lines
    belief = np.exp(odds - odds.max())
    belief /= belief.sum()
    at = float((belief * TRIED).sum())
    spread = float(np.sqrt((belief * np.square(TRIED - at)).sum()))
    if lines is not None and float(np.interp(at, TRIED, lines)) > _TELLING:
        source = "lines that meet"
    return Height(at, max(spread, 0.02), source)


def say_lines(lines: Array, aspect: float) -> Array:
    """Return (57,) the log odds that straight lines give each height.

    Args:
        lines: (N, 4) as :func:`find_lines` returns them.
        aspect: the picture's height in parts of its width.
    """
    if len(lines) < 8:
        return np.zeros(len(TRIED))
    scores = np.array([_crowding(lines, height * aspect) for height in TRIED])
    return np.asarray(np.minimum(_PER_WIDTH * (scores - np.median(scores)), _MOST))


def say_sky(lowest: float) -> Array:
    """Return the log odds when sky reaches down to ``lowest``: no sky is below the horizon."""
    return np.asarray(-100 * _BROKEN * np.maximum(lowest - 0.02 - TRIED, 0.0))


def say_foot(foot: float) -> Array:
    """Return the log odds when somebody stands on the ground at ``foot``."""
    return np.asarray(-100 * _BROKEN * np.maximum(TRIED - foot + 0.03, 0.0))


def say_person(head: float, foot: float) -> Array:
    """Return the log odds when somebody upright is seen from ``head`` to ``foot``."""
    tall = foot - head
    off = (TRIED - (foot - _EYE * tall)) / (_EYE_SPREAD * tall)
    return np.asarray(np.maximum(-0.5 * np.square(off), -4.5))


def slope_of(lines: Array) -> float:
    """Return the horizon's slope, positive down to the right, that upright lines show; 0 if none.

    What is upright in the world is square to the horizon in the picture's middle, and converges
    evenly to both sides of it.

    Args:
        lines: (N, 4) as :func:`find_lines` returns them.
    """
    step = lines[:, 2:] - lines[:, :2]
    upright = np.abs(step[:, 0]) < _UPRIGHT * np.abs(step[:, 1])
    if upright.sum() < _FEWEST_UPRIGHT:
        return 0.0
    step, length = step[upright], np.hypot(*step[upright].T)
    lean = step[:, 0] / step[:, 1]
    across = lines[upright][:, ::2].mean(axis=1) - 0.5
    design = np.stack([np.ones(len(across)), across], axis=1)
    found = np.array([float(np.median(lean)), 0.0])
    for _ in range(8):
        weight = length / (1.0 + np.square((design @ found - lean) / _LEANS))
        normal = (design * weight[:, None]).T @ design + np.diag([0.0, 0.02 * weight.sum()])
        found = np.linalg.solve(normal, (design * weight[:, None]).T @ lean)
    near = np.abs(design @ found - lean) < _LEANS
    if near.sum() < _FEWEST_UPRIGHT or length[near].sum() < max(_TOGETHER, 0.5 * length.sum()):
        return 0.0
    return -float(found[0])


def find_lines(grey: Array, free: Array | None) -> Array:
    """Return (N, 4) segments in parts of the picture's width: x0, y0, x1, y1.

    Args:
        grey: (H, W) uint8.
        free: (H, W) uint8, 255 where the background shows; None is everywhere.
    """
    found: Any = cv2.createLineSegmentDetector().detect(grey)[0]
    if found is None:
        return np.empty((0, 4))
    lines = found.reshape(-1, 4).astype(np.float64)
    if free is not None:
        middle = np.rint((lines[:, :2] + lines[:, 2:]) / 2).astype(int)
        middle = middle.clip(0, [grey.shape[1] - 1, grey.shape[0] - 1])
        lines = lines[free[middle[:, 1], middle[:, 0]] > 0]
    lines /= grey.shape[1]
    return np.asarray(lines[np.hypot(*(lines[:, 2:] - lines[:, :2]).T) > _SHORTEST])


def _crowding(lines: Array, height: float) -> float:
    """Return what length of lines meets in the three busiest places of a level line."""
    x, y = ((lines[:, :2] + lines[:, 2:]) / 2).T
    dx, dy = (lines[:, 2:] - lines[:, :2]).T
    length = np.hypot(dx, dy)
    slope = np.abs(dy) / length
    # Lines that are almost level meet every horizon far outside, upright ones say nothing.
    useful = (slope > 0.05) & (slope < 0.97) & (np.abs(height - y) > 0.02)
    if useful.sum() < 4:
        return 0.0
    x, y, dx, dy, length = (values[useful] for values in (x, y, dx, dy, length))
    at = x + (height - y) * dx / dy - 0.5
    reach = np.hypot(at + 0.5 - x, height - y)
    off = _OFF_RAD * reach / (np.abs(dy) / length) / (1.0 + at**2)
    place = np.arctan(at) / np.pi + 0.5
    weight = length * np.minimum(1.0, 0.03 / np.maximum(off, 1e-6))
    histogram = np.bincount((place * _BINS).astype(int).clip(0, _BINS - 1), weight, _BINS)
    smooth = np.convolve(histogram, [0.5, 1.0, 0.5], mode="same")
    return float(np.sqrt(np.square(np.sort(smooth)[-3:]).sum()))
