"""The blur of a plate that a moving camera's open shutter leaves: views along the way, averaged."""

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


def motion_of(camera: CameraMotion, index: int, count: int) -> Array:
    """Return the (3, 3) motion at a frame: from the frame after it to the frame itself."""
    first = min(index, count - 2)
    step = np.linalg.inv(camera.matrix(first)) @ camera.matrix(first + 1)
    return np.asarray(step / step[2, 2])


def motion_px(motion: Array, size: tuple[int, int]) -> float:
    """Return how far the corners move from a frame to the next, the mean, pixels."""
    width, height = size
    corners = np.array([[[0, 0], [width, 0], [0, height], [width, height]]], np.float64)
    moved = cv2.perspectiveTransform(corners, motion)
    return float(np.linalg.norm(moved - corners, axis=2).mean())


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
    views = min(MOST, max(3, math.ceil(length / STEP_PX)) | 1)
    total = np.zeros(frame.shape, np.float32)
    light = decode(frame, bits, True)
    for part in (np.arange(views) + 0.5) / views - 0.5:
        view = np.eye(3) + part * shutter * (motion - np.eye(3))
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpPerspective(light, view, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        cv2.accumulate(np.asarray(moved), total)
    return encode(total * np.float32(1 / views), bits, True)
