"""The camera's steps by ORB features (Rublee et al., "ORB: an efficient alternative to SIFT or
SURF", ICCV 2011), matched both ways, with RANSAC.
"""

from __future__ import annotations

import cv2

from ..metrics.arrays import Array
from .features import feature_steps

_FEATURES = 2000


def steps(greys: Array, mask: Array | None = None) -> Array:
    """Return what takes a pixel of frame t to frame t + 1, (T - 1, 3, 3) float64.

    Args:
        greys: (T, H, W) uint8.
        mask: (T, H, W), not 0 where the subject is, which is left out; None to use all.

    Returns:
        The homographies; the identity where one could not be found.
    """
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
    return feature_steps(cv2.ORB_create(_FEATURES), matcher.match, greys, mask)
