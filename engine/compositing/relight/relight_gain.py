"""A gain without detail, put on a subject's pixels: detail and identity stay.

It is a gain in linear light. Above its toe the sRGB curve is a power with an offset,
1.055 l^(1/2.4) - 0.055, so there a factor g of linear light is exactly a factor g^(1/2.4) of the
display value plus 0.055, which needs no way through linear light. In the toe, the darkest ten of
256 codes, the offset fades, so black stays black.

Where it brightens, the gain falls to nothing toward white: nothing clips or takes a tint there,
hues stay, and the order of tones is kept.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ...clip.clip import Array
from ...clip.strips import strips, tiles_with
from ...color import LUMA

#: Longer side of the grid on which a gain is found.
_GRID_PX = 192
#: Smoothing on that grid of the gain, and of the pictures whose ratio is taken.
_SIGMA, _PICTURE_SIGMA = 1.0, 2.0
#: Linear light that is added before pictures are divided: noise in the dark is no light.
_DARK = np.float32(0.004)
#: A subject is neither darkened nor brightened by more.
LEAST_GAIN, MOST_GAIN = 0.2, 3.0
#: The sRGB curve's power and offset, and the display value at which its toe ends.
_POWER, _OFFSET, _TOE = 1.0 / 2.4, 0.055, 0.04045
#: Power of the display value with which a gain falls toward white. Tones keep their order up to
#: h / (h - 1), where h is the largest factor of a display value, 1.58.
_FALL = 2.5
#: Chroma of skin in linear light: log(red / green), log(green / blue), and how far it spreads.
_SKIN = (0.62, 0.45)
_SKIN_SPREAD = (0.30, 0.36)
#: Part of a gain's colour that is kept on skin.
_ON_SKIN = np.float32(0.8)


def apply_gain(frame: Array, alpha: Array, gain: Array, bits: int) -> Array:
    """Return a native frame with a gain where its matte is not 0.

    Args:
        frame: (H, W, 3) straight display colour.
        alpha: (H, W) native matte.
        gain: (h, w, 3) float32 factors of linear light, reduced; read bilinearly.
        bits: of the frame.
    """
    height, width = alpha.shape
    frame = frame[..., :3]
    out = frame.copy()
    factor = np.power(gain, np.float32(_POWER))
    above = np.maximum(factor.max(axis=2) - np.float32(1.0), np.float32(0.0))
    if above.any():
        factor = np.dstack([factor, above])
    scale = gain.shape[1] / width, gain.shape[0] / height
    for strip in strips(tiles_with(alpha > 0), (width, height)):
        sampled = strip.sample(factor, scale, (0, 0))
        strip.put(_lit(strip.gather(frame), sampled, bits), out)
    return out


def _lit(codes: Array, factor: Array, bits: int) -> Array:
    """Return native codes times factors of the offset display value.

    Args:
        codes: (H, W, 3).
        factor: (H, W, 3) float32, or (H, W, 4) with what the largest exceeds 1 by.
        bits: of the codes.
    """
    light, offset = _parts(codes, bits)
    if factor.shape[2] == 3:
        product = cv2.multiply(light, factor)
    else:
        fall = np.asarray(cv2.extractChannel(factor, 3)) * _fall(codes, bits)
        bounded = cv2.divide(light, cv2.merge([fall + np.float32(1.0)] * 3))
        product = cv2.multiply(bounded, cv2.cvtColor(factor, cv2.COLOR_RGBA2RGB))
    depth = {8: cv2.CV_8U, 32: cv2.CV_32F}.get(bits, cv2.CV_16U)
    lit = np.asarray(cv2.subtract(product, offset, dtype=depth))
    return lit if bits in (8, 16, 32) else np.minimum(lit, (1 << bits) - 1).astype(lit.dtype)


def _parts(codes: Array, bits: int) -> tuple[Array, Array]:
    """Return float32 codes with the curve's offset, and the offset, which fades in the toe."""
    if bits == 8:
        light, offset, _ = _tables()
        return np.asarray(cv2.LUT(codes, light)), np.asarray(cv2.LUT(codes, offset))
    top = 1.0 if bits == 32 else float((1 << bits) - 1)
    display = np.asarray(codes, np.float32)
    offset = np.minimum(display * np.float32(_OFFSET / _TOE), np.float32(_OFFSET * top))
    return np.asarray(cv2.add(display, offset)), offset


