"""Fades from and to black or white, and dissolves from one scene into another.

While a picture fades, its contrast goes to nothing and the pictures stay alike up to a factor.
While one scene dissolves into another, every frame is a mixture of the first and the last one, with
a share that rises from 0 to 1, and the fine structure of both is weakened by their shares: its
energy dips to a half (the parabola of Alattar 1993). A camera that moves on gives neither, and a
light that changes leaves a picture of the same structure.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise

import cv2
import numpy as np

from ...clip.clip import Array
from .likeness import SceneMatcher

#: Standard deviation below which a tiny picture shows nothing, and the levels that are black and
#: white, 8-bit codes.
_EMPTY, _BLACK, _WHITE = 3.0, 32.0, 225.0
#: A fade takes at least this many frames beside the empty ones, and at most this time.
_LEAST_FRAMES, _LONGEST_S = 3, 3.0
#: A fade's frame is this well the next one times a factor (correlation).
_FAITHFUL = 0.7
#: What is smaller than this is fine structure, px.
_FINE_PX = 9
#: Lengths of dissolves that are tried, seconds.
_LENGTHS_S = (0.28, 0.5, 0.85, 1.4, 2.2)
#: Mean difference, 8-bit codes, of two scenes that are worth a closer look.
_APART = 8.0
#: Largest distance of a frame from its mixture, as part of the distance of the two scenes.
_STRAIGHT = 0.4
#: Shares before and behind a dissolve stray no more than this from 0 and 1.
_STILL = 0.12
#: A step of a share that is a cut.
_JUMP = 0.5
#: The fine structure's energy falls below this part of what it is at the ends, and strays from the
#: parabola by no more than this part on average.
_DIP, _PARABOLA = 0.75, 0.2
#: Without a dip to less than this, a straight line between the ends, nothing more is looked at.
_QUICK_DIP = 0.85
#: Of the middle frame's fine structure, the part that the two ends explain at least, and the least
#: share of either.
_EXPLAINED, _LEAST_PART = 0.06, 0.04
#: Likeness below which the two ends of a dissolve are different scenes.
_DIFFERENT = 0.55

Range = tuple[int, int]


class FadeFinder:
    """Is shown every frame, in order, and then tells where the clip fades."""

    def __init__(self, matcher: SceneMatcher, fps: float) -> None:
        """Prepare for pictures that ``matcher`` compares."""
        self._matcher = matcher
        self._lengths = sorted({max(5, round(length * fps)) for length in _LENGTHS_S})
        self._longest = round(_LONGEST_S * fps)
        self._margin = max(2, round(0.1 * fps))
        keep = self._lengths[-1] + 2 * self._margin + 1
        self._greys: deque[Array] = deque(maxlen=keep)
        self._tinies: deque[Array] = deque(maxlen=keep)
        self._energies: deque[float] = deque(maxlen=keep)
        self._levels: list[tuple[float, float]] = []
        self._kept: list[Array] = []
        self._dissolves: list[Range] = []

    def see(self, grey: Array, tiny: Array) -> None:
        """Take the next frame's grey picture and its tiny one in colour, uint8."""
        flat = tiny.astype(np.float32)
        luma = cv2.cvtColor(tiny, cv2.COLOR_RGB2GRAY)
        (mean,), (deviation,) = cv2.meanStdDev(luma)
        self._levels.append((float(mean[0]), float(deviation[0])))
        self._kept.append(luma)
        self._greys.append(grey)
        self._energies.append(float(cv2.norm(_fine(grey), cv2.NORM_L2SQR)) / grey.size)
        self._tinies.append(flat.ravel())
        if len(self._levels) % self._margin == 0:
            self._look_for_dissolve()

    def answer(self, cuts: list[int]) -> tuple[Range, ...]:
        """Return first and last frame of each fade; none holds one of ``cuts`` unless in black."""
        fades = self._to_and_from_empty()
        dissolves = [
            one
            for one in _without_overlap(self._dissolves)
            if not any(one[0] < cut <= one[1] for cut in cuts)
            and not any(one[0] <= last and first <= one[1] for first, last in fades)
        ]
        return tuple(sorted(fades + dissolves))

    # Dissolves ------------------------------------------------------------------------------

    def _look_for_dissolve(self) -> None:
        newest = len(self._tinies) - 1 - self._margin
        for length in self._lengths:
            first = newest - length
            if first < self._margin:
                break
            found = self._dissolve(first, newest)
            if found is not None:
                offset = len(self._levels) - len(self._tinies)
                self._dissolves.append((found[0] + offset, found[1] + offset))
                break

    def _dissolve(self, first: int, last: int) -> Range | None:
        """Return the dissolve between two kept frames that are full pictures, if there is one."""
        way = self._tinies[last] - self._tinies[first]
        if float(np.abs(way).mean()) < _APART:
            return None
        energies = np.array([self._energies[at] for at in range(first, last + 1)])
        straight = np.linspace(energies[0], energies[-1], len(energies))
        if not (energies < _QUICK_DIP * straight).any():
            return None
        shares = self._shares(first, last, way)
        if shares is None or not _dips(energies, shares[self._margin : -self._margin].clip(0, 1)):
            return None
        middle = first - self._margin + int(np.abs(shares - 0.5).argmin())
        greys = self._greys[first], self._greys[last]
        if not _is_mixture(self._greys[middle], *greys):
            return None
        if self._matcher.likeness(*greys) > _DIFFERENT:
            return None
        return _ends(shares, first - self._margin)

    def _shares(self, first: int, last: int, way: Array) -> Array | None:
        """Return the last frame's share in each frame, from before to behind, if it rises."""
        span = float(way @ way)
        places = range(first - self._margin, last + self._margin + 1)
        offsets = np.stack([self._tinies[place] - self._tinies[first] for place in places])
        shares = offsets @ way / span
        strays = np.sqrt(np.maximum((offsets * offsets).sum(1) - shares**2 * span, 0.0) / span)
        inner = slice(self._margin, -self._margin)
        still = np.concatenate([shares[: self._margin], shares[-self._margin :] - 1.0])
        steps = np.diff(shares[inner])
        rises = float(steps.min()) > -_STILL and float(steps.max()) < _JUMP
        if not rises or np.abs(still).max() > _STILL or strays[inner].max() > _STRAIGHT:
            return None
        return np.asarray(shares)

    # Black and white ------------------------------------------------------------------------

    def _to_and_from_empty(self) -> list[Range]:
        levels = np.array(self._levels).reshape(-1, 2)
        mean, contrast = levels[:, 0], levels[:, 1]
        empty = (contrast < _EMPTY) & ((mean < _BLACK) | (mean > _WHITE))
        fades: list[Range] = []
        for first, last in _runs(empty):
            begins = self._way_out(first, -1, contrast)
            ends = self._way_out(last, 1, contrast)
            if begins < first and fades and begins <= fades[-1][1]:
                begins = first
            if begins < first or ends > last:
                fades.append((begins, ends))
        return fades

    def _way_out(self, edge: int, step: int, contrast: Array) -> int:
        """Return the last frame of a fade that leads from an empty frame, or that frame."""
        place, highest = edge, float(contrast[edge])
        while 0 <= place + step < len(contrast) and abs(place + step - edge) <= self._longest:
            following = float(contrast[place + step])
            if following < 1.02 * highest + 0.2:
                break
            place, highest = place + step, following
        if abs(place - edge) < _LEAST_FRAMES or not self._faithful(edge, place, step, contrast):
            return edge
        return place - step  # the first full picture is no part of it

    def _faithful(self, edge: int, full: int, step: int, contrast: Array) -> bool:
        """Return whether each frame between is the next one, more or less of it."""
        inner = [k for k in range(edge + step, full + step, step) if contrast[k] > _EMPTY]
        alike = [_correlation(self._kept[one], self._kept[other]) for one, other in pairwise(inner)]
        return len(alike) >= 2 and min(alike) > _FAITHFUL


