"""The edge of a key once more, as mixtures of the screen and the subject's own colour.

A colour difference measures how much of the screen's hue is left, in chroma alone, which codecs
keep at half size. With the screen known everywhere the whole colour can tell: foreground colours
are spread from inside the subject, and alpha is the pixel's place between the two in linear
light. Where a pixel is no such mixture the colour difference stands.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array
from ..clip.strips import strips, tiles_with
from .guided import apply_coefficients, guided_coefficients
from .mixture import Mixture
from .spread import spread
from .window import around

#: How far beyond the key's edge strands are looked for, pixels of a frame 540 high.
BEYOND_PX = 6.0
#: Colours are spread on a grid this much coarser.
COARSE = 2
#: Deviations of the noise, as alpha, that are clear, and at which alpha is believed.
CLEAR, BELIEVED = 2.0, 4.0
#: Alpha of the key above which a pixel is mostly subject; how far inside that it can no longer be
#: mixed if it is off the line, and at all, pixels of a frame 540 high.
COVERED, RIM_PX, SOLID_PX = 0.6, 2.0, 6.0
#: Radius and regularisation of the guided filter that takes the noise out of the edge.
GUIDE_PX, GUIDE_EPSILON = 2, 2e-4


def mixed_edge(picture: Array, top: float, plate: Array, alpha: Array, noise: float) -> Array:
    """Return ``alpha`` (H, W) float32 with its edge measured as a mixture.

    Args:
        picture: (H, W, 3) native.
        top: the native value of 1.
        plate: (h, w, 3) float32, 0 ... 1: the screen, at full size or coarser.
        alpha: (H, W) float32 from the colour difference.
        noise: standard deviation of the screen, 0 ... 1.
    """
    height, width = alpha.shape
    band = _band(alpha)
    if not band.any():
        return alpha
    fore = _fore(picture, top, alpha)
    inside = _inside(alpha)
    out = alpha.copy()
    scales = [(part.shape[1] / width, part.shape[0] / height) for part in (plate, fore)]
    for strip in strips(tiles_with(band), (width, height)):
        where = strip.gather(band)
        keyed = strip.gather(alpha)
        seen = strip.gather(picture).astype(np.float32) * np.float32(255 / top)
        behind = strip.sample(plate, scales[0], (0, 0)) * np.float32(255)
        front = strip.sample(fore, scales[1], (0, 0)) * np.float32(255)
        variance = np.full(keyed.shape, (255 * noise) ** 2, np.float32)
        mix = Mixture(seen, behind, front, variance)
        found = mix.alpha()
        off = mix.off_line(found)
        # Off the line and inside the subject, what is left of the screen's hue is spill.
        within = strip.gather(inside)
        spilled = np.clip((within - np.float32(RIM_PX)) / np.float32(RIM_PX), 0, 1) * off
        solid = np.clip((within - np.float32(SOLID_PX)) / np.float32(RIM_PX), 0, 1)
        keyed = np.maximum(keyed, spilled)
        unit = np.maximum(mix.noise(), np.float32(1e-3))
        found *= np.clip((found / unit - np.float32(CLEAR)) / np.float32(BELIEVED - CLEAR), 0, 1)
        found = found * (1 - off) + keyed * off
        found = np.maximum(found, solid)
        strip.put(np.where(where, found, keyed), out)
    return _drawn(picture, top, out, band)


def _drawn(picture: Array, top: float, alpha: Array, band: Array) -> Array:
    """Return ``alpha`` with its band drawn from the picture's colours, without their noise."""
    edge = np.asarray((alpha > 0) & (alpha < 1)).view(np.uint8)
    box = around(np.asarray(edge > 0))
    if box is None:
        return alpha
    near = np.ascontiguousarray(picture[box], np.float32) * np.float32(1 / top)
    part = np.ascontiguousarray(alpha[box])
    model = guided_coefficients(near, part, GUIDE_PX, GUIDE_EPSILON)
    drawn = np.clip(apply_coefficients(near, 1.0, model), 0, 1)
    touched = cv2.dilate(edge[box], np.ones((3, 3), np.uint8)) & band[box].view(np.uint8)
    out = alpha.copy()
    cv2.copyTo(drawn, touched, out[box])
    return out


def _band(alpha: Array) -> Array:
    """Return (H, W) bool: all that is mixed, and what is near it on the screen's side."""
    size = 2 * round(BEYOND_PX * max(1.0, alpha.shape[0] / 540)) + 1
    some = np.asarray(alpha > 0, np.uint8)
    near = cv2.dilate(some, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    return np.asarray((near > 0) & (alpha < 1))


def _inside(alpha: Array) -> Array:
    """Return (H, W) float32 depth inside what is mostly subject, pixels of a frame 540 high."""
    covered = np.asarray(alpha > COVERED, np.uint8)
    depth = cv2.distanceTransform(covered, cv2.DIST_L2, 3)
    return np.asarray(depth * np.float32(min(1.0, 540 / alpha.shape[0])))


def _fore(picture: Array, top: float, alpha: Array) -> Array:
    """Return the subject's colour, coarse, from inside it to everywhere."""
    height, width = alpha.shape
    size = max(2, width // COARSE), max(2, height // COARSE)
    small = area_average(picture, size).astype(np.float32) * np.float32(1 / top)
    solid = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 0.995
    return spread(small, solid.astype(np.float32), 0.2)
