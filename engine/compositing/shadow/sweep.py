"""What a body covers along a direction: its level sections, moved aside and put together.

A light far away moves each level section of a body aside in proportion to its height, and the
shadow is what any of them covers: the shear of a shear-warp renderer (P. Lacroute, M. Levoy,
*Fast volume rendering using a shear-warp factorization*, SIGGRAPH 1994). Sections are joined in
pairs, the pairs in pairs, and so on, as lines are in the fast discrete Radon transform (M. Brady,
SIAM J. Computing 1998). A pair's distance is a whole number of cells; what is left of the way of a
section is in its own place.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from ...clip.clip import Array

#: Codes of how much of a cell's depth is filled, and of how much of its width; all is 255.
_DEEP, _WIDE = 15, 17
#: Part of a cell that is too little to count.
_LEAST = 0.02
#: So many times sections are joined before shares of them are told apart.
_TOGETHER = 3


class Sections(NamedTuple):
    """Level sections of a body: each column of each level is filled over some depth.

    Attributes:
        solid: (levels, w) float32, 0 ... 1, how much of a cell's width is filled.
        near: (levels, w) float32, nearness of its middle, in cells.
        half: (levels, w) float32, half its depth, in cells.
        left: the first column.
    """

    solid: Array
    near: Array
    half: Array
    left: int


class Patch(NamedTuple):
    """What is covered of a plane.

    Attributes:
        left: the first column.
        back: nearness of the first row, in cells.
        codes: (h, w) uint8, 255 is all of a cell.
    """

    left: int
    back: int
    codes: Array


class Way(NamedTuple):
    """How sections get to their place.

    Attributes:
        start: (2,) whole cells that all of them go, across and nearer.
        steps: (k, 2) whole cells between the parts of a pair, from neighbours upward.
        rest: (levels, 2) float32, cells that each goes by itself.
    """

    start: Array
    steps: Array
    rest: Array


def way_of(shifts: Array) -> Way:
    """Return how sections go by (levels, 2) cells, across and nearer, that grow evenly."""
    count = len(shifts)
    start = np.rint(shifts[0]).astype(np.int64)
    bits = max(count - 1, 0).bit_length()
    slope = (shifts[-1] - shifts[0]) / max(count - 1, 1)
    steps = np.rint(slope * (1 << np.arange(bits))[:, None]).astype(np.int64)
    taken = (np.arange(count)[:, None] >> np.arange(bits)) & 1
    return Way(start, steps, (shifts - start - taken @ steps).astype(np.float32))


def swept(sections: Sections, way: Way, shares: Array, under: int = 0) -> list[Patch]:
    """Return what sections cover that have been moved by ``way.rest``, for each share by itself.

    Args:
        sections: to join.
        way: of all but the first ``under`` of them.
        shares: (n, levels) of those, 0 ... 1, how much a section counts; they change slowly.
        under: sections that go with the next one.
    """
    inside = sections.solid > _LEAST
    columns = np.flatnonzero(inside.any(axis=0))
    if not len(columns):
        return [Patch(sections.left, 0, np.zeros((1, 1), np.uint8))] * len(shares)
    used = np.s_[:, int(columns[0]) : int(columns[-1]) + 1]
    solid, near, half = (np.ascontiguousarray(one[used]) for one in sections[:3])
    slabs, first = _slabs(solid, near, half, inside[used])
    slabs[under] = slabs[: under + 1].max(axis=0)
    left = sections.left + int(columns[0]) + int(way.start[0])
    stack = _Stack(slabs[under:], left, first + int(way.start[1]))
    steps = way.steps.tolist() if way.steps.any() else []
    # Most of the work is done for all shares at once.
    common = stack.joined(steps[:_TOGETHER])
    firsts = np.arange(0, len(slabs) - under, 1 << len(steps[:_TOGETHER]))
    sizes = np.diff(np.append(firsts, len(slabs) - under))
    patches = []
    for share in shares:
        means = np.add.reduceat(share, firsts) / sizes
        patches.append(common.scaled(means).joined(steps[_TOGETHER:]).patch())
    return patches


class _Stack(NamedTuple):
    """Sections that have been joined so far.

    Attributes:
        slabs: (n, h, w) uint8.
        left: column of the first cell of the first.
        back: nearness of its first row.
    """

    slabs: Array
    left: int
    back: int

    def joined(self, steps: list[list[int]]) -> _Stack:
        """Return the stack with neighbours joined over and over, so many cells apart."""
        slabs, left, back = self
        for across, nearer in steps:
            count, deep, wide = slabs.shape
            shape = ((count + 1) // 2, deep + abs(nearer), wide + abs(across))
            pairs = np.zeros(shape, np.uint8)
            x, y = max(-across, 0), max(-nearer, 0)
            pairs[:, y : y + deep, x : x + wide] = slabs[::2]
            left, back = left - x, back - y
            x, y = max(across, 0), max(nearer, 0)
            second = pairs[: count // 2, y : y + deep, x : x + wide]
            np.maximum(second, slabs[1::2], out=second)
            slabs = pairs
        return _Stack(slabs, left, back)

    def scaled(self, shares: Array) -> _Stack:
        """Return the stack with each part weakened to its share, up to the last that has any."""
        if (shares > 1 - 1e-6).all():
            return self
        used = np.flatnonzero(shares > _LEAST)
        shares = shares[: used[-1] + 1 if len(used) else 1]
        slabs = np.zeros_like(self.slabs[: len(shares)])
        for slab, out, share in zip(self.slabs, slabs, shares.tolist(), strict=False):
            if share > _LEAST:
                cv2.convertScaleAbs(slab, out, alpha=share)
        return self._replace(slabs=slabs)

    def patch(self) -> Patch:
        """Return what all of it covers."""
        return Patch(self.left, self.back, self.slabs.max(axis=0))


def _slabs(solid: Array, near: Array, half: Array, inside: Array) -> tuple[Array, int]:
    """Return (levels, depth, w) uint8: what sections fill, and where their depth begins."""
    low = math.floor(float((near - half)[inside].min())) - 1
    high = math.ceil(float((near + half)[inside].max())) + 2
    # In parts of a cell: 16 bits take a quarter of the time of floats.
    cells = np.arange(high - low, dtype=np.int16)[:, None] * np.int16(_DEEP)
    middle = np.rint((near - low) * _DEEP).clip(-8000, 8000).astype(np.int16)[:, None]
    reach = np.rint((half + np.float32(0.5)) * _DEEP).astype(np.int16)[:, None]
    filled = cells - middle
    np.abs(filled, out=filled)
    np.subtract(reach, filled, out=filled)
    np.clip(filled, 0, _DEEP, out=filled)
    slabs = filled.astype(np.uint8)
    slabs *= np.rint(solid * _WIDE).astype(np.uint8)[:, None]
    return slabs, low
