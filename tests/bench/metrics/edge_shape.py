"""The edge as it is seen in a picture: its width and jaggedness along the normals of an outline.

Our own definition. Light is read along the normals of the true matte's outline and projected on the
difference between what lies a few pixels inside and outside, so that it goes from 0 to 1 whatever
the colours. The width is how far it takes from 0.1 to 0.9, the place where it passes 0.5; it is
linear light, in which a lens mixes, so an edge has one width against bright and against dark.
Jagged is what leads away from the true outline and back within a few pixels; a corner or a fold of
the true outline is none. Pictures are compared at the same places: those where every one of them
has an edge to measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import Array, as_float
from .outline import inside, normals, outlines, read, slow_off, smooth

#: How far profiles reach to each side, px, their step, and the length of the two plateaus.
_REACH_PX, _STEP_PX, _PLATEAU_PX = 8.0, 0.25, 3.0
#: Smoothing of the outline before normals are taken.
_NORMAL_PX = 2.0
#: An edge shows when its sides differ by this much, display values, and are this even themselves,
#: as a share of their difference of light.
_CONTRAST, _UNEVEN = 0.2, 0.12
#: The profile must pass 0.5 this near to the outline.
_NEAR_PX = 3.0
#: With fewer places, px of outline over all frames, nothing is told.
_LEAST_PX = 24.0


@dataclass(frozen=True)
class EdgeShape:
    """An edge in a picture.

    Attributes:
        width_px: from 10 to 90 % of the light, median over places; an antialiased edge has 1.4.
        jagged_px: rms distance from the true outline, of which what changes slowly along it is
            taken off. In pictures texture and noise on both sides are in it.
    """

    width_px: float
    jagged_px: float


def edge_shapes(
    pictures: Sequence[Array], true_alpha: Array, spare: Array
) -> list[EdgeShape] | None:
    """Return the shape of the same edge in several clips; None where too little of it shows.

    Args:
        pictures: (T, H, W, 3) each, 0 ... 1 or uint8; or (T, H, W) a matte, which is light itself.
        true_alpha: (T, H, W) of the subject in all of them.
        spare: (T, H, W) bool, what does not count, such as hair.
    """
    widths: list[list[Array]] = [[] for _ in pictures]
    squares: list[list[Array]] = [[] for _ in pictures]
    for t, (alpha, out) in enumerate(zip(as_float(true_alpha), spare, strict=True)):
        frames = [_light_of(as_float(clip[t])) for clip in pictures]
        for points in outlines(alpha):
            found = [_profile(light, points) for light in frames]
            counts = np.logical_and.reduce([np.isfinite(width) for width, _ in found])
            counts &= inside(points, alpha.shape, _REACH_PX)
            counts &= read(out.astype(np.float32), points) == 0.0
            for number, (width, place) in enumerate(found):
                widths[number].append(width[counts])
                squares[number].append(_jagged(place, counts)[counts] ** 2)
    return _told(widths, squares)


def _told(widths: list[list[Array]], squares: list[list[Array]]) -> list[EdgeShape] | None:
    both = [
        (np.concatenate([*one, []]), np.concatenate([*other, []]))
        for one, other in zip(widths, squares, strict=True)
    ]
    # Points of an outline are a quarter of a pixel apart.
    if not both or len(both[0][0]) < 4 * _LEAST_PX:
        return None
    return [
        EdgeShape(float(np.median(width)), float(np.sqrt(square.mean()))) for width, square in both
    ]


def _profile(light: Array, points: Array) -> tuple[Array, Array]:
    """Return the widths (n,) at the points of an outline, and where 0.5 is passed, px outwards.

    NaN where there is no clean edge.
    """
    way = normals(smooth(points, _NORMAL_PX))
    steps = np.arange(-_REACH_PX, _REACH_PX + _STEP_PX / 2, _STEP_PX)
    places = points[:, None] + steps[None, :, None] * way[:, None]
    seen = read(light, places.reshape(-1, 2)).reshape(len(points), len(steps), 3)
    plateau = round(_PLATEAU_PX / _STEP_PX)
    ends = (slice(None, plateau), slice(-plateau, None))
    one, other = (seen[:, end].mean(axis=1) for end in ends)
    between = other - one
    size = np.maximum((between**2).sum(axis=1), 1e-9)
    shares = ((seen - one[:, None]) * between[:, None]).sum(axis=2) / size[:, None]
    uneven = np.maximum(*(shares[:, end].std(axis=1) for end in ends))
    contrast = np.linalg.norm(_display(other) - _display(one), axis=1)
    clean = (contrast >= _CONTRAST) & (uneven <= _UNEVEN)
    middle = _passes(shares, steps, 0.5, np.zeros(len(points)))
    low, high = (_passes(shares, steps, level, middle) for level in (0.1, 0.9))
    clean &= (np.abs(middle) <= _NEAR_PX) & (high > low)
    return np.where(clean, high - low, np.nan), np.where(clean, middle, np.nan)


def _passes(shares: Array, steps: Array, level: float, near: Array) -> Array:
    """Return where each profile (n, s) rises through a level, the place nearest to ``near``.

    Below 0.5 the last rise before the middle is meant, above it the first after.
    """
    below, above = shares[:, :-1], shares[:, 1:]
    rises = (below < level) & (above >= level)
    part = (level - below) / np.where(rises, above - below, 1.0)
    at = steps[:-1] + part * _STEP_PX
    side = (at <= near[:, None]) if level < 0.5 else (at >= near[:, None])
    valid = rises if level == 0.5 else rises & side
    away = np.where(valid, np.abs(at - near[:, None]), np.inf)
    first = np.nanargmin(np.where(np.isnan(away), np.inf, away), axis=1)
    rows = np.arange(len(shares))
    return np.where(np.isfinite(away[rows, first]), at[rows, first], np.nan)


def _jagged(place: Array, counts: Array) -> Array:
    """Return how far the seen edge is off the true one but for what changes slowly, (n,) px."""
    if not counts.any():
        return np.zeros(len(place))
    known = np.flatnonzero(counts)
    return slow_off(np.interp(np.arange(len(place)), known, place[known]))


def _light_of(frame: Array) -> Array:
    """Return (H, W, 3) float32 light of display values, or of a matte."""
    light = np.dstack([frame] * 3) if frame.ndim == 2 else _linear(frame)
    return light.astype(np.float32)


def _linear(display: Array) -> Array:
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)


def _display(light: Array) -> Array:
    root = 1.055 * np.maximum(light, 0.0031308) ** (1.0 / 2.4) - 0.055
    return np.where(light <= 0.0031308, 12.92 * light, root)
