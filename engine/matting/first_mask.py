"""The subject in frame 0: what was prompted, what moves, and one graph cut over both.

A box says where; the colours around it and the frames ahead say what in there is background.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .graph_cut import Clicks, click_radius, cut, place_clicks, touching
from .head import missing_hair
from .local_colour import colour_codes
from .look_ahead import Outlook
from .random_walk import random_walk
from .surroundings import Box, surroundings_say

#: Share of the frame under which a hole in a restless subject is a mistake.
HOLE = 0.006
#: Share of the frame under which any hole is: eyes, buttons and highlights look like anything.
PINHOLE = 0.0015
#: Most that colours say, log odds, and what is beyond doubt.
MOST_ODDS, CERTAIN = 2.5, 8.0
#: Log odds of the middle of a box against its corners, of what stands with the background and of
#: what is left behind.
FILLING, STILL_ODDS, LEAVES_ODDS = 0.7, 3.0, 4.0
#: Height of a box over its width from which it surely holds one.
ONE_TALL = 1.0
#: Shares of a box's height and width that what is found in it takes at least, or else the middle is
#: believed more; how often that is tried, and how much more.
TALL, WIDE, PUSHES, PUSH = 0.7, 0.55, 2, 2
#: Share of a box that is little for a subject, even where the box is loose.
LITTLE = 0.08
#: Share of the walks from which on a place is beyond doubt.
SURE = 0.85
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
    drawn: bool = True,
    prior: Array | None = None,
) -> Array:
    """Return the subject (H, W) bool in a box of an 8-bit RGB frame.

    The colours around the box and the frames ahead give odds, a random walk smooths them along
    the edges of the picture, and a graph cut settles what stays in doubt.

    Args:
        frame: (H, W, 3) uint8.
        box: round the subject.
        subject: clicks (x, y) on the subject.
        other: clicks (x, y) beside it.
        outlook: what the frames ahead say, or None.
        drawn: somebody drew the box round the subject; a guessed one may be too large.
        prior: (H, W) float32, log odds from elsewhere, or None.
    """
    height, width = frame.shape[:2]
    half = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(frame, half, interpolation=cv2.INTER_AREA)
    part = Box(box.x0 // 2, box.y0 // 2, (box.x1 + 1) // 2, (box.y1 + 1) // 2)
    odds = np.clip(surroundings_say(colour_codes(small), part, tight=drawn), -MOST_ODDS, MOST_ODDS)
    odds[part.y0 : part.y1, part.x0 : part.x1] += _filling(part)
    if prior is not None:
        odds += cv2.resize(prior, half, interpolation=cv2.INTER_AREA)
    given = ~part.mask(small.shape)
    odds[given] = -CERTAIN
    for clicks, sign in ((other, -1), (subject, 1)):
        for x, y in clicks:
            spot = np.zeros(odds.shape, np.uint8)
            cv2.circle(spot, (x // 2, y // 2), click_radius(odds.shape), 1, -1)
            odds[spot > 0], given[spot > 0] = sign * CERTAIN, True
    for _ in range(PUSHES if drawn and not subject else 1):
        share = _walked(small, part, odds, given, outlook, box.mask(frame.shape))
        mask = _settled(frame, cv2.resize(share, (width, height)), box, subject, other)
        mask = without_pinholes(_main_part(mask, subject))
        if _reaches(mask, box):
            break
        # Drawn round somebody, a box is touched on all sides: colours have said too much.
        odds[part.y0 : part.y1, part.x0 : part.x1] += PUSH * _filling(part)
    return mask if outlook is None else _without_restless_holes(mask, outlook)


def _walked(
    small: Array, part: Box, odds: Array, given: Array, outlook: Outlook | None, inside: Array
) -> Array:
    """Return the share (h, w) of walks that end as subject, with what motion and a face add."""
    share = random_walk(small, odds, given)
    if outlook is not None:
        height, width = inside.shape
        within = cv2.resize(share, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
        if outlook.tells(inside) or outlook.tells(within & inside):
            ahead = _ahead(outlook, (small.shape[1], small.shape[0]))
            odds = np.where(given, odds, odds + ahead)
            share = random_walk(small, odds, given)
    hair = missing_hair(small, share > 0.5, part)
    if hair is not None:
        share = random_walk(small, np.where(given, odds, odds + hair), given)
    return share


def _reaches(mask: Array, box: Box) -> bool:
    """Return whether ``mask`` may be all that a box holds (the tight prior: Lempitsky 2009)."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return False
    high, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    touches = high >= TALL * (box.y1 - box.y0) and wide >= WIDE * (box.x1 - box.x0)
    return bool(touches or mask.sum() > LITTLE * box.area)


def _filling(box: Box) -> Array:
    """Return log odds in the box (h, w) float32: a subject fills its middle, rarely its corners.

    A wide box may hold several, with nothing in the middle.
    """
    height, width = box.y1 - box.y0, box.x1 - box.x0
    weight = np.float32(FILLING * np.clip(height / width / ONE_TALL, 0.2, 1))
    y = (np.arange(height, dtype=np.float32) + 0.5) / height * 2 - 1
    x = (np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1
    away = y[:, None] ** 2 + x[None] ** 2
    return np.asarray(weight * np.clip(2.0 - 2.5 * away, -2.5, 1.5), np.float32)


def _ahead(outlook: Outlook, size: tuple[int, int]) -> Array:
    """Return the log odds (h, w) float32 that the frames ahead give, at ``size`` (w, h)."""
    leaves = cv2.erode(outlook.leaves.view(np.uint8), np.ones((3, 3), np.uint8))
    still, leaving = (
        cv2.resize(np.asarray(where, np.float32), size, interpolation=cv2.INTER_AREA)
        for where in (outlook.still, leaves)
    )
    return np.asarray(LEAVES_ODDS * leaving - STILL_ODDS * still, np.float32)


def _settled(frame: Array, share: Array, box: Box, subject: Clicks, other: Clicks) -> Array:
    """Return the subject (H, W) bool, cut where the ``share`` (H, W) of walks leaves doubt."""
    labels = np.where(share > 0.5, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD))
    labels[share > SURE] = cv2.GC_FGD
    labels[(share < 1 - SURE) | ~box.mask(labels.shape)] = cv2.GC_BGD
    place_clicks(labels, subject, other)
    return cut(frame, labels, rounds=2)


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
    return Box(max(0, x - pad), max(0, y - pad), min(width, x + w + pad), min(height, y + h + pad))


def middle(shape: tuple[int, ...]) -> Array:
    """Return a prior (H, W) float32, 1 in the middle of the frame and a little below it."""
    height, width = shape[:2]
    y = (np.arange(height, dtype=np.float32) / height - 0.55) / 0.45
    x = (np.arange(width, dtype=np.float32) / width - 0.5) / 0.35
    down = np.where(y > 0, 0.4 * y, y)
    return np.asarray(np.exp(-(down[:, None] ** 2) - x[None] ** 2), np.float32)


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


def without_pinholes(mask: Array, pixels: int = 0) -> Array:
    """Return ``mask`` (H, W) bool, of a frame of so many ``pixels``, without its smallest holes.

    A gap so small between an arm and a body may be background, and then shows a spot of it; an
    eye that is left out shows the new background through the head.
    """
    _, parts, stats, _ = cv2.connectedComponentsWithStats((~mask).view(np.uint8))
    fill = stats[:, cv2.CC_STAT_AREA] < PINHOLE * (pixels or mask.size)
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
