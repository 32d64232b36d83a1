"""Key points from a person's outline: an estimate that needs no network.

Lengths go by the head: a standing adult is about seven and a half heads tall, the shoulders are
two and the hips four from the crown (the canon of artists' anatomy). The head stands on the
trunk's axis; the feet are the ends of the lowest part; the hands are where there is skin away from
the head, or the outline's furthest points from the trunk. Which side is left is taken as of
somebody who faces the camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array
from .appearance import WORDS

#: Heads in a standing person's height.
_HEADS = 7.6
#: A trunk slimmer than this part of the height has legs under it.
_SLIM = 0.34
#: Rows, in heads below the crown.
_NOSE, _SHOULDERS, _ELBOWS, _HIPS, _HANDS = 0.62, 1.45, 2.8, 3.95, 4.25
#: Half widths, in heads.
_SHOULDER_HALF, _ELBOW_HALF, _HIP_HALF, _HAND_HALF = 0.85, 1.15, 0.45, 1.05
#: A hand nearer to its shoulder than this, in heads, is on a bent arm.
_BENT = 2.2
#: Half width of a head with its hair, how low long hair hangs, and how low hands do, in heads.
_HAIR, _LOCKS, _REACH = 1.4, 2.0, 4.7
#: What two hands and wrists cover, in heads squared.
_TWO_HANDS = 0.9
#: How far the wrist is from a hand's middle, in heads.
_PALM = 0.38
#: Height of an ankle above the sole, in heads.
_ANKLE = 0.36

#: Name -> x, y, confidence, in pixels of the small picture.
Points = dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class Stature:
    """How a body stands in its box, in small pixels.

    Attributes:
        axis: (h,) x of the trunk's axis in each row.
        top: row of the crown.
        head: height of the head.
        stands: whether all of them is seen, down to the feet.
    """

    axis: Array
    top: float
    head: float
    stands: bool


def stature(mask: Array, *, is_cut: bool) -> Stature | None:
    """Return how somebody stands; None of somebody who is too small to tell.

    Args:
        mask: (h, w) bool, their box.
        is_cut: whether the picture's edge cuts off what is below.
    """
    height = len(mask)
    if height < 12 or mask.shape[1] < 4:
        return None
    axis = _axis(mask)
    columns = np.arange(mask.shape[1])
    half = max(0.07 * height, 1.5)
    near = mask & (np.abs(columns[None, :] - axis[:, None]) <= half)
    rows = np.flatnonzero(near.any(1))
    top = int(rows[0]) if rows.size else 0
    widths = _run_widths(mask, axis)
    trunk = float(np.median(widths[top + (height - top) // 7 : top + 3 * (height - top) // 5]))
    stands = not is_cut and trunk < _SLIM * (height - top)
    head = (height - top) / _HEADS if stands else _head_height(widths, top)
    return Stature(axis, float(top), float(head), stands)


def _axis(mask: Array) -> Array:
    """Return x of the trunk in each row: a line through its thick parts."""
    height = len(mask)
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    rows = np.arange(height)
    weight = np.square(depth)
    weight[: round(0.1 * height)] *= 0.5
    weight[round(0.6 * height) :] = 0
    share = weight.sum(1)
    known = share > 0
    if known.sum() < 3:
        return np.full(height, (mask.shape[1] - 1) / 2)
    middle = (weight @ np.arange(mask.shape[1]))[known] / share[known]
    force = share[known] / share.sum()
    at, mean = float(force @ rows[known]), float(force @ middle)
    spread = float(force @ np.square(rows[known] - at))
    slope = float(force @ ((rows[known] - at) * (middle - mean))) / max(spread, 1e-9)
    slope = float(np.clip(slope, -0.5, 0.5))
    start = mean - slope * at
    line: Array = np.clip(start + slope * rows, 0, mask.shape[1] - 1)
    return line


def _head_height(widths: Array, top: int) -> float:
    """Return crown to chin, from the row at which the outline widens to the shoulders."""
    height = len(widths)
    first, last = top + max(3, height // 20), top + max(6, round(0.55 * (height - top)))
    for row in range(first, min(last, height)):
        above = widths[top + (row - top) // 5 : row]
        if widths[row] > 1.5 * max(float(np.mean(above)), 1.0):
            return max((row - top) / 1.3, 2.0)
    return max((height - top) / _HEADS, 2.0)


def _run_widths(mask: Array, axis: Array) -> Array:
    """Return (h,) width of the covered run about the axis in each row."""
    width = mask.shape[1]
    columns = np.arange(width)
    at = axis.round().astype(int)[:, None]
    free = ~mask
    left = np.where(free & (columns <= at), columns, -1).max(1)
    right = np.where(free & (columns >= at), columns, width).min(1)
    return np.asarray(np.maximum(right - left - 1, 0), float)


def skin_words(bodies: Sequence[tuple[Array, Stature]]) -> Array:
    """Return (WORDS,) how much a word is skin, 0 ... 1: of the face rather than of the rest.

    Args:
        bodies: words and statures of some frames of one person.
    """
    face, rest, hair = np.zeros(WORDS), np.zeros(WORDS), np.zeros(WORDS)
    for words, how in bodies:
        y, x = np.mgrid[: words.shape[0], : words.shape[1]]
        down = (y - how.top) / how.head
        aside = np.abs(x - how.axis[:, None]) / how.head
        inside = (down > 0.3) & (down < 0.95) & (aside < 0.32)
        clothed = (down > 1.6) & (down < 3.6) & (aside < 0.5)
        crown = (down < 0.2) & (aside < 0.4)
        hair += np.bincount(words[crown], minlength=WORDS)[:WORDS]
        face += np.bincount(words[inside], minlength=WORDS)[:WORDS]
        rest += np.bincount(words[clothed], minlength=WORDS)[:WORDS]
    rest[0] = hair[0] = 0
    area = sum(how.head**2 for _, how in bodies)
    face_part, rest_part, hair_part = (
        counts / max(counts.sum(), 1) for counts in (face, rest, hair)
    )
    ratio = face_part / np.maximum(face_part + 1.5 * rest_part + hair_part, 1e-9)
    if rest[ratio > 0.5].sum() > _TWO_HANDS * area:
        # More than two hands could cover: these are colours of the clothes too.
        ratio = np.minimum(ratio, face / np.maximum(face + 1.5 * rest, 1e-9))
    code = np.arange(WORDS) - 1
    red, yellow = (code // 7) % 7, code % 7
    is_warm = (red >= 3) & (yellow >= 3) & (red + yellow >= 7)
    ratio[~is_warm | (face_part < 0.02)] = 0
    ratio[0] = 0
    return np.asarray(ratio)


def outline_points(words: Array, how: Stature, skin: Array) -> Points:
    """Return the key points of one frame, in pixels of ``words``."""
    mask = words > 0
    points = _trunk(mask, how)
    ankles = _ankles(mask, how) if how.stands else []
    for side, (x, y, sure) in zip(("right", "left"), ankles, strict=False):
        points[f"{side}_ankle"] = x, y, sure
        hip = points.get(f"{side}_hip")
        if hip is not None:
            points[f"{side}_knee"] = (hip[0] + x) / 2, (hip[1] + y) / 2, 0.5 * sure
    for side, wrist in zip(("right", "left"), _wrists(words, how, skin), strict=True):
        if wrist is None:
            continue
        points[f"{side}_wrist"] = wrist
        shoulder = points.get(f"{side}_shoulder")
        if shoulder is not None:
            points[f"{side}_elbow"] = (
                (shoulder[0] + wrist[0]) / 2,
                (shoulder[1] + wrist[1]) / 2,
                0.5 * wrist[2],
            )
    return points


def _trunk(mask: Array, how: Stature) -> Points:
    height = len(mask)

    def row(heads: float) -> float:
        return how.top + heads * how.head

    def axis(y: float) -> float:
        return float(how.axis[int(np.clip(y, 0, height - 1))])

    head_x = _head_x(mask, how)
    points: Points = {
        "head_top": (head_x, how.top, 0.7),
        "nose": (head_x, row(_NOSE), 0.6 if how.stands else 0.5),
    }
    for name, heads, half, sure in (
        ("shoulder", _SHOULDERS, _SHOULDER_HALF, 0.45), ("hip", _HIPS, _HIP_HALF, 0.4),
    ):  # fmt: skip
        y = row(heads)
        if y > height - 1:
            continue
        reach = min(half * how.head, 0.42 * float(mask[int(y)].sum()))
        points[f"right_{name}"] = axis(y) - reach, y, sure
        points[f"left_{name}"] = axis(y) + reach, y, sure
    return points


def _head_x(mask: Array, how: Stature) -> float:
    """Return the middle of the upper half of the head, where no long hair hangs."""
    y0, y1 = int(how.top), int(how.top + max(0.7 * how.head, 2))
    columns = np.arange(mask.shape[1])
    part = mask[y0:y1] & (np.abs(columns - how.axis[y0:y1, None]) < 0.8 * how.head)
    count = part.sum()
    return float((part.sum(0) @ columns) / count) if count else float(how.axis[y0])


def _ankles(mask: Array, how: Stature) -> list[tuple[float, float, float]]:
    """Return both ankles, the one further left first."""
    height = len(mask)
    low = mask[height - max(round(1.3 * how.head), 3) :]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(low.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA] if count > 1 else np.zeros(0)
    large = [1 + int(at) for at in np.argsort(-areas)[:2] if areas[at] > 0.06 * how.head**2]
    feet = [_foot(labels == label, height - len(low), how) for label in large]
    if len(feet) == 2:
        return sorted((x, y, 0.65) for x, y in feet)
    columns = np.flatnonzero(mask[height - max(round(0.5 * how.head), 2) :].any(0))
    if not columns.size:
        return []
    # One part: two feet side by side, or one behind the other.
    left, right = float(columns[0]), float(columns[-1])
    inset = min(0.3 * how.head, (right - left) / 4)
    y = height - _ANKLE * how.head
    return [(left + inset, y, 0.4), (right - inset, y, 0.4)]


def _foot(part: Array, above: int, how: Stature) -> tuple[float, float]:
    """Return the ankle over a foot: where the shin meets it."""
    rows = np.flatnonzero(part.any(1))
    bottom = int(rows[-1])
    shin = part[max(bottom - round(0.8 * how.head), 0) : max(bottom - round(0.3 * how.head), 1)]
    columns = np.nonzero(shin if shin.any() else part)[1]
    return float(columns.mean()), above + bottom + 1 - _ANKLE * how.head


def _wrists(
    words: Array, how: Stature, skin: Array
) -> tuple[tuple[float, float, float] | None, tuple[float, float, float] | None]:
    """Return the wrists, the one further left first."""
    mask = words > 0
    y, x = np.mgrid[: words.shape[0], : words.shape[1]]
    down = (y - how.top) / how.head
    aside = (x - how.axis[:, None]) / how.head
    # Beside the head there may be hair, as bright as skin; hands are looked for beyond it.
    reachable = mask & ((down > _LOCKS) | (np.abs(aside) > _HAIR)) & (down < _REACH)
    candidates = _skin_parts(reachable & (skin[words] > 0.5), how, aside, down)
    found: list[tuple[float, float, float] | None] = []
    for side in (-1, 1):
        mine = [(place, size) for place, size, at in candidates if at == side]
        if mine:
            place, _ = max(mine, key=lambda one: one[1])
            found.append((*_wrist_of(place, how, side), 0.6 if how.stands else 0.35))
            continue
        found.append(_furthest(reachable, how, side * aside, side))
    return found[0], found[1]


def _wrist_of(hand: tuple[float, float], how: Stature, side: int) -> tuple[float, float]:
    """Return a hand's wrist: from its middle toward the elbow, or a straight arm's shoulder."""
    y = how.top + _SHOULDERS * how.head
    axis = float(how.axis[int(np.clip(y, 0, len(how.axis) - 1))])
    way = np.array([axis + side * _SHOULDER_HALF * how.head - hand[0], y - hand[1]])
    if float(np.hypot(*way)) < _BENT * how.head:
        y = how.top + _ELBOWS * how.head
        way = np.array([axis + side * _ELBOW_HALF * how.head - hand[0], y - hand[1]])
    far = float(np.hypot(*way))
    step = way * min(_PALM * how.head / max(far, 1e-9), 0.5)
    return hand[0] + float(step[0]), hand[1] + float(step[1])


def _skin_parts(
    shown: Array, how: Stature, aside: Array, down: Array
) -> list[tuple[tuple[float, float], float, int]]:
    """Return place, size and side of up to two parts that may be hands."""
    count, labels, stats, centres = cv2.connectedComponentsWithStats(shown.astype(np.uint8))
    unit = how.head**2
    parts = [
        (label, float(stats[label, cv2.CC_STAT_AREA]))
        for label in range(1, count)
        if 0.04 * unit < stats[label, cv2.CC_STAT_AREA] < 1.5 * unit
    ]
    parts.sort(key=lambda part: -part[1])
    found = []
    for label, size in parts[:2]:
        part = labels == label
        # The end of a bare arm that is far from the shoulder is the hand.
        reach = np.hypot(np.abs(aside) - _SHOULDER_HALF, down - _SHOULDERS)
        reach = np.where(part, reach, -1)
        end = reach > reach.max() - 0.45
        ys, xs = np.nonzero(part & end)
        found.append(((float(xs.mean()), float(ys.mean())), size, float(centres[label][0])))
    middle = float(how.axis[int(min(how.top + 3 * how.head, len(how.axis) - 1))])
    if len(found) == 2:
        order = np.argsort([x for _, _, x in found])
        return [(found[at][0], found[at][1], side) for at, side in zip(order, (-1, 1), strict=True)]
    return [(place, size, -1 if x < middle else 1) for place, size, x in found]


def _furthest(
    mask: Array, how: Stature, aside: Array, side: int
) -> tuple[float, float, float] | None:
    """Return the outline's point furthest from the trunk on one side, or where an arm hangs."""
    reach = np.where(mask, aside, -np.inf)
    best = float(reach.max()) if reach.size else -np.inf
    if best > 1.25:
        ys, xs = np.nonzero(reach > best - 0.25)
        return float(xs.mean()), float(ys.mean()), 0.35
    y = how.top + _HANDS * how.head
    if y > len(mask) - 1:
        return None
    line = np.flatnonzero(mask[int(y)])
    hang = float(how.axis[int(y)]) + side * _HAND_HALF * how.head
    if line.size:
        hang = float(np.clip(hang, line[0], line[-1]))
    return hang, y, 0.15