def _correlation(first: Array, second: Array) -> float:
    a, b = (plane.astype(np.float32) - plane.mean() for plane in (first, second))
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-6))


def _dips(energies: Array, shares: Array) -> bool:
    """Return whether fine structure is weakened as a mixture weakens it."""
    ends = float(energies[0] + energies[-1]) / 2
    parabola = (1 - shares) ** 2 * energies[0] + shares**2 * energies[-1]
    straight = (1 - shares) * energies[0] + shares * energies[-1]
    strays = float(np.abs(energies - parabola).mean())
    return bool((energies < _DIP * straight).any()) and strays < _PARABOLA * ends


def _is_mixture(middle: Array, first: Array, last: Array) -> bool:
    """Return whether fine structure of both ends is in the middle, at its own place."""
    parts = np.stack([_fine(grey).astype(np.float64).ravel() for grey in (first, last)], axis=1)
    mixed = _fine(middle).astype(np.float64).ravel()
    shares = np.linalg.lstsq(parts, mixed, rcond=None)[0]
    left = mixed - parts @ shares
    explained = float(left @ left) < (1 - _EXPLAINED) * float(mixed @ mixed)
    return explained and float(shares.min()) > _LEAST_PART


def _fine(grey: Array) -> Array:
    plane = grey.astype(np.float32)
    return plane - cv2.blur(plane, (_FINE_PX, _FINE_PX))


def _ends(shares: Array, offset: int) -> Range | None:
    """Return first and last frame of the straight line through the middle of a rise."""
    early, late = (int(np.argmax(shares > level)) for level in (0.25, 0.75))
    half = (late - early) / 2
    first, last = round(early - half), round(late - 1 + half)
    return (first + offset, last + offset) if last - first + 1 >= _LEAST_FRAMES else None


def _runs(mask: Array) -> list[Range]:
    """Return first and last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _without_overlap(ranges: list[Range]) -> list[Range]:
    """Return ranges joined where they overlap."""
    joined: list[Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined
