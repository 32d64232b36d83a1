"""The subject's edge in a composite: feather and light wrap.

The light wrap follows R. Brinkmann, *The Art and Science of Digital Compositing* (2nd ed., 2008):
the blurred plate, seen through the blurred inverse of the matte, is laid over the foreground.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import map_frames, still
from ..clip.strips import covered
from ..errors import InputError
from .light import lerp

#: A straight edge blurred by sigma 1 goes from 55 % to 95 % of its height over this length.
RAMP_PER_SIGMA = 1.52
#: Times the share of thin structures around a pixel, a pixel of feather: one faint strand of 1 px
#: keeps the matte, a jag of one pixel does not.
STRAND_GAIN = 3.3
#: Blur of the light wrap, as a part of the frame's height: 11 px at 1080 lines.
WRAP_SIGMA = 0.01
#: The wrap is computed at this part of the size; it has no detail.
WRAP_SHRINK = 4


def feather(alpha: Clip, inside_px: float, outside_px: float = 0.0) -> Clip:
    """Return a matte whose edges rise from 0 to 1 over about so many pixels to each side.

    Inward nothing shows that was not the subject's: where the matte was 0 it stays so. Outward the
    matte grows, and shows the foreground's colour as it was extended there. Around structures
    thinner than the feather, such as strands of hair, the matte stays as it is: a blur would wash
    them out.

    Args:
        alpha: matte of 8 to 16 bits.
        inside_px: width of the ramp inside the edge, between 10 % and 90 %.
        outside_px: the same outside; both 0 return ``alpha`` itself.

    Raises:
        InputError: if a width is negative.
    """
    for name, value in (("feather_px", inside_px), ("feather_out_px", outside_px)):
        if not value >= 0:
            raise InputError(f"{name} must be 0 or more, got {value}. Use 0 for none.")
    top = int(alpha.format.max_value)

    def feathered(_: int, frame: Array) -> Array:
        at = covered(frame, outside_px)
        out = frame.copy()
        if at is not None:
            out[at] = _feathered(frame[at], top, inside_px, outside_px)
        return out

    if inside_px == 0 == outside_px:
        return alpha
    return map_frames(feathered, [alpha], "feather/2", inside_px, outside_px)


def _feathered(frame: Array, top: int, inside_px: float, outside_px: float) -> Array:
    width = inside_px + outside_px
    body = np.asarray(cv2.morphologyEx(frame, cv2.MORPH_OPEN, _disc(width)))
    grown = cv2.dilate(body, _disc(outside_px)) if outside_px > 0 else body
    soft = _blur(np.asarray(grown), width / RAMP_PER_SIGMA)
    # 2 soft - 1, cut at 0: the ramp ends where the grown matte does.
    ramp = cv2.min(np.maximum(frame, grown), cv2.subtract(soft, top - soft))
    strands = cv2.subtract(frame, body, dtype=cv2.CV_32F)
    return lerp(np.asarray(ramp), frame, _near(np.asarray(strands) / np.float32(top), width))


def _disc(radius_px: float) -> Array:
    side = 2 * math.ceil(radius_px) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))


def _near(strands: Array, feather_px: float) -> Array:
    """Return 0 ... 1, 1 around thin structures; at half the size, for it is smooth."""
    height, width = strands.shape
    size = (-(-width // 2), -(-height // 2))
    half = np.asarray(cv2.resize(strands, size, interpolation=cv2.INTER_AREA))
    near = np.minimum(
        _blur(half, feather_px / 2.0) * np.float32(STRAND_GAIN * feather_px), np.float32(1.0)
    )
    return np.asarray(cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR))


def nothing(like: Clip) -> Clip:
    """Return a matte of 0, as large and long as ``like``."""
    empty = np.zeros((like.format.height, like.format.width), np.uint8)
    return still(empty, like.format)


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
