"""Who stands where: each person's contact with the ground, held steady over time.

A person is a piece of the matte with what it holds. The contact is its lowest edge, unless it has
risen faster than the ground can go: then the person has jumped, and the ground stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import cv2
import numpy as np

from ...clip.clip import Array, Clip
from ...clip.operations import map_frames

#: Most people of one frame.
MOST = 6
#: Alpha, 16 bits, from which a pixel counts.
_INSIDE = 0x5000
#: A piece with less than this part of the largest one's pixels, or of its height, goes with the
#: nearest; so does one that this much of its width lies over and whose foot is higher.
_SMALL, _LOW, _OVER = 0.08, 0.3, 0.6
#: Whole pieces with fewer pixels than this are specks.
_SPECK_PX = 12
#: Fastest move of the ground in the picture, in heights a second; how far feet must leave it, in
#: heights, before that may be and is a jump.
_GROUND_SPEED, _JUMP = 0.3, (0.035, 0.07)
#: How near, in heights, somebody is found again in a neighbouring frame.
_SAME = 0.3
#: Frames to each side over which a foothold is averaged.
STEADY = 2
#: Part of the other foot's sole that has to be near the ground, for it to count as standing, where
#: feet are close together and where they are that many heights apart: in a stride across the
#: picture the foot that is higher is in the air, else it is farther away.
_STANDS, _STRIDE = (0.25, 1.0), (0.1, 0.25)
#: Heights from foot to foot over which two feet are told from one.
_ONE_FOOT = (0.03, 0.1)
#: Over how many heights the lower edge counts as sole.
SOLE = 0.06


class Foothold(NamedTuple):
    """Where somebody stands, in pixels of the reduced frame.

    Attributes:
        x: column of the contact.
        row: row of the contact, between pixel centres.
        tall: rows from the contact to the top.
        visible: 1 when the contact is inside the picture ... 0 when the border cuts the subject.
        left_x: column of the left foot's middle.
        left_row: row of the ground under it.
        right_x: of the right foot; that of the left when they cannot be told apart.
        right_row: of the ground under it.
    """

    x: float
    row: float
    tall: float
    visible: float
    left_x: float
    left_row: float
    right_x: float
    right_row: float

    def moved(self, right: float, down: float) -> Foothold:
        """Return the foothold that many pixels aside."""
        shift = (right, down, 0.0, 0.0, right, down, right, down)
        return Foothold(*(a + b for a, b in zip(self, shift, strict=True)))

    def halved(self) -> Foothold:
        """Return the foothold in pixels of twice the size."""
        place = self.moved(-0.5, -0.5)
        return Foothold(*(one / 2 for one in place))._replace(visible=self.visible)


_NUMBERS = len(Foothold._fields)


@dataclass(frozen=True)
class Person:
    """One person of a frame.

    Attributes:
        foothold: where it stands.
        box: left, top, right and bottom (excluded) of its pixels.
        matte: (bottom - top, right - left) float32, 0 ... 1, its part of the matte.
    """

    foothold: Foothold
    box: tuple[int, int, int, int]
    matte: Array = field(repr=False, compare=False)


def find_people(matte: Array) -> list[Person]:
    """Return the people of a small 16 bit matte, the largest first."""
    labels, stats = _pieces((matte > _INSIDE).astype(np.uint8))
    order = sorted(range(1, len(stats)), key=lambda label: -int(stats[label, cv2.CC_STAT_AREA]))
    order = [label for label in order if stats[label, cv2.CC_STAT_AREA] >= _SPECK_PX]
    groups: list[list[int]] = []
    for label in order:
        holder = _holder(stats, [group[0] for group in groups], label)
        if holder is None:
            groups.append([label])
        else:
            groups[holder].append(label)
    people = [_person(matte, labels, stats, group) for group in groups[:MOST]]
    return [person for person in people if person is not None]


def _pieces(inside: Array) -> tuple[Array, Array]:
    """Return (H, W) int32 which piece a pixel is of, and OpenCV's numbers of each."""
    labels = np.zeros(inside.shape, np.int32)
    x, y, wide, high = cv2.boundingRect(inside)
    if not wide:
        return labels, np.zeros((1, 5), np.int32)
    part = np.s_[y : y + high, x : x + wide]
    _, labels[part], stats, _ = cv2.connectedComponentsWithStats(inside[part], connectivity=8)
    stats[:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]] += (x, y)
    return labels, stats


