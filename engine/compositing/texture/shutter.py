"""The blur of a plate that a moving camera's open shutter leaves: views along the way, averaged.

Where the whole picture moves alike the views' average is a filter along the way.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ...analysis.camera.motion import CameraMotion
from ...clip.clip import Array
from ..light import decode, encode

#: Less motion than this while the shutter is open is not seen, pixels.
LEAST_PX = 0.7
#: Pixels between two views, and most of them.
STEP_PX, MOST = 1.5, 11
#: A picture moves alike where its corners' blur differs by no more than this, pixels.
ALIKE_PX = 0.5
#: So short a blur is the same in display light: what shines has not far to spread.
SHORT_PX = 2.5


def motion_of(camera: CameraMotion, index: int, count: int) -> Array:
    """Return the (3, 3) motion at a frame: from the frame after it to the frame itself."""
    first = min(index, count - 2)
    step = np.linalg.inv(camera.matrix(first)) @ camera.matrix(first + 1)
    return np.asarray(step / step[2, 2])


def motion_px(motion: Array, size: tuple[int, int]) -> float:
    """Return how far the corners move from a frame to the next, the mean, pixels."""
    return float(np.linalg.norm(_ways(motion, size), axis=1).mean())


def open_shutter(frame: Array, bits: int, motion: Array, shutter: float) -> Array:
    """Return a native RGB frame as an open shutter sees it, mixed in linear light.

    Args:
        frame: (H, W, 3).
        bits: of it.
        motion: (3, 3), see :func:`motion_of`.
        shutter: share of the time between two frames that it is open.
    """
    size = (frame.shape[1], frame.shape[0])
    length = motion_px(motion, size) * shutter
    if length < LEAST_PX:
        return frame
    ways = _ways(motion, size) * shutter
    way = ways.mean(axis=0)
    alike = np.linalg.norm(ways - way, axis=1).max() <= ALIKE_PX
    if alike and length <= SHORT_PX:
        return _along(frame, way)
    light = decode(frame, bits, True)
    return encode(
        _along(light, way) if alike else _views(light, motion, shutter, length), bits, True
    )


def _ways(motion: Array, size: tuple[int, int]) -> Array:
    """Return how far each corner moves from a frame to the next, (4, 2) pixels."""
    width, height = size
    corners = np.array([[[0, 0], [width, 0], [0, height], [width, height]]], np.float64)
    return np.asarray((cv2.perspectiveTransform(corners, motion) - corners)[0])


def _along(frame: Array, way: Array) -> Array:
    """Return a picture averaged over a straight way, pixels."""
    half = math.ceil(float(np.abs(way).max()) / 2)
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    # A view between pixels is a mixture of its four neighbours.
    many = 8 * half + 1
    for x, y in np.linspace(-0.5, 0.5, many)[:, None] * way + half:
        column, row = min(int(x), 2 * half - 1), min(int(y), 2 * half - 1)
        across, down = x - column, y - row
        kernel[row : row + 2, column : column + 2] += np.outer(
            (1 - down, down), (1 - across, across)
        )
    return np.asarray(
        cv2.filter2D(frame, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    )


def _views(light: Array, motion: Array, shutter: float, length: float) -> Array:
    """Return the mean of views spread over the time that the shutter is open."""
    size = (light.shape[1], light.shape[0])
    views = min(MOST, max(3, math.ceil(length / STEP_PX)) | 1)
    total = np.zeros(light.shape, np.float32)
    for part in (np.arange(views) + 0.5) / views - 0.5:
        view = np.eye(3) + part * shutter * (motion - np.eye(3))
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpPerspective(light, view, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        cv2.accumulate(np.asarray(moved), total)
    return total * np.float32(1 / views)
