"""A still with a slow zoom to its middle, as ffmpeg's zoompan makes it: the background plate of who
has no camera. The crop moves in whole pixels, so the still is enlarged first, as is usual.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from ..metrics.arrays import Array

Size = tuple[int, int]

#: The still is enlarged so many times; zoompan's steps are then a quarter of its pixel.
_ENLARGED = 4


def ken_burns(picture: Array, frames: int, size: Size, zoom_per_frame: float = 0.0015) -> Array:
    """Return the clip, (T, H, W, 3) in the picture's dtype.

    Args:
        picture: (h, w, 3) RGB, uint8 or float32 in 0 ... 1; cut to the shape of ``size``.
        frames: T.
        size: (width, height) px of the clip.
        zoom_per_frame: added to the zoom at each frame; the first is not enlarged.
    """
    height, width = picture.shape[:2]
    large = (width * _ENLARGED, height * _ENLARGED)
    enlarged = cv2.resize(picture, large, interpolation=cv2.INTER_CUBIC)
    windows = _windows((width, height), frames, size, zoom_per_frame)
    shots = [
        cv2.resize(enlarged[y : y + h, x : x + w], size, interpolation=cv2.INTER_AREA)
        for x, y, w, h in windows
    ]
    clip = np.stack(shots)
    # Cubic enlargement overshoots at edges.
    return clip if clip.dtype == np.uint8 else np.clip(clip, 0.0, 1.0)


def ken_burns_steps(
    picture_size: Size, frames: int, size: Size, zoom_per_frame: float = 0.0015
) -> Array:
    """Return what ``ken_burns`` does from frame to frame, rounding and all.

    Args:
        picture_size: (width, height) px of the still; the others as ``ken_burns``.

    Returns:
        (T - 1, 3, 3), each takes a pixel (x, y, 1) of frame t to frame t + 1.
    """
    windows = _windows(picture_size, frames, size, zoom_per_frame)
    views = [_view(window, size) for window in windows]
    steps = [view @ np.linalg.inv(last) for last, view in pairwise(views)]
    return np.reshape(steps, (-1, 3, 3))


def _windows(
    picture_size: Size, frames: int, size: Size, zoom_per_frame: float
) -> list[tuple[int, int, int, int]]:
    """Return x, y, width and height of each frame's crop, px of the enlarged still."""
    whole_w, whole_h = (side * _ENLARGED for side in picture_size)
    scale = min(whole_w / size[0], whole_h / size[1])
    found = []
    for t in range(frames):
        zoom = 1.0 + zoom_per_frame * t
        w, h = size[0] * scale / zoom, size[1] * scale / zoom
        # zoompan cuts off what is behind the point, of sizes and of positions.
        found.append((int((whole_w - w) / 2), int((whole_h - h) / 2), int(w), int(h)))
    return found


def _view(window: tuple[int, int, int, int], size: Size) -> Array:
    """Return what takes pixels of the enlarged still to pixels of a frame, (3, 3)."""
    x, y, w, h = window
    across, down = size[0] / w, size[1] / h
    # Pixels are told by their middles: the left edge is at -0.5 in both.
    return np.array(
        [
            [across, 0.0, (0.5 - x) * across - 0.5],
            [0.0, down, (0.5 - y) * down - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )
