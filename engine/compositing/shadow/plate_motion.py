"""How a picture of a scene has moved until another: features matched, a similarity fitted.

ORB (E. Rublee et al., *ORB: an efficient alternative to SIFT or SURF*, ICCV 2011) finds the same
places in two pictures that are seconds apart, where following them would lose them.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array

#: Features of a picture; matches of which so many, and that part, must move alike.
_FEATURES, _FEWEST, _ALIKE = 600, 20, 0.3
#: How far off a match may be, in pixels.
_OFF_PX = 2.5


def similarity(first: Array, second: Array) -> Array:
    """Return (3, 3) from pixels of one picture to those of another: shift, turn and size.

    The identity where they have too little in common.

    Args:
        first: (H, W) uint8.
        second: (H, W) uint8.
    """
    orb = cv2.ORB.create(_FEATURES)
    (here, marks), (there, others) = (orb.detectAndCompute(one, None) for one in (first, second))
    if min(len(here), len(there)) < _FEWEST:
        return np.eye(3)
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(marks, others)
    if len(pairs) < _FEWEST:
        return np.eye(3)
    start = np.array([here[pair.queryIdx].pt for pair in pairs])
    stop = np.array([there[pair.trainIdx].pt for pair in pairs])
    matrix, alike = cv2.estimateAffinePartial2D(
        start, stop, method=cv2.RANSAC, ransacReprojThreshold=_OFF_PX
    )
    if matrix is None or alike.sum() < max(_FEWEST, _ALIKE * len(pairs)):
        return np.eye(3)
    return np.vstack([matrix, [0.0, 0.0, 1.0]])


def carried(line: tuple[float, float], matrix: Array, size: tuple[int, int]) -> tuple[float, float]:
    """Return where a picture's motion carries a line: its height in the middle, and its slope.

    Args:
        line: height in parts of the picture's, in its middle column, and rows per column.
        matrix: (3, 3) from pixels to pixels.
        size: width and height of the picture.
    """
    width, height = size
    middle, aside = (width - 1) / 2, width / 4
    row, slope = line[0] * height - 0.5, line[1]
    ends = np.array([[middle + x, row + slope * x, 1.0] for x in (-aside, aside)]) @ matrix.T
    left, right = ends[:, :2] / ends[:, 2:]
    slope = float((right[1] - left[1]) / (right[0] - left[0]))
    return float(left[1] + slope * (middle - left[0]) + 0.5) / height, slope
