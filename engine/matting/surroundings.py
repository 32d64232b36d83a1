"""What in a box is subject, told by the colours around the box.

A colour that is as common beside, above and below a place as it is there belongs to what goes on
behind the subject; one that is more common in the box than around it is the subject's. Compared in
overlapping windows, since sky and ground share no colours (after the object and surroundings
histograms of Possegger et al., CVPR 2015).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..clip.clip import Array
from .local_colour import BINS, smooth_histograms

#: Half width of the windows and their distance, and how far around the box is looked, as shares of
#: its longer side and of the window.
REACH, STEP, AROUND = 0.3, 0.5, 0.5
#: Weight of what lies level with or above and below a window, and of the whole picture.
LEVEL, WHOLE = 0.5, 0.05
#: Counts, of a window of one pixel, that say nothing.
NOTHING = 0.5
#: Least share of either side.
LEAST = 0.02
#: A subject fills its box more often than not.
BIAS = 0.15


class Box(NamedTuple):
    """Left, top, right and bottom in pixels, the last two excluded."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def long(self) -> int:
        """The longer side in pixels."""
        return max(self.x1 - self.x0, self.y1 - self.y0)

    @property
    def area(self) -> int:
        """Pixels inside."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)

    def mask(self, shape: tuple[int, ...]) -> Array:
        """Return where the box is in a picture of ``shape``, (H, W) bool."""
        inside = np.zeros(shape[:2], bool)
        inside[self.y0 : self.y1, self.x0 : self.x1] = True
        return inside


def surroundings_say(codes: Array, box: Box, *, tight: bool = True) -> Array:
    """Return the log odds (H, W) float32 that pixels in ``box`` are subject; 0 outside.

    Args:
        codes: of :func:`..local_colour.colour_codes`, (H, W).
        box: round the subject.
        tight: nothing of the subject lies outside; what is seen above the box or beside it is
            background even where the other is not.
    """
    inside = box.mask(codes.shape)
    reach = max(8, int(REACH * box.long))
    step = max(4, int(reach * STEP))
    colours = _Colours(codes, inside, box, reach, tight)
    said, weights = np.zeros(codes.shape, np.float32), np.full(codes.shape, 1e-6, np.float32)
    for y in range(box.y0, box.y1 + step, step):
        for x in range(box.x0, box.x1 + step, step):
            rows = slice(max(0, y - reach), y + reach + 1)
            columns = slice(max(0, x - reach), x + reach + 1)
            behind = colours.behind(rows, columns)
            if behind is None:
                continue
            part = (
                slice(max(rows.start, box.y0), min(rows.stop, box.y1)),
                slice(max(columns.start, box.x0), min(columns.stop, box.x1)),
            )
            weight = _falling(part[0], y, reach)[:, None] * _falling(part[1], x, reach)
            said[part] += weight * behind[codes[part]]
            weights[part] += weight
    background = np.clip(said / weights, LEAST, 1 - LEAST)
    odds = np.log((1 - background) / background) + np.float32(BIAS)
    return np.where(inside, odds, np.float32(0))


class _Colours:
    """How common colours are in windows, and around them."""

    def __init__(self, codes: Array, inside: Array, box: Box, reach: int, tight: bool) -> None:
        self._codes, self._inside, self._box, self._tight = codes, inside, box, tight
        self._area = float(reach * reach)
        self._far = max(4, int(AROUND * box.long))
        self._outside, self._within = (
            counts / max(1.0, counts.sum())
            for counts in (_histogram(codes[~inside]), _histogram(codes[inside]))
        )

    def behind(self, rows: slice, columns: slice) -> Array | None:
        """Return how likely each colour (BINS,) in a window is background; None if it is empty."""
        window, within = self._codes[rows, columns], self._inside[rows, columns]
        here = _histogram(window[within])
        if here.sum() < 10:
            return None
        near = _histogram(window[~within])
        share = WHOLE * self._area
        inner = (here + self._within * 0.3 * share) / (here.sum() + 0.3 * share)
        nothing = NOTHING / self._area
        beside, above = (LEVEL * _histogram(level) for level in self._level(rows, columns))
        ways = (near + beside, near + above) if self._tight else ()
        likely = []
        for around in (near + beside + above, *ways):
            outer = (around + self._outside * share) / (around.sum() + share)
            likely.append(np.minimum(1, (outer + 0.3 * nothing) / (inner + nothing)))
        return np.asarray((likely[0] + np.maximum.reduce(likely[-2:])) / 2)

    def _level(self, rows: slice, columns: slice) -> list[Array]:
        """Return the colours beside the box that are level with a window, and above and below."""
        box, far = self._box, self._far
        beside = [
            self._codes[rows, max(0, box.x0 - far) : box.x0],
            self._codes[rows, box.x1 : box.x1 + far],
        ]
        above = [
            self._codes[max(0, box.y0 - far) : box.y0, columns],
            self._codes[box.y1 : box.y1 + far, columns],
        ]
        return [np.concatenate([part.ravel() for part in parts]) for parts in (beside, above)]


def _histogram(codes: Array) -> Array:
    return np.asarray(smooth_histograms(np.bincount(codes.ravel(), minlength=BINS)[None])[0])


def _falling(part: slice, middle: int, reach: int) -> Array:
    """Return weights along one side of a window, 1 in its middle, falling to its rim."""
    away = np.abs(np.arange(part.start, part.stop, dtype=np.float32) - middle)
    return np.asarray(np.maximum(1 - away / (reach + 1), 0), np.float32)
