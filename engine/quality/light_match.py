"""Lighting match: do exposure, cast and depth of shadow of the subject fit those of the plate?

Only what pictures alone can tell is compared, and generously: a dark suit in front of a bright
wall is no fault. The cast is the shades-of-grey illuminant (Finlayson and Trezzi, "Shades of Gray
and Colour Constancy", CIC 2004) of both, as an angle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..clip.clip import Array

_LEAST_PX = 200
#: Minkowski norm of shades of grey.
_NORM = 6.0
#: Percentiles that stand for shadows and lights.
_SHADOW, _LIGHT = 3, 97


@dataclass(frozen=True)
class LightMatch:
    """Differences between subject and plate in one frame.

    Attributes:
        exposure: subject minus plate in stops (of the mean in linear light).
        cast_deg: angle between the colours of the light.
        shadows: subject minus plate of the darkest parts, 8-bit codes.
        lights: subject minus plate of the brightest parts, 8-bit codes.
    """

    exposure: float
    cast_deg: float
    shadows: float
    lights: float


def light_match(picture: Array, alpha: Array) -> LightMatch | None:
    """Return how the light of the subject differs from that of what surrounds it.

    Args:
        picture: (h, w, 3) uint8 RGB, the composite, small.
        alpha: (h, w) uint8, subject = 255.

    Returns:
        None if subject or plate are too small to tell.
    """
    subject, plate = picture[alpha > 242], picture[alpha < 13]
    if min(len(subject), len(plate)) < _LEAST_PX:
        return None
    return LightMatch(
        exposure=_exposure(subject) - _exposure(plate),
        cast_deg=_angle(_light(subject), _light(plate)),
        shadows=_level(subject, _SHADOW) - _level(plate, _SHADOW),
        lights=_level(subject, _LIGHT) - _level(plate, _LIGHT),
    )


def _luma(pixels: Array) -> Array:
    luma: Array = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    return luma


def _exposure(pixels: Array) -> float:
    linear = (_luma(pixels) / 255.0) ** 2.2
    return float(np.log2(linear.mean() + 1e-3))


def _level(pixels: Array, percent: float) -> float:
    return float(np.percentile(_luma(pixels), percent))


def _light(pixels: Array) -> Array:
    linear = (pixels.astype(np.float32) / 255.0) ** 2.2
    light: Array = (linear**_NORM).mean(axis=0) ** (1.0 / _NORM) + 1e-6
    return light


def _angle(first: Array, second: Array) -> float:
    cosine = first @ second / (np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
