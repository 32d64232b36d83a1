"""Alpha where the plate is known: how far a pixel is from it towards the subject's own colour.

With the background given, one unknown is left in the compositing equation, the foreground (Smith
and Blinn 1996). It is taken from where the subject surely is and spread outwards; alpha is the
place on the line from plate to foreground that the pixel is nearest to, as in Bayesian matting
(Chuang et al. 2001) with the noise as the only spread, in linear light, in which lenses mix. Two
bounds need no foreground at all: a pixel within the noise of the plate is clear, and a change
that no foreground of 0 ... 1 could make with less alpha is at least that opaque.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .channels import channel_max, squared_distance
from .mixture import Mixture
from .plate_difference import Difference, compare
from .spread import spread

#: Log odds from which the subject is sure.
SURE = 4.0
#: Depth inside the sure subject from which it is opaque, and up to which its colours are mixed,
#: pixels of a frame 540 high.
OPAQUE_PX, MIXED_PX = 4.0, 2.0
#: Smallest hole in the subject that is one, as a share of the picture.
HOLE = 0.00025
#: How far from a coarse matte hair may reach, and from where on it must also have the subject's
#: colour and may be a shadow, as shares of the height.
REACH, FAR = 0.2, 0.02
#: Deviations of the noise that are clear, and at which all of the difference counts.
CLEAR, FULL = 1.2, 2.6


def alpha_from_plate(frame: Array, plate: Array, coarse: Array | None = None) -> Array:
    """Return alpha (H, W) float32, 0 ... 1.

    Args:
        frame: (H, W, 3) uint8.
        plate: (H, W, 3) uint8, as this frame's camera sees it; known everywhere.
        coarse: (H, W) float32, 0 ... 1: roughly where the subject is; None takes all that
            differs from the plate.
    """
    outside = np.ones(frame.shape[:2], bool) if coarse is None else coarse < 0.05
    view = compare(frame, plate, outside)
    solid = _solid(view, coarse)
    unit = np.float32(min(1.0, 540 / frame.shape[0]))
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, 3) * unit
    fore = _spread_colour(view.seen, depth > MIXED_PX)
    mix = Mixture(view.seen, view.behind, fore, view.variance)
    alpha = np.maximum(_settled(mix, view), _least(view))
    about = np.asarray(solid, np.float32) if coarse is None else coarse
    alpha *= _near(mix.off_line(alpha), view.shade, about)
    alpha = np.maximum(alpha, np.clip(depth - np.float32(OPAQUE_PX), 0, 1))
    return np.asarray(alpha, np.float32)


def _solid(view: Difference, coarse: Array | None) -> Array:
    """Return (H, W) uint8: 1 where the subject surely is, small holes filled."""
    differs = np.asarray(np.minimum(view.odds, np.maximum(view.shade, 0)) > SURE)
    if coarse is not None:
        differs = (differs | (coarse > 0.95)) & (coarse > 0.3)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    sure = np.asarray(cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_OPEN, kernel))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - sure, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < HOLE * sure.size
    small[0] = False
    return np.where(small[labels], np.uint8(1), sure) if count > 1 else sure


def _settled(mix: Mixture, view: Difference) -> Array:
    """Return alpha (H, W): helped by the pixels around where one tells little, clear in noise."""
    alpha, tells = mix.alpha(), mix.tells()
    around = cv2.blur(alpha * tells, (5, 5)) / (cv2.blur(tells, (5, 5)) + np.float32(1e-3))
    alpha = alpha * tells + around * (1 - tells)
    squared = squared_distance(view.seen, view.behind) / (3 * view.variance)
    strength = np.sqrt(cv2.GaussianBlur(squared, (3, 3), 0))
    alpha *= np.clip((strength - np.float32(CLEAR)) / np.float32(FULL - CLEAR), 0, 1)
    return np.asarray(alpha)


def _least(view: Difference) -> Array:
    """Return the alpha below which no foreground could make the difference."""
    apart = cv2.subtract(view.seen, view.behind)
    room = np.where(apart > 0, 255 - view.behind, view.behind) + np.float32(4)
    noise = np.float32(3) * np.sqrt(view.variance)
    sure = np.maximum(np.abs(apart) - noise[..., None], 0)
    return np.minimum(channel_max(np.asarray(sure / room, np.float32)), 1)


def _spread_colour(seen: Array, surely: Array) -> Array:
    """Return the subject's colour (H, W, 3), from where it surely is to everywhere."""
    height, width = surely.shape
    size = max(2, width // 2), max(2, height // 2)
    small = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(surely.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    weight = np.where(weight > 0.99, np.float32(1), np.float32(0))
    return cv2.resize(spread(small, weight, 0.4), (width, height))


def _near(off: Array, shade: Array, coarse: Array) -> Array:
    """Return the share of alpha that is kept beside the coarse matte."""
    height = coarse.shape[0]
    outside = np.asarray(coarse < 0.5, np.uint8)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, 3)
    step = np.float32(FAR * height)
    far = np.clip((distance - step) / step, 0, 1)
    within = np.clip((np.float32(REACH * height) - distance) / step, 0, 1)
    foreign = np.maximum(off, np.clip(-shade, 0, 1))
    return np.asarray(within * (1 - far * foreign))
