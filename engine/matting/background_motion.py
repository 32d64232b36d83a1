"""How the background moved between two frames: tracked corners, one robust homography.

Corners outside the subject are followed by pyramidal Lucas-Kanade and agreed on by RANSAC
(MAGSAC++, Barath et al. 2020).
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array

#: Corners followed, and the fewest that are believed.
CORNERS, FEWEST = 160, 16
#: Largest distance of a corner from where the homography puts it, pixels.
AGREE_PX = 1.0
#: Largest move of a frame's corner, pixels, that counts as standing still.
STILL_PX = 0.12


def background_motion(before: Array, after: Array, subject: Array) -> Array | None:
    """Return the 3x3 homography from ``after`` to ``before``, or None if it cannot be told.

    Args:
        before: (H, W) uint8.
        after: (H, W) uint8, the next frame.
        subject: (H, W) uint8, not zero where the subject is in ``before``.

    Returns:
        float64; the identity exactly where the camera stands still.
    """
    allowed = (subject == 0).astype(np.uint8)
    corners = cv2.goodFeaturesToTrack(before, CORNERS, 0.004, before.shape[1] / 40, mask=allowed)
    if corners is None or len(corners) < FEWEST:
        return None
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before, after, corners, corners.copy(), winSize=(15, 15)
    )
    kept = found.ravel() > 0
    if kept.sum() < FEWEST:
        return None
    cv2.setRNGSeed(1)
    matrix, agreed = cv2.findHomography(moved[kept], corners[kept], cv2.USAC_MAGSAC, AGREE_PX)
    if matrix is None or int(agreed.sum()) < max(FEWEST, 0.4 * kept.sum()):
        return None
    height, width = before.shape
    frame = np.array([[[0, 0], [width, 0], [0, height], [width, height]]], np.float64)
    shift = np.abs(cv2.perspectiveTransform(frame, matrix) - frame).max()
    if shift > 0.35 * max(height, width):
        return None
    return np.eye(3) if shift < STILL_PX else np.asarray(matrix)
