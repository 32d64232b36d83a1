"""The strands' part of a matte: what is thinner than a few pixels (a white top-hat transform).

An opening takes away what its shape does not fit into: that is the hair (Meyer, 1979).
The shape is an octagon, which a square and a small cross applied in turn make at little cost.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from ..clip.operations import map_frames
from ..clip.strips import covered
from .matte import Matte

#: Radius of what counts as thin, as a share of the picture's short side: 3 pixels of 540.
THIN_SHARE = 3 / 540
#: What stands out by less is the edge's own unevenness.
LEAST = 0.05


def hair_matte(matte: Matte) -> Matte:
    """Return the part of ``matte`` that is thinner than a few pixels, as a matte. Lazy."""
    fmt = matte.alpha.format
    radius = max(1, round(min(fmt.width, fmt.height) * THIN_SHARE))

    def thin(_: int, alpha: Array) -> Array:
        out = np.zeros_like(alpha)
        window = covered(alpha)
        if window is not None:
            part = np.ascontiguousarray(alpha[window])
            out[window] = _faint_off(part - _opened(part, radius), fmt.max_value)
        return out

    return Matte(map_frames(thin, [matte.alpha], "hair_matte/1", radius))


def _opened(alpha: Array, radius: int) -> Array:
    """Return the opening of ``alpha`` by an octagon of ``radius`` pixels."""
    side = radius // 2
    square = np.ones((2 * side + 1, 2 * side + 1), np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    # Beyond the picture's border the subject goes on.
    shrunk = cv2.erode(alpha, square)
    shrunk = cv2.erode(shrunk, cross, iterations=radius - side)
    grown = cv2.dilate(shrunk, cross, iterations=radius - side)
    return np.asarray(np.minimum(cv2.dilate(grown, square), alpha))


def _faint_off(thin: Array, top: float) -> Array:
    """Return ``thin`` without what is fainter than the least, as much as is left above it."""
    least = LEAST * top
    kept = thin.astype(np.float32) - np.float32(least)
    scaled = np.maximum(kept, 0) * np.float32(top / (top - least))
    return np.asarray(scaled if thin.dtype == np.float32 else np.rint(scaled)).astype(thin.dtype)
