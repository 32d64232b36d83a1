"""BT.709 limited-range 4:2:0 and back, rounded once; swscale's own darkens by about a code.

Chroma sits at the left of its pair of pixels and between its rows, where H.264 expects it.
"""

from __future__ import annotations

import cv2
import numpy as np

from .color import LUMA

_RED, _BLUE = 2 * (1 - LUMA[0]), 2 * (1 - LUMA[2])


def to_yuv(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return uint8 planes Y (H, W), U and V (H / 2, W / 2) of display values, 0 ... 1.

    Args:
        rgb: (H, W, 3) float32; H and W even.
    """
    luma = rgb @ LUMA
    planes = [16 + 219 * luma]
    for channel, scale in ((2, _BLUE), (0, _RED)):
        chroma = (rgb[..., channel] - luma) / scale
        rows = (chroma[0::2] + chroma[1::2]) / 2
        wide = np.pad(rows, ((0, 0), (1, 0)), mode="edge")
        planes.append(128 + 224 * (wide[:, 0:-1:2] + 2 * rows[:, 0::2] + rows[:, 1::2]) / 4)
    y, u, v = (np.rint(plane).clip(0, 255).astype(np.uint8) for plane in planes)
    return y, u, v


def to_rgb(y: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return display values (H, W, 3) float32 in 0 ... 1 of uint8 planes."""
    luma = (y.astype(np.float32) - 16) / 219
    blue, red = (_full((plane.astype(np.float32) - 128) / 224, y.shape) for plane in (u, v))
    b, r = luma + blue * _BLUE, luma + red * _RED
    g = (luma - LUMA[0] * r - LUMA[2] * b) / LUMA[1]
    return np.dstack([r, g, b]).clip(0, 1)


def _full(chroma: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    tall = cv2.resize(chroma, (chroma.shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    out = np.empty(shape, np.float32)
    out[:, 0::2] = tall
    out[:, 1::2] = (tall + np.pad(tall[:, 1:], ((0, 0), (0, 1)), mode="edge")) / 2
    return out
