"""A homography from matched features (Fischler and Bolles, "RANSAC", CACM 1981), whatever finds
and describes them: what ``camera_orb`` and ``camera_sift`` share.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from ..metrics.arrays import Array

#: (key points, descriptors) of a frame.
Features = tuple[Any, Any]

_REPROJECTION_PX = 3.0
#: Four pairs make a homography, but of so few any is as good as another.
_FEWEST_PAIRS = 10


def feature_steps(
    detector: Any, match: Callable[[Any, Any], Any], greys: Array, mask: Array | None
) -> Array:
    """Return the homography of each step, (T - 1, 3, 3) float64; identity where it fails.

    Args:
        detector: an OpenCV feature, for its ``detectAndCompute``.
        match: descriptors of two frames -> OpenCV matches.
        greys: (T, H, W) uint8.
        mask: (T, H, W), not 0 where the subject is; no feature is looked for there.
    """
    where = [None] * len(greys) if mask is None else [(one == 0).astype(np.uint8) for one in mask]
    found = [detector.detectAndCompute(*one) for one in zip(greys, where, strict=True)]
    steps = [_step(*pair, match) for pair in pairwise(found)]
    return np.reshape(steps, (-1, 3, 3))


def _step(before: Features, after: Features, match: Callable[[Any, Any], Any]) -> Array:
    (points, described), (later_points, later_described) = before, after
    if min(len(points), len(later_points)) < _FEWEST_PAIRS:
        return np.eye(3)
    pairs = match(described, later_described)
    if len(pairs) < _FEWEST_PAIRS:
        return np.eye(3)
    source = np.array([points[pair.queryIdx].pt for pair in pairs], np.float32)
    target = np.array([later_points[pair.trainIdx].pt for pair in pairs], np.float32)
    found, _ = cv2.findHomography(source, target, cv2.RANSAC, _REPROJECTION_PX)
    return np.eye(3) if found is None else found
