"""Corrects a matte round a click: the wrong region that was clicked changes, the rest stays.

Around the click the colours of both sides near by give odds (see ``colour_grid``), the clicked spot
being counted on the side that was said; random walks (Grady 2005) spread them along the edges of
the picture. Only what hangs together with the click changes, and only to the side that was said.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from ..clip.clip import Array
from .colour_grid import likely_subject
from .prompts import Point
from .random_walk import random_walk
from .shape import signed_distance

#: How far from a click it corrects, and the radius of what it claims, as shares of the short side.
REACH, SPOT = 0.35, 0.01
#: Most that colours say, log odds; and what is beyond doubt.
MOST_ODDS, CERTAIN = 2.5, 8.0
#: What stands against a change: everywhere, and more with the squared distance, as far away as the
#: correction reaches.
KEEP, AWAY = 0.5, 2.0
#: Pixels of the halved picture this near the outline are mixed, and not learned from.
MIXED_PX = 2.0


def corrected_mask(mask: Array, frame: Array, clicks: Iterable[Point]) -> Array:
    """Return ``mask`` (H, W) bool with the regions that ``clicks`` are in turned as they say."""
    for click in clicks:
        region = corrected_region(mask.astype(np.float32), frame, click)
        mask = np.where(region, click.subject, mask)
    return mask


def corrected_region(alpha: Array, frame: Array, click: Point) -> Array:
    """Return what a click changes: (H, W) bool, all of it on the other side before.

    Args:
        alpha: (H, W) float32, 0 ... 1.
        frame: (H, W, 3) uint8.
        click: in pixels of ``frame``.
    """
    height, width = alpha.shape
    half = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(frame, half, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(alpha, half, interpolation=cv2.INTER_AREA)
    x, y = min(int(click.x) // 2, half[0] - 1), min(int(click.y) // 2, half[1] - 1)
    changed = _changed(small, coarse, (x, y), click.subject)
    whole = cv2.resize(changed.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray((whole > 0) & ((alpha > 0.5) != click.subject))


def _changed(frame: Array, alpha: Array, at: tuple[int, int], subject: bool) -> Array:
    """Return the region (H, W) bool round ``at`` (x, y) that turns to the side ``subject``."""
    mask, spot = alpha > 0.5, np.zeros(alpha.shape, np.uint8)
    cv2.circle(spot, at, max(1, round(SPOT * min(alpha.shape))), 1, -1)
    clicked = spot > 0
    told = np.where(clicked, subject, mask)
    sure = (np.abs(signed_distance(alpha)) > MIXED_PX) | clicked
    likely = np.clip(likely_subject(frame, told, sure), 1e-3, 1 - 1e-3)
    odds = np.clip(np.log(likely / (1 - likely)), -MOST_ODDS, MOST_ODDS)
    rows, columns = np.indices(alpha.shape, np.float32)
    away = np.hypot(columns - at[0], rows - at[1]) / np.float32(REACH * min(alpha.shape))
    sign = 1 if subject else -1
    given = clicked | (mask == subject) | (away > 1)
    odds = np.where(given, np.where(told, CERTAIN, -CERTAIN), odds - sign * (AWAY * away**2 + KEEP))
    share = random_walk(frame, odds.astype(np.float32), given)
    turned = ((share > 0.5) == subject) & (mask != subject) | clicked
    _, parts = cv2.connectedComponents(turned.view(np.uint8))
    return np.asarray(parts == parts[at[1], at[0]])
