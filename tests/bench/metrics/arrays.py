"""What every measure does first: bring frames to float, take their luma."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: Rec. 709 weights, of display-referred RGB.
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def as_float(frames: Array) -> Array:
    """Return frames or mattes as float32 in 0 ... 1; uint8 is divided by 255."""
    if frames.dtype == np.uint8:
        return frames.astype(np.float32) / np.float32(255.0)
    return frames.astype(np.float32, copy=False)


def luma_codes(frames: Array) -> Array:
    """Return the luma of (..., 3) RGB in codes, 0 ... 255 float32."""
    codes: Array = as_float(frames) @ (_LUMA * np.float32(255.0))
    return codes


def as_clip(alpha: Array) -> Array:
    """Return a matte (H, W) as a clip of one, (1, H, W) float32; a clip as it is."""
    values = as_float(alpha)
    return values[None] if values.ndim == 2 else values


def check_same_shape(one: Array, other: Array) -> None:
    """Raise ValueError unless both shapes are the same: broadcasting would hide a mistake."""
    if one.shape != other.shape:
        raise ValueError(f"Shapes must be the same, got {one.shape} and {other.shape}.")


def disc(radius_px: int) -> Array:
    """Return a filled disc, (2 r + 1, 2 r + 1) uint8."""
    span = np.arange(-radius_px, radius_px + 1)
    return (span[:, None] ** 2 + span**2 <= radius_px**2).astype(np.uint8)


def dilate(mask: Array, radius_px: int) -> Array:
    """Return (H, W) bool grown by a disc."""
    if radius_px <= 0:
        return mask.astype(bool)
    return cv2.dilate(mask.astype(np.uint8), disc(radius_px)).astype(bool)


def erode(mask: Array, radius_px: int) -> Array:
    """Return (H, W) bool shrunk by a disc; the border of the picture does not shrink it."""
    if radius_px <= 0:
        return mask.astype(bool)
    return cv2.erode(mask.astype(np.uint8), disc(radius_px)).astype(bool)


def unknown_band(alpha: Array, radius_px: int) -> Array:
    """Return where 0 < alpha < 1, grown by ``radius_px``; (T, H, W) bool from the same shape."""
    soft = (alpha > 0.0) & (alpha < 1.0)
    return np.stack([dilate(mask, radius_px) for mask in soft])
