"""How far the background moves from one small picture to the next: a grid of patches, matched.

Lucas and Kanade's tracker with Bouguet's pyramid; the median of what it finds is the drift, good
enough to know where to look for a body in the next frame and whether it moves with the room.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array

_GRID = (9, 6)
#: Share of the patches that must be found.
_FEWEST = 0.25
#: Moves that scatter more than this, in pixels, say nothing.
_SCATTER = 0.7


class Drift:
    """Follows the background from frame to frame."""

    def __init__(self) -> None:
        """Wait for the first frame."""
        self._grey: Array | None = None
        self._free: Array | None = None

    def step(self, grey: Array, labels: Array) -> tuple[float, float]:
        """Return by how many pixels the background has moved since the frame before.

        Args:
            grey: (H, W) uint8.
            labels: (H, W), 0 where the background is.
        """
        before, free = self._grey, self._free
        # A window that has a body's edge in it follows the body.
        near = cv2.dilate((labels > 0).astype(np.uint8), np.ones((13, 13), np.uint8))
        self._grey, self._free = grey, near == 0
        if before is None or free is None:
            return 0.0, 0.0
        height, width = grey.shape
        xs, ys = np.meshgrid(
            np.linspace(0.05, 0.95, _GRID[0]) * (width - 1),
            np.linspace(0.07, 0.93, _GRID[1]) * (height - 1),
        )
        points = np.stack([xs.ravel(), ys.ravel()], axis=1).astype(np.float32)
        points = points[free[points[:, 1].round().astype(int), points[:, 0].round().astype(int)]]
        if len(points) < 4:
            return 0.0, 0.0
        after, found, _ = cv2.calcOpticalFlowPyrLK(
            before, grey, points[:, None], points[:, None].copy(), winSize=(11, 11), maxLevel=2,
            minEigThreshold=1e-3,
        )  # fmt: skip
        moves = (after - points[:, None])[found.ravel() > 0].reshape(-1, 2)
        if len(moves) < max(_FEWEST * len(points), 4):
            return 0.0, 0.0
        x, y = middle = np.median(moves, axis=0)
        if float(np.median(np.abs(moves - middle).max(1))) > _SCATTER:
            # A bare wall has nothing to hold on to: what is found there is noise.
            return 0.0, 0.0
        return float(x), float(y)