def _holder(stats: Array, holders: list[int], label: int) -> int | None:
    """Return which of the larger pieces a piece goes with; None when it is somebody."""
    if not holders:
        return None
    x, y, wide, high, area = (int(value) for value in stats[label])
    largest = stats[holders[0]]
    gaps = []
    for one in holders:
        left, top, width, height, _ = (int(value) for value in stats[one])
        over = min(x + wide, left + width) - max(x, left)
        if over > _OVER * wide and y + high < top + height:
            return holders.index(one)
        gaps.append(max(left - x - wide, x - left - width, 0))
    small = area < _SMALL * int(largest[4]) or high < _LOW * int(largest[3])
    return int(np.argmin(gaps)) if small else None


def _person(matte: Array, labels: Array, stats: Array, group: list[int]) -> Person | None:
    rows, columns = matte.shape
    boxes = stats[group]
    # Even corners: what is computed at half the size must not jump when the box grows.
    left, top = (max(int(boxes[:, k].min()) - 2, 0) // 2 * 2 for k in (0, 1))
    right = min(int((boxes[:, 0] + boxes[:, 2]).max()) + 2, columns)
    bottom = min(int((boxes[:, 1] + boxes[:, 3]).max()) + 2, rows)
    window = np.s_[top:bottom, left:right]
    own = (labels[window] == group[0]).astype(np.uint8)
    for label in group[1:]:
        own |= labels[window] == label
    # The soft edge belongs to whom it borders on.
    near = cv2.dilate(own, np.ones((5, 5), np.uint8)) * ((labels[window] == 0) | (own > 0))
    part = np.multiply(matte[window], np.float32(1 / 65535), dtype=np.float32) * near
    foothold = _foothold(part, bottom == rows)
    if foothold is None:
        return None
    placed = foothold.moved(left, top)
    return Person(placed, (left, top, right, bottom), part)


def _foothold(part: Array, at_border: bool) -> Foothold | None:
    widths = part.sum(axis=1)
    rows = np.flatnonzero(widths >= 1.0)
    if len(rows) < 4:
        return None
    last = int(rows[-1])
    below = float(widths[last + 1]) if last + 1 < len(widths) else 0.0
    # Rows are counted at pixel centres: the last full row ends half a pixel lower.
    row = last - 0.5 + (float(widths[last]) - 1.0) / max(float(widths[last]) - below, 1e-6)
    tall = row - float(rows[0]) + 0.5
    weights = soles_of(part, row, tall)
    total = float(weights.sum())
    x = float((weights.sum(axis=0) @ np.arange(part.shape[1])) / max(total, 1e-6))
    if total < 1e-3:
        x = (part.shape[1] - 1) / 2
    cut = float(widths[-1]) / (0.1 * tall) if at_border else 0.0
    feet = find_feet(weights, tall) or (x, float(row), x, float(row))
    return Foothold(x, float(row), float(tall), 1.0 - _smooth(cut, 0.2, 1.0), *feet)


def find_feet(soles: Array, tall: float) -> tuple[float, float, float, float] | None:
    """Return column and row of the ground under the left and the right foot.

    A foot that is much higher than the other has left the ground, and counts less.

    Args:
        soles: (h, w) as :func:`soles_of` returns them.
        tall: height of whom they belong to.
    """
    weight = soles.sum(axis=0).astype(np.float64)
    rows = soles.T.astype(np.float64) @ (np.arange(len(soles)) + 0.5)
    columns = np.arange(soles.shape[1])
    total = np.cumsum(weight)
    if total[-1] < 1e-3:
        return None
    # The split that parts the columns best (N. Otsu, 1979).
    moment = np.cumsum(weight * columns)
    rest = np.maximum(total[-1] - total, 1e-6)
    apart = (moment[-1] - moment) / rest - moment / np.maximum(total, 1e-6)
    split = int(np.argmax(total * rest * apart * apart)) + 1
    (first, x0, y0), (second, x1, y1) = (
        _foot(weight[part], columns[part], rows[part]) for part in (np.s_[:split], np.s_[split:])
    )
    if min(first, second) < 1e-3:
        row = float(rows.sum() / total[-1])
        return x0, row, x0, row
    stands = float(np.interp((x1 - x0) / tall, _STRIDE, _STANDS))
    told = _smooth((x1 - x0) / tall, *_ONE_FOOT)
    if first > second:
        return x0, y0, x1, y0 + (y1 - y0) * told * min(1.0, second / (stands * first))
    return x0, y1 + (y0 - y1) * told * min(1.0, first / (stands * second)), x1, y1


def _foot(weight: Array, columns: Array, rows: Array) -> tuple[float, float, float]:
    """Return weight, column and row of a foot."""
    own = max(float(weight.sum()), 1e-6)
    return own, float((weight * columns).sum()) / own, float(rows.sum()) / own


def soles_of(silhouette: Array, contact: float, tall: float) -> Array:
    """Return the silhouette's lower edges, less the higher they are above the contact."""
    below = np.vstack([silhouette[1:], np.zeros_like(silhouette[:1])])
    lift = (contact - np.arange(len(silhouette))).clip(0.0, None) / (SOLE * tall)
    fade = np.exp(-lift).astype(np.float32)
    return np.asarray(np.maximum(silhouette - below, 0.0) * fade[:, None])


def footholds(matte: Clip, find: Callable[[int, Array], list[Person]] | None = None) -> Clip:
    """Return the clip of footholds of a small 16 bit matte: MOST rows of a Foothold.

    Rows of nobody are 0. Lazy; a few numbers a frame, so that many can be remembered.

    Args:
        matte: of one channel.
        find: does the same as :func:`find_people`, and may remember it; gets index and frame.
    """

    def found(index: int, frame: Array) -> Array:
        table = np.zeros((MOST, _NUMBERS), np.float32)
        for k, person in enumerate(find(index, frame) if find else find_people(frame)):
            table[k] = person.foothold
        return table

    return map_frames(found, [matte], "footholds/2", bits=32, size=(_NUMBERS, MOST))


def moved(table: Array, right: float, down: float) -> Array:
    """Return a table of footholds moved by that many pixels; rows of nobody stay 0."""
    shift = np.array([right, down, 0.0, 0.0, right, down, right, down], np.float32)
    return np.where(table[:, 2:3] > 0, table + shift, table)


def steady(person: Person, before: list[Array], after: list[Array], fps: float) -> Person:
    """Return a person with the foothold that its neighbours in time agree on.

    Args:
        person: of a frame.
        before: (MOST, 8) footholds of the frames before it, the nearest first.
        after: of the frames after it, the nearest first.
        fps: frames per second.
    """
    own = person.foothold
    past, future = _tracked(own, before), _tracked(own, after)
    near = [(STEADY + 1.0, own)]
    for side in (past, future):
        near += [(float(STEADY - k), one) for k, one in enumerate(side[:STEADY])]
    weight = sum(w for w, _ in near)
    mean = Foothold(*(sum(w * one[n] for w, one in near) / weight for n in range(_NUMBERS)))
    # The body is where it is; its ground is the mean's.
    kept = mean.moved(own.x - mean.x, 0.0)
    ground, left = _ground_left(own, past, future, fps)
    return replace(person, foothold=kept.moved(0.0, left * (ground - kept.row)))


def _tracked(own: Foothold, tables: list[Array]) -> list[Foothold]:
    """Return the same person in the next frames, until it is lost."""
    track, last = [], own
    for table in tables:
        here = _again(last, table)
        if here is None:
            break
        track.append(here)
        last = here
    return track


def _again(own: Foothold, table: Array) -> Foothold | None:
    """Return the same person in a neighbouring frame."""
    best, found = math.inf, None
    # A few rows: plain numbers are faster than arrays.
    for row in table.tolist():
        x, y, tall = row[:3]
        if tall <= 0:
            continue
        off = math.hypot(x - own.x, y - own.row) / own.tall
        size = abs(math.log(tall / own.tall))
        if off + 0.5 * size < best:
            best, found = off + 0.5 * size, row if max(off, size) <= _SAME else None
    return None if found is None else Foothold(*found)


def _ground_left(
    own: Foothold, past: list[Foothold], future: list[Foothold], fps: float
) -> tuple[float, float]:
    """Return the row of the ground under somebody who may have left it, and how sure that is."""
    risen = 0.0
    for k, one in enumerate(past, 1):
        # Head and feet rise together; in a step the lower foot leaves, and the head stays.
        rise = min(one.row - own.row, one.row - one.tall - own.row + own.tall)
        risen = max(risen, rise / own.tall - _GROUND_SPEED * k / fps)
    # Who lands is met by the ground.
    ground = max([own.row, *(one.row for one in past), *(one.row for one in future)])
    return ground, _smooth(risen, *_JUMP)


def _smooth(value: float, start: float, stop: float) -> float:
    part = min(max((value - start) / (stop - start), 0.0), 1.0)
    return part * part * (3.0 - 2.0 * part)
