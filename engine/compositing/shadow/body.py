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
#: How much, in pixels, a mean of neighbours falls short of the middle of a limb.
_RIDGE_PX = 0.3


def thickness_px(silhouette: Array, tall_px: float) -> tuple[Array, Array]:
    """Return half the depth of a body, in pixels of a raster half as large, and of this one.

    It changes slowly: it is computed in the smaller one, (ceil(h / 2), ceil(w / 2)) float32.

    Args:
        silhouette: (h, w) float32, 0 ... 1, of somebody who ...
        tall_px: ... is that many pixels tall.
    """
    height, width = silhouette.shape
    inside = cv2.copyMakeBorder(
        (silhouette > 0.5).astype(np.uint8), 1, 1 + height % 2, 1, 1 + width % 2, 0, value=0
    )
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    # Distances are to the middle of the first pixel outside.
    radius = np.maximum(distance - np.float32(0.5), np.float32(0.0))
    size = (radius.shape[1] // 2, radius.shape[0] // 2)
    small = cv2.resize(radius, size, interpolation=cv2.INTER_AREA)
    # The mean of four pixels is less than the ridge among them.
    small = np.where(small > _RIDGE_PX, small + np.float32(_RIDGE_PX), small) / 2
    limit = _DEEPEST * tall_px / 2
    square = np.square(np.minimum(small, np.float32(limit)))
    half = np.sqrt(np.maximum(_ball_heights(_ball_heights(square, limit).T, limit).T, 0.0))
    full = cv2.resize(half, (radius.shape[1], radius.shape[0]))[:height, :width]
    return half, 2 * full * (silhouette > 0.5)


def _ball_heights(square: Array, reach: float) -> Array:
    """Return the greatest of ``square`` less the squared distance along the first axis."""
    best = np.ascontiguousarray(square)
    start = best.copy()
    for step in range(1, min(math.ceil(reach), len(square) - 1) + 1):
        lower = start - np.float32(step * step)
        np.maximum(best[step:], lower[:-step], out=best[step:])
        np.maximum(best[:-step], lower[step:], out=best[:-step])
    return best
