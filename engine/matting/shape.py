"""A matte's shape: how far each pixel lies from its outline."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array


def signed_distance(alpha: Array) -> Array:
    """Return pixels inside (positive) or outside (negative) the half contour: (H, W) float32."""
    solid = (alpha > 0.5).astype(np.uint8)
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
    return np.asarray(cv2.subtract(inside, outside))
