"""A lamp that is switched: how much brighter the whole picture has become from one frame on."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array

#: Change of a channel between two frames from which on it is a jump.
JUMP = 0.08
#: Share of the picture that must have changed alike: a flash of water or a passing car is no lamp.
ALIKE, TOLERANCE = 0.5, 0.12
#: Size at which pictures are compared; motion is small there.
SIZE = (80, 45)
#: Codes below which a ratio tells nothing.
DARK = 12.0


def light_jump(before: Array, after: Array) -> Array:
    """Return how much brighter each channel is, (3,) float32; ones where the light did not jump.

    Args:
        before: (H, W, 3) uint8.
        after: (H, W, 3) uint8, the next frame.
    """
    none = np.ones(3, np.float32)
    small = [
        cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
        for picture in (before, after)
    ]
    bright = (small[0].min(2) > DARK) & (small[0].max(2) < 245) & (small[1].max(2) < 245)
    if bright.sum() < 100:
        return none
    ratios = small[1][bright] / small[0][bright]
    gain = np.median(ratios, axis=0)
    alike = (np.abs(ratios / gain - 1) < TOLERANCE).all(1).mean()
    if float(np.abs(gain - 1).max()) < JUMP or alike < ALIKE:
        return none
    return np.asarray(np.clip(gain, 0.2, 5.0), np.float32)


def relit(picture: Array, gain: Array) -> Array:
    """Return an 8-bit RGB picture with each channel multiplied."""
    return np.clip(picture * gain + 0.5, 0, 255).astype(np.uint8)