def _fall(codes: Array, bits: int) -> Array:
    """Return 0 ... 1, how little of a gain is left for each pixel's largest channel."""
    red, green, blue = cv2.split(codes)
    largest = np.asarray(cv2.max(cv2.max(red, green), blue))
    if bits == 8:
        return np.asarray(cv2.LUT(largest, _tables()[2]))
    top = 1.0 if bits == 32 else float((1 << bits) - 1)
    display = np.clip(largest.astype(np.float32) / np.float32(top), 0.0, 1.0)
    return np.asarray(np.power(display, np.float32(_FALL)))


@lru_cache(maxsize=1)
def _tables() -> tuple[Array, Array, Array]:
    """Return, for 8-bit codes, what :func:`_parts` and :func:`_fall` give."""
    codes = np.arange(256, dtype=np.float32)
    offset = np.minimum(codes * np.float32(_OFFSET / _TOE), np.float32(255.0 * _OFFSET))
    tables = codes + offset, offset, (codes / np.float32(255.0)) ** np.float32(_FALL)
    for table in tables:
        table.flags.writeable = False
    return tables


def grid_of(size: tuple[int, int]) -> tuple[int, int]:
    """Return the (width, height) of the grid on which the gain of frames of a size is found."""
    scale = min(1.0, _GRID_PX / max(size))
    return max(1, round(scale * size[0])), max(1, round(scale * size[1]))


def gain_without_detail(was: Array, now: Array, matte: Array) -> Array:
    """Return logarithms (h, w, 3) of what brings a picture's light to another's, smooth.

    Args:
        was: (h, w, 3) float32 linear light on the grid.
        now: the same of the other.
        matte: (h, w) float32, 0 ... 1, of the subject.
    """
    inside = matte * matte
    before, after = (np.log(_DARK + spread_out(one, inside, _PICTURE_SIGMA)) for one in (was, now))
    return np.asarray(after - before)


def factors(log_gain: Array, matte: Array, strength: float = 1.0) -> Array:
    """Return (h, w, 3) factors, smooth, bounded and carried over the subject's edge."""
    gain = spread_out(log_gain.astype(np.float32), matte, _SIGMA) * np.float32(strength)
    return np.asarray(
        np.exp(np.clip(gain, np.log(LEAST_GAIN), np.log(MOST_GAIN)), dtype=np.float32)
    )


def spread_out(values: Array, weight: Array, sigma: float) -> Array:
    """Return (h, w, C) values smoothed within what has weight, and carried beyond it."""
    heavy = np.maximum(weight, np.float32(1e-4))
    blurred = cv2.GaussianBlur(values * heavy[..., None], (0, 0), sigma)
    total = cv2.GaussianBlur(heavy, (0, 0), sigma)
    return np.asarray(blurred / np.maximum(total, 1e-6)[..., None])


def spare_skin(log_gain: Array, light: Array) -> Array:
    """Return a gain with less colour on skin: it may warm and cool, but not turn green or violet.

    Args:
        log_gain: (h, w, 3) logarithms of the factors.
        light: (h, w, 3) float32 linear colour of the subject, reduced.
    """
    logs = np.log(light + np.float32(2e-3))
    red, blue = logs[..., 0] - logs[..., 1] - _SKIN[0], logs[..., 1] - logs[..., 2] - _SKIN[1]
    far = (red / _SKIN_SPREAD[0]) ** 2 + (blue / _SKIN_SPREAD[1]) ** 2
    skin = np.exp(-0.5 * far)[..., None].astype(np.float32)
    grey = log_gain @ np.array(LUMA, np.float32)[:, None]
    return np.asarray(grey + (log_gain - grey) * (1.0 - (1.0 - _ON_SKIN) * skin))
