"""How sure a coarse matte is of each pixel: the band round its edge, and how firmly it holds there.

The coarse matte is wrong by a pixel or two of the size it was made at, so close to its edge it
says nothing, and further off more and more. The middle of a thin thing (a finger, the gap between
arm and body) is as sure as that thing gets, however near both edges are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array
from .window import Window

#: Alpha further from 0 and 1 than this is unsure in itself.
UNSURE = 0.08
#: The coarse edge may be off by this much at least, pixels of the reduced frame.
SLACK_PX = 1.0
#: The middle of a thin thing is surer than its edge when this share of the way there or further.
MIDDLE = 0.5


@dataclass(frozen=True)
class Uncertainty:
    """Where a coarse matte is unsure; all are (H, W) float32.

    Attributes:
        band: 0 ... 1; 1 where alpha is asked for, falling to 0 at its rim.
        firmness: how much the coarse matte is worth, 0 ... 1.
        depth: how far the coarse edge is, pixels.
    """

    band: Array
    firmness: Array
    depth: Array

    def within(self, window: Window) -> Uncertainty:
        """Return what lies in a window."""
        return Uncertainty(self.band[window], self.firmness[window], self.depth[window])


def uncertainty(coarse: Array, radius_px: float) -> Uncertainty:
    """Return how sure a coarse matte is.

    Args:
        coarse: (H, W) float32, 0 ... 1.
        radius_px: how far from the coarse edge the true one may lie, pixels of ``coarse``.
    """
    solid = (coarse > 0.5).astype(np.uint8)
    unsure = ((coarse > UNSURE) & (coarse < 1 - UNSURE)).astype(np.uint8)
    rim = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    away = cv2.distanceTransform(1 - np.maximum(rim, unsure), cv2.DIST_L2, 3)
    band = np.clip((radius_px - away) / max(1.0, radius_px / 3) + 1.0, 0.0, 1.0)
    firmness, depth = _firmness(solid, radius_px)
    return Uncertainty(np.asarray(band, np.float32), firmness, depth)


def _firmness(solid: Array, radius_px: float) -> tuple[Array, Array]:
    """Return firmness and depth."""
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
    depth = np.maximum(inside, outside) - np.float32(0.5)
    reach = max(radius_px - SLACK_PX, 1.0)
    far = np.clip((depth - np.float32(SLACK_PX)) / np.float32(reach), 0.0, 1.0)
    size = 2 * max(1, round(radius_px)) + 1
    kernel = np.ones((size, size), np.uint8)
    deepest = np.where(solid > 0, cv2.dilate(inside, kernel), cv2.dilate(outside, kernel))
    middle = depth / np.maximum(deepest - np.float32(0.5), np.float32(0.5))
    middle = np.clip((middle - np.float32(MIDDLE)) / np.float32(1 - MIDDLE), 0.0, 1.0)
    # Something one pixel thin may be a mistake.
    middle *= np.clip(depth - np.float32(0.25), 0.0, 1.0)
    return np.asarray(np.maximum(far * far, middle * middle), np.float32), depth
