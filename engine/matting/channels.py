"""Sums and maxima over the channels of a frame: numpy's own along a short last axis are slow."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array

_ONES = np.ones((1, 3), np.float32)


def channel_sum(pixels: Array) -> Array:
    """Return the sum (H, W) over the channels of (H, W, 3) float32."""
    return np.asarray(cv2.transform(pixels, _ONES))


def channel_max(pixels: Array) -> Array:
    """Return the maximum (H, W) over the channels of (H, W, 3)."""
    first, second, third = cv2.split(pixels)
    return np.asarray(cv2.max(cv2.max(first, second), third))


def times(pixels: Array, factor: Array) -> Array:
    """Return (H, W, C) float32 multiplied by (H, W) float32."""
    return np.asarray(cv2.multiply(pixels, cv2.merge([factor] * pixels.shape[2])))


def squared_distance(first: Array, second: Array) -> Array:
    """Return the squared colour distance (H, W) of two (H, W, 3) float32 pictures."""
    apart = cv2.subtract(first, second)
    return channel_sum(cv2.multiply(apart, apart))
