"""Colour and matte in one clip, as other compositors take it: straight or premultiplied RGBA."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_size, convert, map_frames
from ..color import srgb_to_linear
from ..errors import InputError

#: How colour may stand beside its alpha.
ALPHAS = ("straight", "premultiplied")
#: Pixels of a strip, so that floats stay in the cache.
_ROWS = 64


def rgba_clip(foreground: Clip, alpha: Clip, how: str, bits: int) -> Clip:
    """Return RGBA of display values.

    Args:
        foreground: RGB, straight colour; it gives rate and sound.
        alpha: one channel of the same size and length.
        how: one of ALPHAS; premultiplied in display values, as video editors do.
        bits: 8 or 16.

    Raises:
        ClipMismatchError: if the two differ in size or length.
        InputError: if ``how`` is none of ALPHAS.
    """
    check_alpha(how)
    check_same_size([foreground, alpha], "RGBA")
    top = (1 << bits) - 1

    def joined(_: int, colour: Array, matte: Array) -> Array:
        colour = colour[..., :3]
        if how == "premultiplied":
            colour = cv2.multiply(colour, cv2.merge([matte] * 3), scale=1.0 / top)
        return cv2.merge([*cv2.split(colour), matte])

    both = [convert(foreground, bits), convert(alpha, bits)]
    return map_frames(joined, both, "rgba/1", how, channels=4, bits=bits)


def light_planes(frame: Array, top: float, how: str) -> list[Array]:
    """Return linear light as planes, float32: R, G, B and alpha, or one plane of a matte.

    Args:
        frame: native (H, W, 4) of straight display values, or (H, W) of a matte.
        top: the native value of 1.
        how: one of ALPHAS; premultiplied in linear light, as renderers do.
    """
    unit = np.float32(1 / top)
    if frame.ndim == 2:
        return [frame.astype(np.float32) * unit]
    planes = [np.empty(frame.shape[:2], np.float32) for _ in range(4)]
    for start in range(0, frame.shape[0], _ROWS):
        rows = slice(start, start + _ROWS)
        part = frame[rows].astype(np.float32) * unit
        light = srgb_to_linear(part[..., :3])
        matte = part[..., 3]
        if how == "premultiplied":
            light = light * matte[..., None]
        for channel in range(3):
            planes[channel][rows] = light[..., channel]
        planes[3][rows] = matte
    return planes


def check_alpha(how: str) -> None:
    """Refuse what is none of ALPHAS.

    Raises:
        InputError: naming them.
    """
    if how not in ALPHAS:
        raise InputError(
            f"alpha must be {' or '.join(ALPHAS)}, got {how!r}. Choose what the other program "
            "expects."
        )
