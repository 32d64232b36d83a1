"""The canvas a clean plate is put together on: as large as everything the camera saw.

Frames are placed by the camera's homographies, in pixels of a reference frame. Where the camera
went closer the canvas is as dense as the closest view, within bounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array

#: A camera that moves the frame's corners less than this rests: nothing is resampled, pixels.
STILL_PX = 0.1
#: Largest density of the canvas, in canvas pixels a reference pixel, and its largest area.
MOST_DENSE, MOST_PIXELS = 2.0, 48_000_000
#: Pixels of the canvas round everything that is seen.
BORDER_PX = 2.0


@dataclass(frozen=True)
class Canvas:
    """Where every frame lies on a common picture.

    Attributes:
        width: pixels.
        height: pixels.
        views: (T, 3, 3) homographies, frame pixels to canvas pixels.
        still: every view is the identity and the canvas is as large as a frame.
    """

    width: int
    height: int
    views: Array
    still: bool

    def scaled(self, scale: float) -> Canvas:
        """Return the canvas for frames and canvas reduced by one factor."""
        down = scaling(scale)
        views = down @ self.views @ np.linalg.inv(down)
        size = max(2, round(self.width * scale)), max(2, round(self.height * scale))
        return Canvas(*size, views, self.still)


def make_canvas(transforms: Sequence[Array], frame: tuple[int, int]) -> Canvas:
    """Return the canvas that covers all frames.

    Args:
        transforms: one (3, 3) homography a frame, from its pixels to one common frame's.
        frame: (width, height) in pixels.
    """
    first = np.linalg.inv(transforms[0])
    views = np.stack([first @ matrix for matrix in transforms])
    views /= views[:, 2:, 2:]
    corners = _corners(frame)
    paths = np.stack([project(view, corners) for view in views])
    if float(np.abs(paths - corners).max()) < STILL_PX:
        return Canvas(*frame, np.broadcast_to(np.eye(3), views.shape), True)
    low, high = paths.min((0, 1)) - BORDER_PX, paths.max((0, 1)) + BORDER_PX
    areas = [abs(cv2.contourArea(path.astype(np.float32))) for path in paths]
    closest = min(areas) / (frame[0] * frame[1])
    density = min(max(1.0, 1.0 / math.sqrt(max(closest, 1e-6))), MOST_DENSE)
    density = min(density, math.sqrt(MOST_PIXELS / float(np.prod(high - low))))
    size = np.ceil((high - low) * density).astype(int)
    place = scaling(density) @ np.array([[1, 0, -low[0] - 0.5], [0, 1, -low[1] - 0.5], [0, 0, 1]])
    return Canvas(int(size[0]), int(size[1]), place @ views, False)


def scaling(scale: float) -> Array:
    """Return the matrix to a picture ``scale`` times as large (pixel centres at whole numbers)."""
    shift = scale / 2 - 0.5
    return np.array([[scale, 0.0, shift], [0.0, scale, shift], [0.0, 0.0, 1.0]])


def project(matrix: Array, points: Array) -> Array:
    """Return (N, 2) points taken through a (3, 3) matrix."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def _corners(frame: tuple[int, int]) -> Array:
    right, bottom = frame[0] - 0.5, frame[1] - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])
