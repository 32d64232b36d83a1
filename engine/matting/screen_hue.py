"""How much of a screen's colour is in a pixel: the hue wedge of a colour-difference key.

Keying and despill share one measure. In the plane across the grey axis, with s along the
screen's chroma and p across it, ``s - |p| cot(half)`` is positive only inside a wedge of hues
round the screen's. With a half angle of 60 degrees and a pure green screen it is the classic
colour difference G - max(R, B) (Vlahos). The wedge is narrowed where it would reach skin.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..clip.clip import Array

#: Orthonormal axes of the plane across grey: hue 0 (red) along the first.
CHROMA = np.array(
    [
        [2 / math.sqrt(6), -1 / math.sqrt(6), -1 / math.sqrt(6)],
        [0, 1 / math.sqrt(2), -1 / math.sqrt(2)],
    ],
    np.float32,
)
#: Hue of skin of any tone, and how far the wedge stays from it, degrees.
SKIN_HUE_DEG, SKIN_MARGIN_DEG = 22.0, 10.0
#: Widest and narrowest half angle, degrees.
WIDEST_DEG, NARROWEST_DEG = 60.0, 20.0


def chroma(pixels: Array) -> Array:
    """Return the two chroma coordinates (H, W, 2) of (H, W, 3) float32 RGB."""
    return np.asarray(cv2.transform(pixels, CHROMA))


def wedge_slope(rgb: tuple[float, float, float]) -> float:
    """Return cot(half angle) of the wedge for a screen of colour ``rgb``."""
    first, second = CHROMA.astype(np.float64) @ np.asarray(rgb, np.float64)
    hue = math.degrees(math.atan2(second, first))
    apart = abs((hue - SKIN_HUE_DEG + 180) % 360 - 180)
    half = min(WIDEST_DEG, max(NARROWEST_DEG, apart - SKIN_MARGIN_DEG))
    return 1 / math.tan(math.radians(half))


def screen_share(pixels: Array, axis: Array, slope: float) -> Array:
    """Return how much of the screen's colour is in each pixel.

    Args:
        pixels: (H, W, 3) float32 RGB.
        axis: (H, W, 2) or (1, 1, 2): the screen's chroma divided by its squared length, so that
            the screen itself has a share of 1.
        slope: of the wedge, see :func:`wedge_slope`.

    Returns:
        (H, W) float32: 1 in the screen, 0 or less outside the wedge.
    """
    first, second = cv2.split(chroma(pixels))
    along = first * axis[..., 0] + second * axis[..., 1]
    across = np.abs(first * axis[..., 1] - second * axis[..., 0])
    return np.asarray(along - across * np.float32(slope))


def unit_axis(colours: Array) -> Array:
    """Return the axis of :func:`screen_share` for screen colours (H, W, 3) float32."""
    plane = chroma(colours)
    length = np.maximum((plane * plane).sum(2, keepdims=True), 1e-4)
    return np.asarray(plane / length)
