"""Boxes that may hold a subject, found without being told: by colours and by motion.

Boxes of many sizes are compared with the ring around them, by how much of their colours the ring
lacks (center-surround, as in Alexe et al., PAMI 2012), their skin and their motion.
"""

from __future__ import annotations

from itertools import product

import cv2
import numpy as np

from ..clip.clip import Array
from .figure import find_faces
from .first_mask import found_box, middle
from .head import skin
from .local_colour import colour_codes
from .look_ahead import Outlook
from .random_walk import random_walk
from .surroundings import Box, surroundings_say

#: Width of the picture that boxes are compared in, and how many colours it is painted with.
WIDTH, COLOURS = 160, 32
#: Weight of lightness against hue in telling colours apart.
LIGHTNESS = 0.4
#: Heights of boxes as shares of the frame's, and widths as shares of theirs.
HEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
WIDTHS = (0.28, 0.4, 0.55, 0.75, 1.0, 1.4)
#: No box is wider, as a share of the frame.
WIDEST = 0.85
#: Width of the ring around a box, as shares of the box's width and height.
RING = (0.2, 0.12)
#: Boxes that overlap more than this are the same; this many different ones are looked at.
SAME, MOST = 0.55, 7
#: Weights of a box's score: off the middle, size, little around it, skin, motion.
ASIDE, ABOVE, SIZE, CROWDED, SKIN, MOTION = 1.5, 0.5, 0.12, 0.3, 0.25, 0.4
#: Margin that a subject in the middle keeps to the frame's sides and top.
MARGIN = (0.05, 0.03)


def overlap(one: Box, other: Box) -> float:
    """Return the shared part of two boxes, over both."""
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    shared = max(0, wide) * max(0, high)
    return shared / (one.area + other.area - shared)


def candidates(frame: Array, outlook: Outlook | None) -> list[Box]:
    """Return boxes that may hold the subject of an 8-bit RGB frame, each unlike the others."""
    height, width = frame.shape[:2]
    first = [found_box(outlook, frame.shape), _standing_out(frame), *_below_faces(frame)]
    boxes = [box for box in first if box is not None]
    fresh = 0
    for x0, y0, x1, y1 in _ranked(frame, outlook):
        box = Box(int(x0), int(y0), min(width, int(x1)), min(height, int(y1)))
        if all(overlap(box, other) < SAME for other in boxes):
            boxes.append(box)
            fresh += 1
            if fresh == MOST:
                break
    return boxes


def _below_faces(frame: Array) -> list[Box]:
    """Return boxes of whom the largest faces may belong to: down to the frame's edge, and whole."""
    boxes: list[Box] = []
    for face in find_faces(frame):
        both = face.box(frame.shape), face.box(frame.shape, body=frame.shape[0] / face.high)
        boxes += dict.fromkeys(both)
    return boxes


