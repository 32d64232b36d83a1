"""How near things are in one picture: parallax where there is any, ground, horizon and sky.

Measured features are spread over the picture up to the borders of its colours. Where nothing is
measured the picture is read as a stage: the ground comes nearer downwards from the horizon, what
stands on it is as near as its foot, the sky is infinitely far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .densify import densify
from .depth_features import Measured
from .ground_plane import horizon_of, inverse_depth, plane_of
from .horizon import Height
from .tiers import Tiers, find_tiers

#: Pixels of a map: a 16:9 picture gets 192 x 108.
MAP_PIXELS = 192 * 108
#: How well the stage is known beside a measured feature: ground, what stands, sky.
_GROUND, _STANDING, _SKY = 0.25, 0.25, 0.6
#: Height above its foot, in parts of the picture's, over which a thing is known to stand there.
_FOOTHOLD = 0.06
#: Nearness and weight of what is seen at the horizon when nothing is known of it.
_BACKDROP, _UNKNOWN = 0.12, 0.004
#: What is left of that where parallax is believed.
_BESIDE_PARALLAX = 0.06
#: Alpha, 8 bits, above which a pixel is not background.
_SUBJECT = 12


@dataclass(frozen=True)
class Relief:
    """One picture's background.

    Attributes:
        nearness: (h, w) float32, relative inverse depth; 1 is the ground at the lower border.
        plane: (3,) the ground, see :mod:`.ground_plane`; 1 at the middle of the lower border.
        height: of the horizon, in parts of the picture's height.
        tilt: how much lower the horizon is at the right border than at the left, same parts.
        belief: 0 (the picture was read as a stage) to 1 (parallax was measured).
        stands: 0 ... 1, how surely there is a ground in the picture.
    """

    nearness: Array
    plane: Array
    height: Height
    tilt: float
    belief: float
    stands: float


def map_size(size: Size) -> Size:
    """Return the size of a map of a picture of ``size``."""
    scale = math.sqrt(MAP_PIXELS / (size.width * size.height))
    return Size(max(round(size.width * scale), 8), max(round(size.height * scale), 8))


def read_relief(
    picture: Array,
    subject: Array | None,
    measured: Measured | None,
    height: Height,
    tilt: float = 0.0,
) -> Relief:
    """Return the background's relief.

    Args:
        picture: (h, w, 3) uint8, of the size that ``map_size`` tells.
        subject: (h, w) uint8, 255 is the subject; None is nowhere.
        measured: features of the picture, already brought to the horizon; None is none.
        height: the horizon.
        tilt: how much lower (parts of the height) it is at the right border than at the left,
            where no ground is measured.
    """
    hidden = np.zeros(picture.shape[:2], bool)
    if subject is not None:
        hidden = cv2.dilate(subject, np.ones((3, 3), np.uint8)) > _SUBJECT
    plane = plane_of(height.at, tilt) if measured is None else measured.plane
    tiers = find_tiers(picture, subject, height.at)
    value, weight = _stage(tiers, plane, height.at, picture.shape[:2])
    belief = 0.0
    if measured is not None:
        belief = measured.belief
        left = 1.0 - (1.0 - _BESIDE_PARALLAX) * belief
        # The sky stays: nothing there is measured.
        sky = _above(tiers.sky, picture.shape[:2]) & (tiers.has_sky > 0.5)
        weight *= np.where(sky, np.float32(1.0), np.float32(left))
        value, weight = _with_points(value, weight, measured)
    weight[hidden] = 0.0
    if not weight.any():
        weight[:] = 1.0
    guide = _without(picture, hidden)
    nearness = np.maximum(densify(guide, value, weight), 0.0)
    # A single feature that went astray leaves a dot.
    nearness = np.asarray(cv2.medianBlur(nearness.astype(np.float32), 3))
    seen = float(np.mean(tiers.foot < 0.97))
    return Relief(nearness, plane, height, horizon_of(plane)[1], belief, seen)


def _stage(
    tiers: Tiers, plane: Array, horizon: float, shape: tuple[int, ...]
) -> tuple[Array, Array]:
    """Return nearness and weight (h, w) of ground, of what stands on it, and of the sky."""
    rows, columns = shape[:2]
    u = (np.arange(columns) + 0.5) / columns
    v = ((np.arange(rows) + 0.5) / rows)[:, None]
    foot = _at_columns(tiers.foot, columns)
    sky = _at_columns(tiers.sky, columns)
    ground = inverse_depth(plane, u[None], v)
    standing = inverse_depth(plane, u, foot)[None]
    on_ground, in_sky = v >= foot, v < sky
    # How high a thing stands is not known: its foot counts most, and its colour carries it up.
    foothold = _STANDING * np.exp(-(foot[None] - v) / _FOOTHOLD)
    beyond = np.broadcast_to(_BACKDROP * v / max(horizon, 0.05), shape[:2]).clip(0.0, _BACKDROP)
    tall = (foothold * standing + _UNKNOWN * beyond) / (foothold + _UNKNOWN)
    value = np.where(on_ground, ground, tall)
    weight = np.where(on_ground, _GROUND, foothold + _UNKNOWN)
    value = np.where(in_sky, (1 - tiers.has_sky) * tall, value)
    weight = np.where(in_sky, weight + _SKY * tiers.has_sky, weight)
    return value.astype(np.float32), weight.astype(np.float32)


def _at_columns(border: Array, columns: int) -> Array:
    """Return a border given for the tiers' columns at each of ``columns``."""
    places = (np.arange(columns) + 0.5) / columns * len(border)
    return np.asarray(border[places.astype(int).clip(0, len(border) - 1)])


def _above(border: Array, shape: tuple[int, ...]) -> Array:
    """Return (h, w), which pixels lie above a border."""
    v = ((np.arange(shape[0]) + 0.5) / shape[0])[:, None]
    return np.asarray(v < _at_columns(border, shape[1])[None])


def _with_points(value: Array, weight: Array, measured: Measured) -> tuple[Array, Array]:
    """Return nearness and weight with the features in their pixels."""
    rows, columns = value.shape
    x = (measured.u * columns).astype(int).clip(0, columns - 1)
    y = (measured.v * rows).astype(int).clip(0, rows - 1)
    heavy = (weight * value).astype(np.float64)
    light = weight.astype(np.float64)
    pull = measured.weight * measured.belief
    np.add.at(heavy, (y, x), pull * measured.nearness)
    np.add.at(light, (y, x), pull)
    merged = heavy / np.maximum(light, 1e-9)
    return merged.astype(np.float32), light.astype(np.float32)


def _without(picture: Array, hidden: Array) -> Array:
    """Return the picture with what is hidden filled from around it."""
    if not hidden.any() or hidden.all():
        return picture
    return np.asarray(cv2.inpaint(picture, hidden.astype(np.uint8), 2, cv2.INPAINT_TELEA))
