"""Materials of a subject: what has one colour, over all frames, is taken for one material.

Clusters by k-means over chromaticity, with a little of luminance, which light changes more, and
of the place in the picture: light falls off slowly, trousers lie below shirts. Once the light is
known roughly, it is taken off, and luminance tells more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...clip.clip import Array
from ...color import luma
from .surface import Surface

MATERIALS = 7
#: How far apart things are by a unit of log chromaticity, log luminance and picture height.
_CHROMA, _ROW = 1.5, 1.0
_LUMINANCE, _REFLECTANCE = 0.15, 0.45
_POOL = 250
_ROUNDS = 10
_DARK = 0.004


def sort_materials(
    surfaces: Sequence[Surface], shades: Sequence[Array] | None = None
) -> list[Array]:
    """Return, for each surface, the (N,) number of each pixel's material, below ``MATERIALS``.

    Args:
        surfaces: the subject in some frames.
        shades: of each, (N, 3) the light that falls on the pixels, where it is known.
    """
    rng = np.random.default_rng(5)
    if shades is None:
        features = [_features(surface, _LUMINANCE) for surface in surfaces]
    else:
        features = [
            _features(surface, _REFLECTANCE, shade)
            for surface, shade in zip(surfaces, shades, strict=True)
        ]
    pool = np.concatenate(
        [rows[rng.choice(len(rows), min(len(rows), _POOL), replace=False)] for rows in features]
    )
    centres = pool[rng.choice(len(pool), 1)]
    for _ in range(MATERIALS - 1):
        gap = _gaps(pool, centres).min(axis=1).clip(0.0)
        share = (gap + 1e-9) / np.sum(gap + 1e-9)
        centres = np.vstack([centres, pool[rng.choice(len(pool), p=share)]])
    for _ in range(_ROUNDS):
        nearest = _gaps(pool, centres).argmin(axis=1)
        count = np.bincount(nearest, minlength=MATERIALS)
        sums = np.stack([np.bincount(nearest, column, MATERIALS) for column in pool.T], axis=1)
        centres = np.where(count[:, None] > 0, sums / count.clip(1)[:, None], centres)
    return [_gaps(rows, centres).argmin(axis=1) for rows in features]


def _features(surface: Surface, weight: float, shade: Array | None = None) -> Array:
    colour, light = surface.colour, surface.light
    if shade is not None:
        colour, light = colour / shade, light / luma(shade)
    red, green, blue = np.log(colour + _DARK).T
    light = np.log(light + _DARK)
    columns = [
        _CHROMA * (red - green), _CHROMA * (blue - green), weight * light, _ROW * surface.row
    ]  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float64)


def _gaps(rows: Array, centres: Array) -> Array:
    """Return (N, K) squared distances."""
    return np.asarray(
        np.square(rows).sum(axis=1)[:, None]
        - 2 * rows @ centres.T
        + np.square(centres).sum(axis=1)[None]
    )
