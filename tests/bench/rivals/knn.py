"""KNN matting from a trimap (Chen, Li and Tang, "KNN Matting", PAMI 2013), as pymatting has it.

It works at half the size and its matte is enlarged: at full size it takes 10 s and more than a GiB
for a frame of 540 lines, which nobody does to a clip. What the trimap knows stays exact.
"""

from __future__ import annotations

import importlib.util

import cv2
import numpy as np

from ..metrics.arrays import Array
from .trimap import is_solvable


def available() -> bool:
    """Return whether pymatting is installed."""
    return importlib.util.find_spec("pymatting") is not None


def knn(frame: Array, trimap: Array) -> Array:
    """Return the matte, (H, W) float32, 0 ... 1.

    Args:
        frame: (H, W, 3) RGB uint8.
        trimap: (H, W) float32, 0, 0.5 or 1. One that leaves nothing to solve is returned.

    Raises:
        ValueError: the solver did not converge.
    """
    height, width = trimap.shape
    half = ((width + 1) // 2, (height + 1) // 2)
    small_trimap = _halved(trimap, half)
    if not is_solvable(small_trimap):
        return trimap
    from pymatting import estimate_alpha_knn

    small = cv2.resize(frame, half, interpolation=cv2.INTER_AREA)
    found = estimate_alpha_knn(small / 255.0, small_trimap.astype(np.float64))
    large = cv2.resize(found.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(trimap == 0.5, np.clip(large, 0.0, 1.0), trimap)


def _halved(trimap: Array, size: tuple[int, int]) -> Array:
    """Return a smaller trimap, in which a pixel with anything unknown is unknown."""
    mean = cv2.resize(trimap, size, interpolation=cv2.INTER_AREA)
    sure = (mean <= 0.0) | (mean >= 1.0)
    return np.where(sure, mean, np.float32(0.5))
