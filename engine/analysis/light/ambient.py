"""Ambient light as spherical harmonics of order 2: nine coefficients of red, green and blue.

R. Ramamoorthi, P. Hanrahan, *An efficient representation for irradiance environment maps*, SIGGRAPH
2001. The basis is the real one in the order 00, 1-1, 10, 11, 2-2, 2-1, 20, 21, 22 with x right, y
up and z toward the camera; radiance is linear light.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...clip.clip import Array
from ...color import luma

Coefficients = tuple[tuple[float, float, float], ...]

#: Warmth by which what is around two scenes in one light differs by chance.
_CHANCE_WARMTH = 0.3
#: Percentile of a picture's luminance above which it shines, and the share of a picture that must
#: be seen to tell what is around.
SHINING, LEAST_SEEN = 85, 0.03
#: What a cosine makes of each band, over pi: a white matt surface in even light shows that light.
_LAMBERT = np.array([1.0] + [2.0 / 3.0] * 3 + [0.25] * 5)


def harmonics(directions: Array) -> Array:
    """Return (..., 9) values of the basis in (..., 3) unit directions."""
    x, y, z = np.moveaxis(np.asarray(directions, np.float64), -1, 0)
    one = np.full_like(x, 0.282095)
    return np.stack(
        [
            one, 0.488603 * y, 0.488603 * z, 0.488603 * x,
            1.092548 * x * y, 1.092548 * y * z, 0.315392 * (3 * z * z - 1),
            1.092548 * x * z, 0.546274 * (x * x - y * y),
        ],
        axis=-1,
    )  # fmt: skip


def project(radiance: Array, directions: Array, solid_angle: Array) -> Coefficients:
    """Return the coefficients of light from all around.

    Args:
        radiance: (N, 3) linear.
        directions: (N, 3) unit vectors it comes from.
        solid_angle: (N,) in steradian, 4 pi in all.
    """
    return _as_tuple(harmonics(directions).T @ (radiance * solid_angle[:, None]))


def sky_and_ground(sky: Array, ground: Array) -> Coefficients:
    """Return ambient light such that a white surface that faces up shows (3,) ``sky``.

    One that faces down shows ``ground``, one between them the mean.
    """
    table = np.zeros((9, 3))
    table[0] = (sky + ground) / 2 / 0.282095
    table[1] = (sky - ground) / 2 / (_LAMBERT[1] * 0.488603)
    return _as_tuple(table)


def ambient_on(ambient: Sequence[Sequence[float]], normals: Array) -> Array:
    """Return (..., 3) what a white matt surface with (..., 3) normals shows of ambient light."""
    table = np.asarray(ambient, np.float64) * _LAMBERT[:, None]
    return np.asarray(np.maximum(harmonics(normals) @ table, 0.0))


def surround_of(pictures: Sequence[Array], weights: Sequence[Array]) -> tuple[float, ...]:
    """Return the mean colour of what pictures show, of luminance 1, without what shines in them.

    Args:
        pictures: (H, W, 3) linear.
        weights: (H, W), 0 ... 1, what of them counts.

    Returns:
        Red, green and blue; nothing where next to nothing counts, or all is black.
    """
    total, seen = np.zeros(3), 0.0
    for linear, weight in zip(pictures, weights, strict=True):
        light = luma(linear)
        bright = float(np.percentile(light, SHINING))
        total += np.tensordot(weight * np.minimum(1.0, bright / np.maximum(light, 1e-4)), linear)
        seen += float(weight.mean())
    level = float(luma(total))
    if seen < LEAST_SEEN * max(len(pictures), 1) or level <= 0:
        return ()
    red, green, blue = (total / level).tolist()
    return red, green, blue


def is_measured(ambient: Sequence[Sequence[float]]) -> bool:
    """Return whether ambient light was seen all around: a guess is of sky and ground alone."""
    return any(abs(part) > 1e-9 for row in ambient[2:] for part in row)


def chroma(colour: Sequence[float] | Array) -> tuple[float, float]:
    """Return the warmth, log(red / blue), and the tint, log(green^2 / (red blue)) / 2."""
    red, green, blue = (math.log(max(float(part), 0.02)) for part in colour)
    return red - blue, green - (red + blue) / 2


def beyond_chance(warmth: float) -> float:
    """Return a difference in the warmth of what is around, less what may be by chance."""
    return math.copysign(max(abs(warmth) - _CHANCE_WARMTH, 0.0), warmth)


def _as_tuple(table: Array) -> Coefficients:
    return tuple((float(r), float(g), float(b)) for r, g, b in table)
