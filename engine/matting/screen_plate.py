"""The screen's own colour everywhere in a frame: lights are never even, and subjects throw shadows.

Where the screen is surely seen a wide estimate is spread over the frame (pull-push). Closer to the
subject, small cells that are that colour made darker or brighter, of the same chroma, show the
screen too, with its folds and the shadow that falls on it; hair before it shifts the chroma.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array
from .channels import channel_max, channel_sum, times
from .screen import Screen
from .screen_hue import screen_share, unit_axis, wedge_slope
from .spread import spread

#: Sides of the cells of the wide and of the near estimate, pixels of a frame 540 high.
WIDE_PX, NEAR_PX = 8, 4
#: Share of the screen's colour above which a coarse pixel is surely screen.
SURE_SHARE = 0.72
#: Brightness between which a cell may be the screen in another light.
DARKEST, BRIGHTEST = 0.25, 1.25
#: Brightness below which it must also be even, and the range within three by three cells that is.
DIM, EVEN = 0.5, 0.12
#: What of full scale such a cell may miss its colour by, and how much more for each part of light
#: that is lost (skylight fills shadows).
MISSED, MISSED_IN_SHADE = 0.012, 0.05
#: How much near cells are averaged with their surroundings, 0 ... 1.
SMOOTH = 0.4


def wide_screen(small: Array, screen: Screen) -> tuple[Array, Array]:
    """Return the screen's colour over a coarse frame, and where it is surely seen.

    Args:
        small: (H, W, 3) float32 RGB, 0 ... 1.
        screen: what was found in the clip.

    Returns:
        (H, W, 3) float32 and (H, W) bool.
    """
    axis = unit_axis(np.array([[screen.rgb]], np.float32))
    share = screen_share(small, axis, wedge_slope(screen.rgb))
    sure = (share > SURE_SHARE).astype(np.uint8)
    core = cv2.erode(sure, np.ones((3, 3), np.uint8)).astype(np.float32)
    if not core.any():
        return np.broadcast_to(np.array(screen.rgb, np.float32), small.shape), core > 0
    return spread(small, core, smooth=0.6), core > 0


def screen_plate(picture: Array, screen: Screen, empty: Array | None = None) -> tuple[Array, Array]:
    """Return the screen behind the subject, coarse, and where it was surely seen.

    Args:
        picture: (H, W, 3) float32 RGB, 0 ... 1.
        screen: what was found in the clip.
        empty: the screen without the subject, as ``picture``, where it is known.

    Returns:
        (h, w, 3) float32, 0 ... 1, and (h', w') bool.
    """
    wide, sure = wide_screen(_cells(picture, WIDE_PX), screen)
    near = _cells(picture, NEAR_PX)
    height, width = near.shape[:2]
    if empty is not None:
        wide = _cells(empty, NEAR_PX)
    wide = cv2.resize(np.ascontiguousarray(wide), (width, height), interpolation=cv2.INTER_LINEAR)
    like = cv2.erode(_shaded(near, wide), np.ones((3, 3), np.uint8)).astype(np.float32)
    return np.clip(wide + spread(near - wide, like, SMOOTH), 0, 1), sure


def _cells(picture: Array, side_px: int) -> Array:
    height, width = picture.shape[:2]
    cell = side_px * max(1.0, height / 540)
    size = max(2, round(width / cell)), max(2, round(height / cell))
    return area_average(picture, size)


def _shaded(near: Array, wide: Array) -> Array:
    """Return (h, w) uint8: 1 where a cell is the screen in some light."""
    level = channel_sum(wide * wide) + np.float32(1e-4)
    light = channel_sum(near * wide) / level
    missed = channel_max(np.abs(near - times(wide, light)))
    allowed = MISSED + MISSED_IN_SHADE * np.clip(1 - light, 0, 1)
    like = (missed < allowed) & (light > DARKEST) & (light < BRIGHTEST)
    # Black hair in the screen's own light has its hue, but is nowhere as even as a shadow.
    window = np.ones((3, 3), np.uint8)
    uneven = cv2.dilate(light, window) - cv2.erode(light, window)
    return np.asarray(like & ((light > DIM) | (uneven < EVEN)), np.uint8)
