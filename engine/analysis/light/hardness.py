"""Hard or soft light: how quickly brightness changes where colour does not.

A shadow's border changes brightness by much and chromaticity by little. Its height over a long
step and its slope over a short one tell its width: a bare sun gives steps, a cloud gives slopes.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array

#: Standard deviations of the short and the long step, in reduced pixels.
_SHORT, _LONG = 1.0, 5.0
#: Change of log luminance over the long step from which it counts.
_STEP = 0.25


def light_hardness(linear: Array, inside: Array, contrast: float) -> float:
    """Return 0 (soft) to 1 (hard).

    Args:
        linear: (H, W, 3) float32 linear RGB, 0 ... 1, a few hundred pixels wide.
        inside: (H, W) bool, where to look.
        contrast: key over fill; without contrast no light is hard.
    """
    logs = np.log(linear + 0.01)
    light = logs.mean(axis=2)
    chroma = np.abs(logs - light[..., None]).sum(axis=2)
    long = _slope(light, _LONG)
    reach = 2 * round(_LONG) + 1
    short = cv2.dilate(_slope(light, _SHORT), np.ones((reach, reach), np.uint8))
    kept = inside & (long * _LONG > _STEP) & (_slope(chroma, _LONG) < 0.4 * long)
    if int(kept.sum()) < 32:
        return 0.2
    narrow = np.clip((short[kept] / long[kept] - 1.0) / (_LONG / _SHORT - 1.0), 0.0, 1.0)
    strong = float(np.clip((contrast - 1.0) / 3.0, 0.0, 1.0))
    return float(np.clip(np.average(narrow, weights=long[kept]) * strong, 0.0, 1.0))


def _slope(plane: Array, sigma: float) -> Array:
    blurred = cv2.GaussianBlur(plane, (0, 0), sigma)
    dx = cv2.Sobel(blurred, cv2.CV_32F, 1, 0, scale=0.125)
    dy = cv2.Sobel(blurred, cv2.CV_32F, 0, 1, scale=0.125)
    return np.sqrt(dx * dx + dy * dy)
