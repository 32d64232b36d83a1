"""Planes that lie in the world, and how a picture sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ...clip.clip import Array
from .ground_view import move

#: From the pixels of a raster half as large.
TWICE = np.array([[2.0, 0.0, 0.5], [0.0, 2.0, 0.5], [0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class Layer:
    """A plane with something on it.

    Attributes:
        planes: (h, w) or (h, w, C) float32, up to 4 channels; 0 outside.
        matrix: (3, 3) from its cells to a picture's pixels.
    """

    planes: Array = field(repr=False, compare=False)
    matrix: Array = field(compare=False)

    def box(self, size: tuple[int, int]) -> tuple[slice, slice] | None:
        """Return rows and columns of a picture (width, height) around it; None for none.

        All of the plane must be before the camera.
        """
        bottom, right = (length - 0.5 for length in self.planes.shape[:2])
        corners = [[-0.5, -0.5], [right, -0.5], [-0.5, bottom], [right, bottom]]
        seen = move(np.array(corners), self.matrix)
        low = np.floor(seen.min(axis=0)).clip(0, size).astype(int)
        high = np.ceil(seen.max(axis=0) + 1).clip(0, size).astype(int)
        if (high <= low).any():
            return None
        return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))

    def seen(self, box: tuple[slice, slice]) -> Array:
        """Return (H, W) or (H, W, C) what that part of the picture sees of it."""
        rows, columns = box
        to_box = np.array([[1.0, 0.0, -columns.start], [0.0, 1.0, -rows.start], [0.0, 0.0, 1.0]])
        size = (columns.stop - columns.start, rows.stop - rows.start)
        return np.asarray(
            cv2.warpPerspective(self.planes, to_box @ self.matrix, size, flags=cv2.INTER_LINEAR)
        )
