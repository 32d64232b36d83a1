"""The subject's edge in a composite: feather and light wrap.

The light wrap follows R. Brinkmann, *The Art and Science of Digital Compositing* (2nd ed., 2008):
the blurred plate, seen through the blurred inverse of the matte, is laid over the foreground.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import map_frames
from ..clip.strips import covered
from .light import lerp

#: A straight edge blurred by sigma 1 goes from 55 % to 95 % of its height over this length.
RAMP_PER_SIGMA = 1.52
#: Times the share of thin structures around a pixel: one faint strand of 1 px in a feather of 3 px
#: keeps the matte, a jag of one pixel does not.
STRAND_GAIN = 10.0
#: Blur of the light wrap, as a part of the frame's height: 11 px at 1080 lines.
WRAP_SIGMA = 0.01
#: The wrap is computed at this part of the size; it has no detail.
WRAP_SHRINK = 4


def feather(alpha: Clip, feather_px: float) -> Clip:
    """Return a matte whose edges rise from 0 to 1 over about ``feather_px`` inside the subject.

    The edge only moves inward: where the matte was 0 nothing shows, because the foreground's
    colour is not known there. Around structures thinner than the feather, such as strands of
    hair, the matte stays as it is: a blur would wash them out.

    Args:
        alpha: matte of 8 to 16 bits.
        feather_px: width of the ramp between 10 % and 90 %; 0 returns ``alpha`` itself.
    """
    if feather_px <= 0:
        return alpha

    def feathered(_: int, frame: Array) -> Array:
        at = covered(frame)
        out = frame.copy()
        if at is not None:
            out[at] = _feathered(frame[at], int(alpha.format.max_value), feather_px)
        return out

    return map_frames(feathered, [alpha], "feather/1", feather_px)


def _feathered(frame: Array, top: int, feather_px: float) -> Array:
    side = 2 * math.ceil(feather_px) + 1
    body = np.asarray(cv2.morphologyEx(frame, cv2.MORPH_OPEN, np.ones((side, side), np.uint8)))
    soft = _blur(body, feather_px / RAMP_PER_SIGMA)
    ramp = cv2.min(frame, cv2.subtract(soft, top - soft))  # 2 soft - 1, cut at 0
    strands = cv2.subtract(frame, body, dtype=cv2.CV_32F)
    return lerp(np.asarray(ramp), frame, _near(np.asarray(strands) / np.float32(top), feather_px))


def _near(strands: Array, feather_px: float) -> Array:
    """Return 0 ... 1, 1 around thin structures; at half the size, for it is smooth."""
    height, width = strands.shape
    size = (-(-width // 2), -(-height // 2))
    half = np.asarray(cv2.resize(strands, size, interpolation=cv2.INTER_AREA))
    near = np.minimum(_blur(half, feather_px / 2.0) * np.float32(STRAND_GAIN), np.float32(1.0))
    return np.asarray(cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR))


def wrap_reach_px(height: int) -> int:
    """Return how far inside the subject the light wrap can be seen."""
    return math.ceil(2.4 * WRAP_SIGMA * height) + WRAP_SHRINK


def wrap_veil(plate: Array, alpha: Array, amount: float) -> Array:
    """Return the light of the plate that reaches over the subject, at a quarter of the size.

    Args:
        plate: (H / 4, W / 4, 3) float32, 0 ... 1, in the light the composite is made in.
        alpha: (H / 4, W / 4) float32, 0 ... 1.
        amount: 0 ... 1.

    Returns:
        (H / 4, W / 4, 3) float32: the blurred plate times ``amount`` times the square of the
        matte's blurred inverse, which is one quarter on a straight edge and falls off quickly.
    """
    sigma = WRAP_SIGMA * alpha.shape[0]
    weight = (amount * (1.0 - _blur(alpha, sigma)) ** 2).astype(np.float32)
    return np.asarray(cv2.multiply(_blur(plate, sigma), cv2.merge([weight] * 3)))


def _blur(plane: Array, sigma: float) -> Array:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE))
