"""A body guessed from its silhouette: as deep as it is wide.

Every place is as deep as the largest ball that fits into the silhouette around it: a union of
balls along the medial axis (H. Blum, *A transformation for extracting new descriptors of shape*,
1967). A trunk is flatter than that, so depth has a limit in parts of the height.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ...clip.clip import Array

#: Half the depth of a trunk in parts of the body's height.
_DEEPEST = 0.075


def thickness_px(silhouette: Array, tall_px: float) -> Array:
    """Return (h, w) float32 half the depth of a body, in pixels.

    Args:
        silhouette: (h, w) float32, 0 ... 1, of somebody who ...
        tall_px: ... is that many pixels tall.
    """
    limit = _DEEPEST * tall_px
    inside = cv2.copyMakeBorder((silhouette > 0.5).astype(np.uint8), 1, 1, 1, 1, 0, value=0)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    # Distances are to the middle of the first pixel outside.
    radius = np.minimum(np.maximum(distance - 0.5, 0.0), limit).astype(np.float32)
    square = _ball_heights(_ball_heights(np.square(radius), limit).T, limit).T
    return np.sqrt(np.maximum(square, 0.0))


def _ball_heights(square: Array, reach: float) -> Array:
    """Return the greatest of ``square`` less the squared distance along the first axis."""
    best = np.ascontiguousarray(square)
    start = best.copy()
    for step in range(1, min(math.ceil(reach), len(square) - 1) + 1):
        lower = start - np.float32(step * step)
        np.maximum(best[step:], lower[:-step], out=best[step:])
        np.maximum(best[:-step], lower[step:], out=best[:-step])
    return best
