"""The camera's steps by SIFT features and their ratio test (Lowe, "Distinctive Image Features from
Scale-Invariant Keypoints", IJCV 2004), with RANSAC.
"""

from __future__ import annotations

from typing import Any

import cv2

from ..metrics.arrays import Array
from .features import feature_steps

_FEATURES = 4000
_RATIO = 0.75


def steps(greys: Array, mask: Array | None = None) -> Array:
    """Return what takes a pixel of frame t to frame t + 1, (T - 1, 3, 3) float64.

    Args:
        greys: (T, H, W) uint8.
        mask: (T, H, W), not 0 where the subject is, which is left out; None to use all.

    Returns:
        The homographies; the identity where one could not be found.
    """
    return feature_steps(cv2.SIFT_create(_FEATURES), _match, greys, mask)


def _match(before: Any, after: Any) -> list[Any]:
    """Return the matches that are clearly better than the next best."""
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(before, after, k=2)
    return [first for first, second in pairs if first.distance < _RATIO * second.distance]
