"""The bodies in one frame's matte: connected parts joined where a thin matte has severed them.

Connection is told at about 240 x 135, which closes gaps of a few pixels; edges are then read from
the reduced frame to the pixel.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import cv2
import numpy as np

from ...clip.clip import Array
from ..passes import Look
from .appearance import words_of
from .foot_shadow import without_shadow
from .tracking import Box, Point

#: Pixels of the picture in which bodies are told apart.
SMALL_PIXELS = 240 * 135
#: Alpha, 8 bits, above which a pixel belongs to somebody.
_HALF = 127
#: Alpha above which a pixel at somebody's edge does: hair is faint.
_FAINT = 50
#: Share of a small pixel that must be covered.
_COVERED = 64
#: A matte that covers less than this share of the picture shows nobody.
_EMPTY = 0.0002
#: Bodies smaller than this part of the largest one are specks.
_SPECK = 0.05
#: A body smaller than this part of another, and this near in heights, is a piece of it.
_PIECE, _NEAR = 0.15, 0.06


@dataclass(frozen=True)
class Body:
    """A connected part of the matte.

    Attributes:
        box: outermost pixels of the reduced frame.
        area: pixels of the reduced frame.
        pixels: of the small picture.
        centre: mean position in the reduced frame.
        corner: left and top of ``words`` in the small picture.
        alike: how much its colours are those just outside it, 0 ... 1.
        packed: its words, compressed.
        shape: of its words.
    """

    box: Box
    area: int
    pixels: int
    centre: Point
    corner: tuple[int, int]
    alike: float
    packed: bytes = field(repr=False)
    shape: tuple[int, int]

    @property
    def words(self) -> Array:
        """(h, w) uint8 colour words of the small picture within the body's box, 0 outside it."""
        return np.frombuffer(zlib.decompress(self.packed), np.uint8).reshape(self.shape)

    @property
    def small_box(self) -> Box:
        """Left, top and the ends, excluded, in the small picture."""
        x, y = self.corner
        return x, y, x + self.shape[1], y + self.shape[0]


def reduction(width: int, height: int) -> int:
    """Return how many reduced pixels a small pixel is wide."""
    return max(1, round(float(np.sqrt(width * height / SMALL_PIXELS))))


@dataclass(frozen=True)
class Bodies:
    """All bodies of a frame, the largest first, and the small picture.

    Attributes:
        found: the bodies.
        labels: (h, w) uint8 small picture, 1 + a body's place in ``found``.
        small: (h, w, 3) uint8 small picture.
    """

    found: tuple[Body, ...]
    labels: Array = field(repr=False)
    small: Array = field(repr=False)


