"""The blur of a plate that a moving camera's open shutter leaves: light spread along the way.

The way is a line that differs little from place to place: where it is the same all over one filter
does, and otherwise the frame is cut into tiles in which it is.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from ...analysis.camera.motion import CameraMotion
from ...clip.clip import Array
from ..light import decode, encode

#: Less motion than this while the shutter is open is not seen, pixels.
LEAST_PX = 0.7
#: Ways may differ by this much in a tile, pixels; most tiles along a side.
EVEN_PX, MOST_TILES = 0.6, 24
#: So short a way blurs alike in display light, for what shines has not far to spread, in a fifth of
#: the time.
SHORT_PX = 2.5
#: Rows that are worked on at once, so that they stay in the cache.
ROWS = 32


def motion_of(camera: CameraMotion, index: int, count: int) -> Array:
    """Return the (3, 3) motion at a frame: from the frame after it to the frame itself."""
    first = min(index, count - 2)
    step = np.linalg.inv(camera.matrix(first)) @ camera.matrix(first + 1)
    return np.asarray(step / step[2, 2])


def motion_px(motion: Array, size: tuple[int, int]) -> float:
    """Return how far the corners move from a frame to the next, the mean, pixels."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    return float(np.linalg.norm(_ways(motion, corners), axis=1).mean())


def open_shutter(frame: Array, bits: int, motion: Array, shutter: float) -> Array:
    """Return a native RGB frame as an open shutter sees it, mixed in linear light where it tells.

    Args:
        frame: (H, W, 3).
        bits: of it.
        motion: (3, 3), see :func:`motion_of`.
        shutter: share of the time between two frames that it is open.
    """
    height, width = frame.shape[:2]
    if motion_px(motion, (width, height)) * shutter < LEAST_PX:
        return frame
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    ways = shutter * _ways(motion, corners)
    uneven = np.ptp(ways, axis=0).max()
    if uneven <= EVEN_PX and np.linalg.norm(ways, axis=1).max() <= SHORT_PX:
        line = _line(ways.mean(axis=0))
        return np.asarray(cv2.filter2D(frame, -1, line, borderType=cv2.BORDER_REPLICATE))
    reach = int(np.ceil(abs(ways).max() / 2)) + 1
    around = cv2.copyMakeBorder(frame, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    tiles = min(MOST_TILES, max(1, int(np.ceil(uneven / EVEN_PX))))
    rows = np.linspace(0, height, max(tiles, height // ROWS) + 1).astype(int)
    columns = np.linspace(0, width, tiles + 1).astype(int)
    out = np.empty_like(frame)
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            middle = np.array([[(left + right) / 2, (top + bottom) / 2]])
            line = _line(shutter * _ways(motion, middle)[0])
            part = around[top : bottom + 2 * reach, left : right + 2 * reach]
            light = cv2.filter2D(decode(part, bits, True), -1, line)
            out[top:bottom, left:right] = encode(light[reach:-reach, reach:-reach], bits, True)
    return out


def _ways(motion: Array, places: Array) -> Array:
    """Return how far (N, 2) places move, pixels."""
    return np.asarray(cv2.perspectiveTransform(places[None], motion)[0] - places)


def _line(way: Array) -> Array:
    """Return the kernel, odd sides, of a line along ``way`` (x, y) whose middle is its own."""
    count = 4 * int(np.ceil(np.abs(way).max())) + 1
    steps = ((np.arange(count) + 0.5) / count - 0.5)[:, None] * way
    half = np.ceil(abs(steps).max(0)).astype(int)
    kernel = np.zeros((2 * half[1] + 1, 2 * half[0] + 1), np.float32)
    # Each point is shared by the four pixels around it.
    first = np.minimum(np.floor(steps).astype(int), np.maximum(half - 1, 0))
    part = steps - first
    for right, low in ((0, 0), (1, 0), (0, 1), (1, 1)):
        share = abs(1 - right - part[:, 0]) * abs(1 - low - part[:, 1])
        x, y = (np.minimum(first[:, k] + step + half[k], 2 * half[k])
                for k, step in ((0, right), (1, low)))  # fmt: skip
        np.add.at(kernel, (y, x), share)
    return np.asarray(kernel / kernel.sum())
