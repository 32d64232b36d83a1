"""Draws a coarse matte's edge to the picture's, at full size: hair out, fringes off.

Only a band round the coarse edge is unknown; how wide depends on the radius and on how unsure
the coarse matte is. There, colours spread from both sides say how much of each is in a pixel
(where they differ enough to tell), and a guided filter on colour (He et al. 2013, coefficients
on a subsampled grid as in the fast version of 2015) gives that the picture's own detail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip
from ..clip.operations import check_same_size, map_frames
from ..clip.strips import Strip, strips, tiles_with
from .channels import channel_sum, squared_distance, times
from .guided import apply_coefficients, guided_coefficients
from .matte import Matte
from .spread import spread
from .window import around

#: Short side the coefficients are found at, pixels.
COARSE_PX = 270
#: Alpha further from 0 and 1 than this is unsure in itself.
UNSURE = 0.08
#: Squared colour distance (0 ... 1 per channel) at which two sides can half be told apart.
TELLING = 0.012
#: Weight of a colour that lies off the line between the two sides.
OFF_LINE = 6.0
#: Weight of how much a side's colours vary among themselves.
VARIES = 6.0
#: Regularisation of the guided filter: variance (1 is full scale) below which it averages.
EPSILON = 2e-4
ALPHA_BITS = 10
LEVELS = (1 << ALPHA_BITS) - 1


def refine_matte(clip: Clip, matte: Matte, *, radius_px: float, detail: float) -> Matte:
    """Return ``matte`` with its edge drawn to the picture's, lazy; a keyed matte is left alone.

    Args:
        clip: RGB, as large as the matte.
        matte: what to refine.
        radius_px: how far from the coarse edge the true one may lie, pixels of the clip.
        detail: how much colours may say against the coarse matte, 0 ... 1.

    Raises:
        ClipMismatchError: if clip and matte differ in size or length.
    """
    check_same_size([clip, matte.alpha], "refine matte")
    if matte.screen is not None or radius_px <= 0:
        return matte
    top, full = clip.format.max_value, matte.alpha.format.max_value

    def refined(_: int, frame: Array, alpha: Array) -> Array:
        return _refine(frame[..., :3], alpha, top, full, radius_px, detail)

    alpha = map_frames(
        refined,
        [clip, matte.alpha],
        "refine_matte/3",
        radius_px,
        detail,
        channels=1,
        bits=ALPHA_BITS,
    )
    return replace(matte, alpha=alpha)


def _refine(
    frame: Array, alpha: Array, top: float, full: float, radius_px: float, detail: float
) -> Array:
    height, width = alpha.shape
    shrink = max(1.0, min(height, width) / COARSE_PX)
    size = (max(2, round(width / shrink)), max(2, round(height / shrink)))
    whole = area_average(alpha, size).astype(np.float32)
    whole *= np.float32(1.0 / full)
    band = _band(whole, radius_px / shrink)
    out = cv2.resize(_solid(whole), (width, height), interpolation=cv2.INTER_NEAREST)
    window = around(band > 0)
    if window is None:
        return np.asarray(out)
    small = area_average(frame, size)[window].astype(np.float32)
    small *= np.float32(1.0 / top)
    guess = _colour_alpha(small, whole[window], band[window], detail)
    radius = max(1, round(radius_px / shrink / 2))
    found = _Found(
        guided_coefficients(small, guess, radius, EPSILON),
        cv2.merge([band, (whole > 0.5).astype(np.float32)])[window],
        (size[0] / width, size[1] / height),
        (window[1].start, window[0].start),
    )
    near = cv2.resize((band > 0).view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    # As far as the enlarged band reaches beyond its cells.
    reach = 2 * (math.ceil(shrink / 2) + 1) + 1
    near = cv2.dilate(near, np.ones((reach, reach), np.uint8))
    for strip in strips(tiles_with(near > 0), (width, height)):
        strip.put(found.alpha(strip, strip.gather(frame), top), out)
    return np.asarray(out)


def _solid(coarse: Array) -> Array:
    """Return native alpha that is all or nothing."""
    return np.asarray((coarse > 0.5).astype(np.uint16) * np.uint16(LEVELS))


@dataclass(frozen=True)
class _Found:
    """What is known of the edge on a part of the reduced frame.

    Attributes:
        coefficients: (h, w, 4) float32, of the guided filter.
        sides: (h, w, 2) float32, the band and which side a pixel is on.
        scale: (x, y) size of the reduced frame divided by that of the frame.
        start: (x, y) of the part in the reduced frame.
    """

    coefficients: Array
    sides: Array
    scale: tuple[float, float]
    start: tuple[int, int]

    def alpha(self, strip: Strip, frame: Array, top: float) -> Array:
        """Return the native alpha of a strip of the frame."""
        coefficients = strip.sample(self.coefficients, self.scale, self.start)
        near, side = cv2.split(strip.sample(self.sides, self.scale, self.start))
        drawn = apply_coefficients(frame, top, coefficients)
        fixed = (side > 0.5).astype(np.float32)
        mixed = fixed + (_snap(drawn) - fixed) * near
        return np.asarray((mixed * np.float32(LEVELS) + np.float32(0.5)).astype(np.uint16))


def _band(coarse: Array, radius: float) -> Array:
    """Return where the edge may lie: (H, W) float32, 1 inside, falling to 0 at its rim."""
    unsure = ((coarse > UNSURE) & (coarse < 1 - UNSURE)).astype(np.uint8)
    solid = (coarse > 0.5).astype(np.uint8)
    rim = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    edge = np.maximum(unsure, rim)
    away = cv2.distanceTransform(1 - edge, cv2.DIST_L2, 3)
    near = np.clip((radius - away) / max(1.0, radius / 3) + 1.0, 0.0, 1.0)
    return np.asarray(near, np.float32)


def _colour_alpha(small: Array, coarse: Array, band: Array, detail: float) -> Array:
    """Return the coarse alpha, told by colour inside the band as far as colours can tell."""
    known = (band <= 0).astype(np.float32)
    solid = (coarse > 0.5).astype(np.float32)
    power = channel_sum(small * small)
    fore, fore_varies = _side(small, power, known * solid)
    back, back_varies = _side(small, power, known * (1 - solid))
    apart, seen = fore - back, small - back
    distance = channel_sum(apart * apart)
    share = np.clip(channel_sum(seen * apart) / np.maximum(distance, 1e-5), 0.0, 1.0)
    off = squared_distance(seen, times(apart, share))
    doubt = np.float32(OFF_LINE) * off + np.float32(VARIES) * (fore_varies + back_varies)
    telling = distance / (distance + np.float32(TELLING) + doubt)
    weight = np.minimum(band, telling * np.float32(detail)) * band
    outside = solid + (coarse - solid) * band
    result: Array = outside + (share - outside) * weight
    return np.asarray(result, np.float32)


def _side(small: Array, power: Array, known: Array) -> tuple[Array, Array]:
    """Return the colour (H, W, 3) spread from one side, and its variance there (H, W)."""
    spreaded = spread(cv2.merge([*cv2.split(small), power]), known, 0.7)
    colour = np.ascontiguousarray(spreaded[..., :3])
    return colour, np.maximum(spreaded[..., 3] - channel_sum(colour * colour), 0.0)


def _snap(alpha: Array) -> Array:
    """Return ``alpha`` with its last hundredths pulled to exactly 0 and 1."""
    return np.asarray(np.clip((alpha - np.float32(0.03)) * np.float32(1 / 0.94), 0.0, 1.0))
