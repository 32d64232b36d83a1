"""Does the plate follow the camera: the source's background and the result's, frame to frame.

The dominant shift of what lies outside the matte is compared, from the pixels with enough texture
to tell. A plate that stands still behind a moving subject, or slides, shows as a difference.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .motion import find_motion

#: Gradient (8-bit codes a pixel) that shows a shift, and the least pixels of it.
_TEXTURE = 3.0
_LEAST_PX = 400


def plate_slip(
    source: tuple[Array, Array], result: tuple[Array, Array], alpha: Array
) -> float | None:
    """Return by how many pixels the plate moved otherwise than the camera asked for.

    Args:
        source: luma (h, w) uint8 of two consecutive frames of the source.
        result: the same of the result.
        alpha: (h, w) uint8 of the second frame, subject = 255.

    Returns:
        None if either background is too plain to tell.
    """
    wide = cv2.dilate(alpha, np.ones((9, 9), np.uint8)) < 13
    wanted, made = _shift(source, wide), _shift(result, wide)
    if wanted is None or made is None:
        return None
    return float(np.hypot(*(wanted - made)))


def _shift(pair: tuple[Array, Array], where: Array) -> Array | None:
    before, now = pair
    motion = find_motion(now, before)
    across = cv2.Sobel(now, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(now, cv2.CV_32F, 0, 1, scale=0.125)
    telling = where & motion.visible & (np.minimum(*_energies(across, down)) > _TEXTURE**2)
    if np.count_nonzero(telling) < _LEAST_PX:
        return None
    rows, cols = np.nonzero(telling)
    moved = np.stack([cols, rows], axis=1) - motion.where[rows, cols]
    shift: Array = np.median(moved, axis=0)
    return shift


def _energies(across: Array, down: Array) -> tuple[Array, Array]:
    """Return the local energy of both gradients: a corner or texture has both."""
    first = cv2.blur(across * across, (9, 9))
    second = cv2.blur(down * down, (9, 9))
    return first, second