def find_bodies(look: Look) -> Bodies:
    """Return the bodies in a frame's matte."""
    height, width = look.rgb.shape[:2]
    step = reduction(width, height)
    size = max(width // step, 1), max(height // step, 1)
    small = _shrunk(look.rgb, size)
    nobody = Bodies((), np.zeros(size[::-1], np.uint8), small)
    if look.alpha is None:
        return nobody
    core = cv2.threshold(look.alpha, _HALF, 255, cv2.THRESH_BINARY)[1]
    if cv2.countNonZero(core) < max(_EMPTY * core.size, 1):
        return nobody
    labels = _joined(_shrunk(core, size) >= _COVERED)
    if not labels.any():
        return nobody
    words = words_of(small)
    grid = width / size[0], height / size[1]
    count = int(labels.max())
    found = tuple(_body(label, labels, look.alpha, words, grid) for label in range(1, count + 1))
    return Bodies(found, labels, small)


def _shrunk(picture: Array, size: tuple[int, int]) -> Array:
    # OpenCV halves a picture eight times as fast as it reduces one by any other factor.
    while all(side % 2 == 0 and side // 2 >= goal for side, goal in _sides(picture, size)):
        high, wide = picture.shape[:2]
        picture = cv2.resize(picture, (wide // 2, high // 2), interpolation=cv2.INTER_AREA)
    if picture.shape[1::-1] == size:
        return picture
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _sides(picture: Array, size: tuple[int, int]) -> list[tuple[int, int]]:
    return list(zip(picture.shape[1::-1], size, strict=True))


def _joined(covered: Array) -> Array:
    """Return (h, w) uint8 labels of bodies, 1 is the largest; specks are left out."""
    mask = covered.astype(np.uint8)
    near = cv2.dilate(mask, np.ones((5, 3), np.uint8))
    count, labels = cv2.connectedComponents(near, connectivity=8, ltype=cv2.CV_16U)
    labels = labels * mask
    if count == 2:
        return labels.astype(np.uint8)
    areas = np.bincount(labels.ravel(), minlength=count)
    areas[0] = 0
    order = [int(label) for label in np.argsort(-areas, kind="stable") if areas[label]]
    boxes = {label: _box_of(labels == label) for label in order[:40]}
    owner: dict[int, int] = {}
    mains: list[int] = []
    for label in order[:40]:
        whose = _whose(label, mains, boxes, areas)
        if whose is not None:
            owner[label] = owner[whose]
        elif areas[label] >= max(_SPECK * areas[order[0]], 1) and len(mains) < 200:
            mains.append(label)
            owner[label] = len(mains)
    table = np.zeros(count, np.uint8)
    for label, number in owner.items():
        table[label] = number
    return np.asarray(table[labels])


def _whose(label: int, mains: list[int], boxes: dict[int, Box], areas: Array) -> int | None:
    """Return the body that a smaller part is a piece of: the nearest one that is near."""
    gaps = {
        main: box_gap(boxes[label], boxes[main])
        for main in mains
        if areas[label] < _PIECE * areas[main]
        and box_gap(boxes[label], boxes[main]) <= _NEAR * (boxes[main][3] - boxes[main][1])
    }
    return min(gaps, key=gaps.__getitem__) if gaps else None


def body_of(
    words: Array, corner: tuple[int, int], grid: tuple[float, float], *, within: Body
) -> Body:
    """Return the body of a part of another one's words; where it ends they end together.

    Args:
        words: (h, w) uint8, 0 outside the part.
        corner: left and top of ``words`` in the small picture.
        grid: width and height of a small pixel in reduced pixels.
        within: the whole body.
    """
    mask = (words > 0).astype(np.uint8)
    x, y, wide, high = cv2.boundingRect(mask)
    part = words[y : y + high, x : x + wide]
    left, top = x + corner[0], y + corner[1]
    ends = (
        left * grid[0], top * grid[1],
        (left + wide) * grid[0] - 1, (top + high) * grid[1] - 1,
    )  # fmt: skip
    box = tuple(
        whole if at_edge else end
        for whole, end, at_edge in zip(
            within.box,
            ends,
            (x <= 0, y <= 0, x + wide >= words.shape[1], y + high >= words.shape[0]),
            strict=True,
        )
    )
    moments = cv2.moments(mask, binaryImage=True)
    pixels = max(int(moments["m00"]), 1)
    centre = (
        (moments["m10"] / pixels + corner[0] + 0.5) * grid[0] - 0.5,
        (moments["m01"] / pixels + corner[1] + 0.5) * grid[1] - 0.5,
    )
    area = round(within.area * pixels / max(within.pixels, 1))
    shape = part.shape
    return Body(box, area, pixels, centre, (left, top), within.alike, _packed(part), shape)  # type: ignore[arg-type]


def joined(one: Body, other: Body) -> Body:
    """Return two bodies as one."""
    a, b = one.small_box, other.small_box
    x0, y0 = int(min(a[0], b[0])), int(min(a[1], b[1]))
    x1, y1 = int(max(a[2], b[2])), int(max(a[3], b[3]))
    words = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for body in (other, one):
        x, y = body.corner[0] - x0, body.corner[1] - y0
        part = words[y : y + body.shape[0], x : x + body.shape[1]]
        np.copyto(part, body.words, where=body.words > 0)
    area = one.area + other.area
    centre = (
        (one.area * one.centre[0] + other.area * other.centre[0]) / area,
        (one.area * one.centre[1] + other.area * other.centre[1]) / area,
    )
    return Body(
        around(one.box, other.box),
        area,
        one.pixels + other.pixels,
        centre,
        (x0, y0),
        one.alike,
        _packed(words),
        (y1 - y0, x1 - x0),
    )


def around(one: Box, other: Box) -> Box:
    """Return the box round two boxes."""
    (a0, b0, a1, b1), (c0, d0, c1, d1) = one, other
    return min(a0, c0), min(b0, d0), max(a1, c1), max(b1, d1)


def box_gap(one: Box, other: Box) -> float:
    """Return how far apart two boxes are; 0 where they touch."""
    across = max(one[0] - other[2], other[0] - one[2], 0.0)
    along = max(one[1] - other[3], other[1] - one[3], 0.0)
    return float(np.hypot(across, along))


def _box_of(mask: Array) -> Box:
    """Return the box of what is set, ends excluded."""
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _body(label: int, labels: Array, alpha: Array, words: Array, grid: tuple[float, float]) -> Body:
    mask = without_shadow((labels == label).astype(np.uint8), labels == 0, words)
    x0, y0, wide, high = cv2.boundingRect(mask)
    x1, y1 = x0 + wide, y0 + high
    box, area, centre = _edges(mask, (x0, y0, x1, y1), alpha, grid)
    inside = words[y0:y1, x0:x1] * mask[y0:y1, x0:x1]
    return Body(
        box,
        area,
        cv2.countNonZero(mask),
        centre,
        (x0, y0),
        _alike(mask, labels, words, (x0, y0, wide, high)),
        _packed(inside),
        inside.shape,
    )


def _packed(words: Array) -> bytes:
    # Most of a long clip's memory: the fastest level takes off the better part.
    return zlib.compress(np.ascontiguousarray(words).tobytes(), 1)


def _edges(
    mask: Array, window: tuple[int, int, int, int], alpha: Array, grid: tuple[float, float]
) -> tuple[Box, int, Point]:
    """Return box, area and centre in the reduced frame.

    A small pixel round the body is looked at too: what covers less than a quarter of it counts.
    """
    height, width = mask.shape
    x0, y0 = max(window[0] - 1, 0), max(window[1] - 1, 0)
    x1, y1 = min(window[2] + 1, width), min(window[3] + 1, height)
    left, top = round(x0 * grid[0]), round(y0 * grid[1])
    right, bottom = round(x1 * grid[0]), round(y1 * grid[1])
    near = cv2.dilate(mask[y0:y1, x0:x1], np.ones((3, 3), np.uint8))
    near = cv2.resize(near, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
    part = alpha[top:bottom, left:right] * near
    x, y, wide, high = cv2.boundingRect(cv2.threshold(part, _FAINT, 1, cv2.THRESH_BINARY)[1])
    core = cv2.threshold(part, _HALF, 1, cv2.THRESH_BINARY)[1]
    moments = cv2.moments(core, binaryImage=True)
    area = max(moments["m00"], 1.0)
    box = float(x + left), float(y + top), float(x + left + wide - 1), float(y + top + high - 1)
    return box, int(area), (moments["m10"] / area + left, moments["m01"] / area + top)


def _alike(mask: Array, labels: Array, words: Array, window: tuple[int, int, int, int]) -> float:
    """Return how much a body's colours are those of a ring round it; ``window`` is x, y, w, h."""
    x, y, wide, high = window
    reach = max(3, high // 12)
    room = 2 * reach
    rows = slice(max(y - room, 0), min(y + high + room, mask.shape[0]))
    columns = slice(max(x - room, 0), min(x + wide + room, mask.shape[1]))
    own, anyone, part = (
        mask[rows, columns].astype(np.uint8),
        labels[rows, columns] > 0,
        words[rows, columns],
    )
    near = cv2.dilate(own, np.ones((room + 1, room + 1), np.uint8)) > 0
    ring = part[near & ~anyone]
    if not ring.size:
        return 0.0
    outside = np.bincount(ring, minlength=256) / ring.size
    inside = np.bincount(part[own > 0], minlength=256) / max(int(own.sum()), 1)
    return float(np.minimum(outside, inside).sum())
