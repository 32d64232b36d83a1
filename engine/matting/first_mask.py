"""The subject in frame 0: what was prompted, what moves, and one graph cut over both.

A box or clicks say where; the frames ahead say what in there stands with the background. With no
prompt the largest part that moves is taken, or else the middle of the frame.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .graph_cut import Clicks, cut, place_clicks, touching
from .look_ahead import Outlook

Box = tuple[int, int, int, int]

#: Share of the frame under which a hole in a restless subject is a mistake.
HOLE = 0.006
#: Share of the frame under which any hole is: eyes, buttons and highlights look like anything.
PINHOLE = 0.0015
#: Frames of standing still that no living subject does.
LONG_FRAMES = 36
#: Share of the texture about a place that moves where it is surely subject.
RESTLESS = 0.7
#: Share of the frame that must move to be taken for the subject.
LEAST_MOVING = 0.01
#: Share of the frame that its box may take.
MOST_MOVING = 0.75


def mask_in_box(
    frame: Array,
    box: Box,
    subject: Clicks,
    other: Clicks,
    outlook: Outlook | None,
    *,
    found: bool = False,
) -> Array:
    """Return the subject (H, W) bool in a box of an 8-bit RGB frame.

    Args:
        frame: (H, W, 3) uint8.
        box: (x0, y0, x1, y1) pixels, the end excluded.
        subject: clicks (x, y) on the subject.
        other: clicks (x, y) beside it.
        outlook: what the frames ahead say, or None.
        found: the box is round what the outlook saw moving, so that it tells for sure.
    """
    labels = np.full(frame.shape[:2], cv2.GC_BGD, np.uint8)
    x0, y0, x1, y1 = box
    inside = np.zeros(labels.shape, bool)
    inside[y0:y1, x0:x1] = True
    labels[inside] = cv2.GC_PR_FGD
    # A subject fills the middle of its box; the corners are rarely it.
    labels[y0:y1, x0:x1][~_ellipse(y1 - y0, x1 - x0, 1.12)] = cv2.GC_PR_BGD
    if outlook is not None and (found or outlook.tells(inside)):
        _add_outlook(labels, inside, outlook)
    place_clicks(labels, subject, other)
    mask = _main_part(cut(frame, labels), subject)
    mask = without_pinholes(mask)
    return mask if outlook is None else _without_restless_holes(mask, outlook)


def found_box(outlook: Outlook | None, shape: tuple[int, ...]) -> Box | None:
    """Return the box of the largest part that moves in frame 0, or None if nothing does."""
    if outlook is None:
        return None
    height, width = shape[:2]
    radius = min(height, width) / 40
    dense = cv2.GaussianBlur(outlook.moving * (1 - outlook.still), (0, 0), radius)
    calm = cv2.GaussianBlur(outlook.still.astype(np.float32), (0, 0), radius)
    moving = (dense > 0.25) & (dense > calm)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(moving.astype(np.uint8))
    if count <= 1:
        return None
    weight = np.bincount(parts.ravel(), (dense * middle(shape)).ravel(), count)
    weight[0] = 0
    best = int(weight.argmax())
    x, y, w, h, area = (int(value) for value in stats[best])
    if area < LEAST_MOVING * height * width or w * h > MOST_MOVING * height * width:
        return None
    pad = round(radius / 2)
    if not outlook.tells(parts == best):
        return None
    return max(0, x - pad), max(0, y - pad), min(width, x + w + pad), min(height, y + h + pad)


def middle(shape: tuple[int, ...]) -> Array:
    """Return a prior (H, W) float32, 1 in the middle of the frame and a little below it."""
    height, width = shape[:2]
    y = (np.arange(height, dtype=np.float32) / height - 0.55) / 0.45
    x = (np.arange(width, dtype=np.float32) / width - 0.5) / 0.35
    down = np.where(y > 0, 0.4 * y, y)
    return np.asarray(np.exp(-(down[:, None] ** 2) - x[None] ** 2), np.float32)


def _add_outlook(labels: Array, inside: Array, outlook: Outlook) -> None:
    """Write what stands still and what leaves into graph-cut labels inside a box, in place."""
    still = outlook.still & inside
    labels[inside & (outlook.moving > 0)] = cv2.GC_PR_FGD
    # Over a short while a subject holds still, too: then it is only likely.
    labels[still] = cv2.GC_BGD if outlook.frames >= LONG_FRAMES else cv2.GC_PR_BGD
    leaves = cv2.erode((outlook.leaves & inside).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    restless = cv2.blur(outlook.moving * ~outlook.returns, (9, 9)) > RESTLESS
    # Patches straddle edges: only their middle is surely the subject.
    deep = cv2.erode((restless & inside).view(np.uint8), np.ones((17, 17), np.uint8)) > 0
    labels[leaves | (deep & (outlook.agreement < 0.5))] = cv2.GC_FGD


def _main_part(found: Array, subject: Clicks) -> Array:
    """Return the parts of a cut that were clicked, or its largest, with what is near that large."""
    if subject:
        return touching(found, subject)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8))
    if count <= 2:
        return found
    area = stats[:, cv2.CC_STAT_AREA].copy()
    area[0] = 0
    return np.asarray((area > 0.1 * area.max())[parts])


def without_pinholes(mask: Array) -> Array:
    """Return ``mask`` (H, W) bool with the smallest enclosed holes filled.

    A gap so small between an arm and a body may be background, and then shows a spot of it; an
    eye that is left out shows the new background through the head.
    """
    _, parts, stats, _ = cv2.connectedComponentsWithStats((~mask).view(np.uint8))
    fill = stats[:, cv2.CC_STAT_AREA] < PINHOLE * mask.size
    fill[0] = False
    x, y, w, h = (stats[:, at] for at in range(4))
    height, width = mask.shape
    fill &= (x > 0) & (y > 0) & (x + w < width) & (y + h < height)
    return np.asarray(mask | fill[parts])


def _without_restless_holes(mask: Array, outlook: Outlook) -> Array:
    """Return ``mask`` with small enclosed holes filled where nothing stands with the background."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats((~mask).view(np.uint8))
    area = np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    still, moving = (
        np.bincount(parts.ravel(), where.ravel(), count) / area
        for where in (outlook.still, outlook.moving)
    )
    fill = (area < HOLE * mask.size) & (still < 0.05) & (moving > 0.4)
    fill[0] = False
    return np.asarray(mask | fill[parts])


def _ellipse(height: int, width: int, reach: float) -> Array:
    y = (np.arange(height) + 0.5) / height * 2 - 1
    x = (np.arange(width) + 0.5) / width * 2 - 1
    return np.asarray(y[:, None] ** 2 + x[None] ** 2 <= reach**2)
