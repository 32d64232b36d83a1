"""Light from a picture of all around: an equirectangular panorama, or a mirror ball.

The key is the strongest source: where the picture, seen through a lobe as wide as a large window,
is brightest, and what there is far brighter than its surroundings (P. Debevec, *A median cut
algorithm for light probe sampling*, 2005, with one cut). What remains is the ambient light.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array
from ...color import luma, rgb_to_kelvin
from ...errors import InputError
from .ambient import ambient_on, project
from .illuminant import HIGHEST_K, LOWEST_K
from .light import LightingInfo, shadow_direction

#: Width to which panoramas, and side to which balls, are reduced.
_WIDTH, _SIDE = 256, 192
#: Half the width of the lobe a source is sought with, and how far from its peak it reaches.
_LOBE_DEG, _REACH_DEG = 15.0, 35.0
#: Part of the brightest in the source that still belongs to it.
_PART = 0.1
#: Radius of a source that is half as hard as a point.
_SOFT_DEG = 8.0
METHOD = "Light measured all around, from a panorama or light probe."


def light_from_panorama(
    picture: Array, *, turn_deg: float = 0.0, gain: float = 1.0
) -> LightingInfo:
    """Return the light in a panorama or on a mirror ball.

    The middle of a panorama is what the camera looks at, its left half lies to the left. A ball
    fills its square picture and was photographed from the camera.

    Args:
        picture: (H, W, 3) linear RGB floats, not negative: W = 2 H is a panorama, W = H a ball.
        turn_deg: turns the light about the vertical, to the right as the camera sees it.
        gain: factor of the light, to bring a panorama to the plate's exposure.

    Raises:
        InputError: if the picture has another shape or holds values that are no light.
    """
    pixels, directions, solid_angle = _all_around(picture)
    pixels = pixels * gain
    directions = _turned(directions, turn_deg)
    source = _source(luma(pixels), directions, solid_angle)
    ground = np.median(pixels, axis=0)
    excess = np.where(source[:, None], np.maximum(pixels - ground, 0.0), 0.0)
    power = (excess * solid_angle[:, None]).sum(axis=0)
    ambient = project(pixels - excess, directions, solid_angle)
    weight = luma(excess) * solid_angle
    total = float(weight.sum())
    if total <= 1e-9:
        return _even(ambient)
    mean = (directions * weight[:, None]).sum(axis=0) / total
    length = max(float(np.linalg.norm(mean)), 1e-6)
    x, y, z = (float(v) for v in mean / length)
    key = float(luma(power)) / np.pi
    lit, fill = (float(v) for v in luma(ambient_on(ambient, np.array([[x, y, z], [-x, -y, -z]]))))
    radius_deg = float(np.degrees(np.arccos(min(length, 1.0)))) * np.sqrt(2)
    return LightingInfo(
        direction=(x, y, z),
        temperature_k=float(np.clip(rgb_to_kelvin(power), LOWEST_K, HIGHEST_K)),
        intensity=key + lit,
        contrast=float(np.clip((key + lit) / max(fill, 1e-6), 1.0, 100.0)),
        hardness=float(1.0 / (1.0 + radius_deg / _SOFT_DEG)),
        shadow_direction=shadow_direction((x, y, z)),
        confidence=float(np.clip(1.2 * key / (key + lit), 0.1, 1.0)),
        method=METHOD,
        direction_sigma_deg=float(np.clip(radius_deg, 1.0, 90.0)),
        ambient=ambient,
        temperature_confidence=0.9,
    )


def _all_around(picture: Array) -> tuple[Array, Array, Array]:
    """Return (N, 3) colours, (N, 3) directions and (N,) solid angles."""
    shape = np.shape(picture)
    if len(shape) != 3 or shape[2] != 3 or shape[1] not in (shape[0], 2 * shape[0]):
        raise InputError(
            f"panorama must be H x 2H x 3 (all around) or H x H x 3 (a mirror ball), got {shape}. "
            "Crop the ball to its outline, or convert the panorama to equirectangular."
        )
    light = np.asarray(picture, np.float32)
    if not np.isfinite(light).all() or float(light.min()) < -1e-3:
        raise InputError(
            "panorama must be linear light, finite and not negative, got other values. "
            "Save it again without a curve."
        )
    return _of_panorama(light) if shape[1] == 2 * shape[0] else _of_ball(light)


def _of_panorama(light: Array) -> tuple[Array, Array, Array]:
    width = min(_WIDTH, light.shape[1])
    small = cv2.resize(light, (width, width // 2), interpolation=cv2.INTER_AREA)
    rows, columns = small.shape[:2]
    up = np.pi * (0.5 - (np.arange(rows) + 0.5) / rows)
    around = 2 * np.pi * ((np.arange(columns) + 0.5) / columns - 0.5)
    level = np.cos(up)[:, None]
    x, z = level * np.sin(around), -level * np.cos(around)
    directions = np.stack([x, np.broadcast_to(np.sin(up)[:, None], x.shape), z], axis=-1)
    solid_angle = np.broadcast_to(level * (2 * np.pi / columns) * (np.pi / rows), x.shape)
    scale = 4 * np.pi / float(solid_angle.sum())
    return small.reshape(-1, 3), directions.reshape(-1, 3), scale * solid_angle.ravel()


def _of_ball(light: Array) -> tuple[Array, Array, Array]:
    side = min(_SIDE, light.shape[0])
    small = cv2.resize(light, (side, side), interpolation=cv2.INTER_AREA)
    across = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(across, -across)
    # The rim mirrors what is behind the ball, many times smaller: it is mixed with the background.
    inside = x * x + y * y < 0.98
    z = np.sqrt(np.where(inside, 1 - x * x - y * y, 0.0))
    normals = np.stack([x, y, z], axis=-1)[inside]
    mirrored = 2 * normals[:, 2:] * normals - np.array([0.0, 0.0, 1.0])
    # A distant eye sees equal parts of all around in equal areas of a mirror ball.
    solid_angle = np.full(len(normals), 4 * np.pi / len(normals))
    return small[inside], mirrored, solid_angle


def _turned(directions: Array, turn_deg: float) -> Array:
    turn = np.radians(turn_deg)
    x, y, z = directions.T
    return np.stack(
        [x * np.cos(turn) - z * np.sin(turn), y, x * np.sin(turn) + z * np.cos(turn)], axis=1
    )


def _source(light: Array, directions: Array, solid_angle: Array) -> Array:
    """Return (N,) bool, the pixels of the strongest source."""
    count = min(len(light), 4000)
    brightest = np.argpartition(-light * solid_angle, count - 1)[:count]
    power = light[brightest] * solid_angle[brightest]
    places = directions[brightest]
    lobes = places[:: max(count // 500, 1)]
    sharp = np.log(0.5) / np.log(np.cos(np.radians(_LOBE_DEG)))
    seen = np.maximum(lobes @ places.T, 0.0) ** sharp @ power
    peak = lobes[int(seen.argmax())]
    near = directions @ peak > np.cos(np.radians(_REACH_DEG))
    level = _PART * float(np.percentile(light[near], 99.9))
    return np.asarray(near & (light > max(level, 2.0 * float(np.median(light)))))


def _even(ambient: tuple[tuple[float, float, float], ...]) -> LightingInfo:
    """Return light without a source: as under a clouded sky."""
    sky = ambient_on(ambient, np.array([0.0, 1.0, 0.0]))
    return LightingInfo(
        direction=(0.0, 1.0, 0.0),
        temperature_k=float(np.clip(rgb_to_kelvin(sky), LOWEST_K, HIGHEST_K)),
        intensity=float(luma(sky)),
        contrast=1.0,
        hardness=0.0,
        shadow_direction=shadow_direction((0.0, 1.0, 0.0)),
        confidence=0.1,
        method=METHOD,
        ambient=ambient,
        temperature_confidence=0.5,
    )
