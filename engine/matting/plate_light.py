"""Brings a clean plate to the light of one frame: smooth factors where the background is seen.

Lamps that are switched, clouds and a camera's own exposure change the background while a plate
stays; a coarse field of factors, least squares of the frame on the plate, follows them. What
does not fit a factor at all (a passer-by, a slip of the matte) has no say.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array
from .channels import channel_max

#: Longer side that frames are compared at, and cells of the field along it.
LOOK_PX, CELLS = 240, 16
#: Smoothness of the field in cells, and how strongly a cell keeps to the frame's own factor.
SMOOTH_CELLS, KEEP = 1.5, 0.08
#: Relative difference beyond which a pixel has no say; bounds of a factor.
UNLIKE, LEAST, MOST = 0.25, 0.3, 3.0
#: Darkest value that tells of a factor, 0 ... 1.
DARK = 0.05


def light_field(frame: Array, plate: Array, seen: Array, top: float) -> Array:
    """Return factors (h, w, 3) float32, coarse, that bring ``plate`` to the frame's light.

    Args:
        frame: (H, W, 3) native.
        plate: (H, W, 3) native.
        seen: (H, W) float32 or uint8, more than 0 where the background shows and is known.
        top: the native value of 1.
    """
    height, width = seen.shape
    scale = min(1.0, LOOK_PX / max(height, width))
    size = max(2, round(width * scale)), max(2, round(height * scale))
    shows = area_average(np.asarray(seen > 0, np.uint8) * np.uint8(255), size) == 255
    now = area_average(frame, size).astype(np.float32) / np.float32(top)
    then = area_average(plate, size).astype(np.float32) / np.float32(top)
    tells = shows & (then.min(2) > DARK) & (channel_max(now) < 0.98) & (channel_max(then) < 0.98)
    cells = max(2, round(CELLS * width / max(size) * scale)), 2
    cells = cells[0], max(2, round(CELLS * height / max(size) * scale))
    if tells.sum() < 64:
        return np.ones((cells[1], cells[0], 3), np.float32)
    whole = np.median(now[tells] / then[tells], axis=0).astype(np.float32)
    like = _like(now, then, whole) & tells
    # A lamp that was switched changes parts of the room by other factors than the whole.
    field = _field(now, then, like, whole, cells)
    near = cv2.resize(field, size, interpolation=cv2.INTER_LINEAR)
    return _field(now, then, _like(now, then, near) & tells, whole, cells)


def lit(plate: Array, field: Array, top: float) -> Array:
    """Return ``plate`` (H, W, 3) native under a field of :func:`light_field`."""
    height, width = plate.shape[:2]
    wide = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    if plate.dtype == np.float32:
        return np.asarray(cv2.multiply(plate, wide))
    kind = cv2.CV_8U if plate.dtype == np.uint8 else cv2.CV_16U
    product = cv2.multiply(plate, wide, dtype=kind)
    return np.asarray(np.minimum(product, plate.dtype.type(top)))


def _like(now: Array, then: Array, factor: Array) -> Array:
    expected = then * factor
    bound = np.float32(UNLIKE) * np.maximum(expected.mean(2), np.float32(DARK))
    return np.asarray(np.abs(now - expected).max(2) < bound)


def _field(now: Array, then: Array, like: Array, whole: Array, cells: tuple[int, int]) -> Array:
    weight = like.astype(np.float32)[..., None]
    power = _cells(then * then * weight, cells)
    product = _cells(now * then * weight, cells)
    hold = np.float32(KEEP) * max(float(power.mean()), 1e-4)
    factors = (product + hold * whole) / (power + hold)
    return np.clip(factors, LEAST, MOST).astype(np.float32)


def _cells(values: Array, cells: tuple[int, int]) -> Array:
    coarse = cv2.resize(values, cells, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(coarse, (0, 0), SMOOTH_CELLS, borderType=cv2.BORDER_REPLICATE)
