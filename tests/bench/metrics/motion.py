"""Moving one frame onto the grid of another along a known flow, and what both of them show."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from .arrays import Array


def grid_px(height: int, width: int) -> Array:
    """Return each pixel's own position as (x, y), (H, W, 2) float32."""
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    return np.dstack(np.meshgrid(across, down))


def fetch(picture: Array, flow: Array) -> Array:
    """Return ``picture`` (H, W[, C]) read at (x, y) + flow, bilinear, the border repeated."""
    where = grid_px(*flow.shape[:2]) + flow.astype(np.float32)
    fixed: Any = None
    return cv2.remap(picture, where, fixed, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def stays_inside(flow: Array) -> Array:
    """Return where (x, y) + flow lies in the picture, (H, W) bool."""
    height, width = flow.shape[:2]
    where = grid_px(height, width) + flow
    x, y = where[..., 0], where[..., 1]
    inside: Array = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return inside


def seen(flow: Array, visible: Array | None) -> Array:
    """Return what counts of (T - 1, H, W): visible, and inside the picture."""
    inside = np.stack([stays_inside(one) for one in flow])
    return inside if visible is None else inside & visible
