"""Motion between two small pictures: dense inverse search with a two-way occlusion check.

Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016 (OpenCV's DIS, whose
patches are compared without their mean, so that a change of brightness does not bend the flow).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, ClipFormat
from ..clip.vectors import norm

#: Two-way flow may disagree by this much before a pixel counts as covered or uncovered.
_DISAGREE_PX = 0.5
_DISAGREE_SHARE = 0.05


def small_size(fmt: ClipFormat, short_px: int) -> tuple[int, int]:
    """Return (width, height) with ``short_px`` on the short side, never larger than the clip."""
    scale = min(1.0, short_px / min(fmt.width, fmt.height))
    return max(1, round(fmt.width * scale)), max(1, round(fmt.height * scale))


def small_picture(frame: Array, fmt: ClipFormat, size: tuple[int, int]) -> Array:
    """Return a native frame area-averaged to ``size``, uint8, (h, w) or (h, w, 3) RGB."""
    picture = frame[..., :3] if fmt.channels == 4 else frame
    if size != (fmt.width, fmt.height):
        picture = area_average(picture, size)
    return _as_bytes(picture, fmt)


def small_luma(frame: Array, fmt: ClipFormat, size: tuple[int, int]) -> Array:
    """Return the display-referred luma of a native frame area-averaged to ``size``, uint8."""
    luma = area_average(frame, size)
    if frame.ndim == 3:
        code = cv2.COLOR_RGBA2GRAY if fmt.channels == 4 else cv2.COLOR_RGB2GRAY
        luma = cv2.cvtColor(luma, code)
    return _as_bytes(luma, fmt)


def _as_bytes(picture: Array, fmt: ClipFormat) -> Array:
    if fmt.bits == 8:
        return np.ascontiguousarray(picture)
    scaled: Array = picture.astype(np.float32) * np.float32(255.0 / fmt.max_value)
    np.clip(scaled + 0.5, 0, 255, out=scaled)
    return scaled.astype(np.uint8)


@dataclass(frozen=True)
class Motion:
    """Where the pixels of a picture were in another one.

    Attributes:
        where: (h, w, 2) float32, the position (x, y) in the other picture, in pixels.
        visible: (h, w) bool, pixels that are seen in both.
    """

    where: Array
    visible: Array

    def fetch(self, other: Array) -> Array:
        """Return ``other`` (h, w[, C]) moved onto the grid of the first picture."""
        return sample(other, self.where)

    def speed(self) -> Array:
        """Return how far each pixel moved, (h, w) float32 px."""
        still = _grid(self.where.shape[0], self.where.shape[1])
        return norm(self.where[..., 0] - still[..., 0], self.where[..., 1] - still[..., 1])


def find_motion(picture: Array, other: Array) -> Motion:
    """Return where each pixel of ``picture`` was in ``other``.

    Args:
        picture: (h, w) uint8.
        other: the same shape.
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    if min(picture.shape) < 4 * search.getPatchSize():
        return _no_motion(picture)
    fresh: Any = None
    there = search.calc(picture, other, fresh)
    back = search.calc(other, picture, fresh)
    height, width = picture.shape
    where = _grid(height, width) + there
    returned = sample(back, where) + there
    error = norm(returned[..., 0], returned[..., 1])
    length = norm(there[..., 0], there[..., 1])
    visible = error <= _DISAGREE_PX + _DISAGREE_SHARE * length
    visible &= (where[..., 0] >= 0) & (where[..., 0] <= width - 1)
    visible &= (where[..., 1] >= 0) & (where[..., 1] <= height - 1)
    return Motion(where, visible)


def sample(picture: Array, where: Array) -> Array:
    """Return ``picture`` at positions (..., 2) as (x, y) px, bilinear, the border repeated."""
    fixed: Any = None
    return cv2.remap(picture, where, fixed, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _no_motion(picture: Array) -> Motion:
    """Return the identity: pictures too small to search."""
    height, width = picture.shape
    return Motion(_grid(height, width), np.ones((height, width), np.bool_))


def _grid(height: int, width: int) -> Array:
    """Return each pixel's own position, (h, w, 2) float32."""
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    return np.dstack(np.meshgrid(across, down))