def _standing_out(frame: Array) -> Box | None:
    """Return the box of what has other colours than the sides of the frame, near its middle."""
    height, width = frame.shape[:2]
    half = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(frame, half, interpolation=cv2.INTER_AREA)
    x, y = int(MARGIN[0] * half[0]), int(MARGIN[1] * half[1])
    inner = Box(x, y, half[0] - x, half[1])
    centre = middle(small.shape)
    odds = np.clip(surroundings_say(colour_codes(small), inner, tight=False), -2.5, 2.5)
    odds += 2 * (centre - 0.4) + 1.5 * cv2.blur(skin(small).astype(np.float32), (3, 3)) * centre
    given = ~inner.mask(small.shape)
    odds[given] = -8
    walked = (random_walk(small, odds.astype(np.float32), given) > 0.5).view(np.uint8)
    found = cv2.morphologyEx(walked, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(found)
    if count < 2:
        return None
    weight = np.bincount(parts.ravel(), (centre * np.maximum(odds, 0)).ravel(), count)
    weight[0] = 0
    left, top, wide, high, _ = (2 * int(value) for value in stats[int(weight.argmax())])
    pad = max(4, int(0.03 * max(wide, high)))
    return Box(
        max(0, left - pad),
        max(0, top - pad),
        min(width, left + wide + pad),
        min(height, top + high + pad),
    )


def _ranked(frame: Array, outlook: Outlook | None) -> Array:
    """Return boxes (N, 4), the likeliest first, in pixels of ``frame``."""
    scale = WIDTH / frame.shape[1]
    size = (WIDTH, max(8, round(frame.shape[0] * scale)))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    boxes = _all_boxes(*size)
    planes = [_painted(small), skin(small)[..., None].astype(np.float32)]
    moves = outlook is not None and float(outlook.still.sum()) > 0.4 * float(outlook.textured.sum())
    if moves and outlook is not None:
        planes.append(cv2.resize(outlook.moving, size, interpolation=cv2.INTER_AREA)[..., None])
    summed = np.dstack(planes).astype(np.float64).cumsum(0).cumsum(1)
    summed = np.pad(summed, ((1, 0), (1, 0), (0, 0)))
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    grown = np.maximum(2, np.stack([RING[0] * wide, RING[1] * high], 1)).astype(int)
    low, top = np.maximum(boxes[:, :2] - grown, 0), np.minimum(boxes[:, 2:] + grown, size)
    within = _sums(summed, boxes)
    around = _sums(summed, np.hstack([low, top])) - within
    area = (wide * high).astype(np.float64)
    ring = np.maximum(around[:, :COLOURS].sum(1), 1)
    own = within[:, :COLOURS] / area[:, None] - around[:, :COLOURS] / ring[:, None]
    x = (boxes[:, 0] + boxes[:, 2]) / 2 / size[0] - 0.5
    y = (boxes[:, 1] + boxes[:, 3]) / 2 / size[1] - 0.5
    score = np.maximum(own, 0).sum(1) + SIZE * np.log(area / (size[0] * size[1]))
    score -= ASIDE * x**2 + ABOVE * np.minimum(y, 0) ** 2 + CROWDED * (ring < 0.4 * area)
    heads = boxes.copy()
    heads[:, 3] = boxes[:, 1] + np.maximum(2, 0.33 * high).astype(int)
    bare = _sums(summed, heads)[:, COLOURS] / ((heads[:, 3] - heads[:, 1]) * wide)
    score += SKIN * np.clip((bare - around[:, COLOURS] / ring) / 0.15, 0, 1)
    if moves:
        more = within[:, COLOURS + 1] / area - around[:, COLOURS + 1] / ring
        score += MOTION * np.clip(more / 0.3, -1, 1)
    return np.asarray(boxes[np.argsort(-score, kind="stable")] / scale)


def _all_boxes(width: int, height: int) -> Array:
    """Return boxes (N, 4) int of all sizes at all places."""
    found: list[tuple[float, float, float, float]] = []
    for share, aspect in product(HEIGHTS, WIDTHS):
        high = share * height
        wide = high * aspect
        if wide > WIDEST * width:
            continue
        rows = np.arange(0, height - high + 1e-6, max(2, height / 20))
        columns = np.arange(0, width - wide + 1e-6, max(2, wide / 6))
        found += [(x, y, x + wide, y + high) for y, x in product(rows, columns)]
    boxes = np.rint(np.array(found)).astype(int)
    return np.asarray(np.minimum(boxes, [width, height, width, height]))


def _painted(small: Array) -> Array:
    """Return the picture in few colours, (H, W, COLOURS) float32, one plane for each."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float32)
    lab[:, 0] *= LIGHTNESS
    # k-means draws from OpenCV's global generator; seeded, a run can be repeated.
    cv2.setRNGSeed(1)
    none = np.empty(0, np.int32)
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 1.0)
    _, labels, _ = cv2.kmeans(lab, COLOURS, none, until, 1, cv2.KMEANS_PP_CENTERS)
    planes = np.eye(COLOURS, dtype=np.float32)
    return np.asarray(planes[np.asarray(labels).reshape(small.shape[:2])])


def _sums(summed: Array, boxes: Array) -> Array:
    """Return the sums (N, C) of boxes (N, 4) from an integral image."""
    x0, y0, x1, y1 = boxes.T
    return np.asarray(summed[y1, x1] - summed[y0, x1] - summed[y1, x0] + summed[y0, x0])
