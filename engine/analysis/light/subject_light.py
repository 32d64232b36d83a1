"""The light on a subject: direction from its shading, colour from its materials."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...clip.clip import Array
from ...color import kelvin_to_rgb, linear_table
from .ambient import Coefficients, sky_and_ground, surround_of
from .hardness import light_hardness
from .illuminant import light_temperature
from .light_path import LightPath, follow_light
from .materials import sort_materials
from .reading import Reading
from .shading import SKYWARD, kinds_of, losses, shade
from .surface import Surface
from .temperature import Temperature, kelvin_of, key_temperature, key_tint

METHOD = (
    "Direction from the shading along the subject's outline; colour from lit and shaded parts of "
    "one material, skin, grey edges and near-grey surfaces."
)
#: Guessed normals blur light and shade: the key is stronger than it seems by this.
_BLURRED = 1.5
#: Frames from which colour and hardness are read, at most.
_COLOURS, _PICTURES = 6, 2


def subject_light(
    surfaces: Sequence[Surface],
    pictures: Sequence[Array],
    mattes: Sequence[Array],
    starts: list[int],
) -> Reading:
    """Return the light on a subject.

    Args:
        surfaces: the subject in T frames.
        pictures: (H, W, 3) uint8 of the same frames, a few hundred pixels wide.
        mattes: (H, W) uint8 of the same frames.
        starts: first frames in a new light.
    """
    frames = np.array([surface.frame for surface in surfaces])
    parts = np.searchsorted(starts, frames, side="right")
    path, materials = _path(surfaces, [bool(step) for step in np.diff(parts)])
    same = np.flatnonzero(parts == np.bincount(parts).argmax())
    chosen = same[np.linspace(0, len(same) - 1, min(len(same), _COLOURS)).round().astype(int)]
    few = chosen[:: max(len(chosen) // _PICTURES, 1)][:_PICTURES]
    some = [surfaces[k] for k in chosen]
    lights = [(path.directions[k], path.ratio) for k in chosen]
    greys = [_grey(pictures[k], mattes[k]) for k in few]
    grey = (float(np.median([k for k, _ in greys])), float(np.mean([sure for _, sure in greys])))
    colour = key_temperature(some, [materials[k] for k in chosen], lights, grey)
    contrast = float(np.clip(1.0 + _BLURRED * path.ratio, 1.0, 12.0))
    intensity = _intensity(some, lights)
    hardness = [_hardness(pictures[k], mattes[k], contrast) for k in few]
    return Reading(
        frames=frames,
        directions=path.directions,
        sigma_deg=path.sigma_deg,
        confidence=_confidence(path),
        temperature_k=colour.kelvin,
        temperature_confidence=colour.sure,
        intensity=intensity,
        contrast=contrast,
        hardness=float(np.mean(hardness)),
        ambient=_ambient(intensity / contrast, colour),
        method=METHOD,
        surround=_surround([pictures[k] for k in few], [mattes[k] for k in few]),
    )


def _path(surfaces: Sequence[Surface], jumps: list[bool]) -> tuple[LightPath, list[Array]]:
    """Return the light's direction over time, and the materials that were told apart."""

    def follow(materials: list[Array]) -> LightPath:
        pairs = zip(surfaces, materials, strict=True)
        return follow_light([losses(kinds_of(*pair)) for pair in pairs], jumps)

    materials = sort_materials(surfaces)
    rough = follow(materials)
    grey = [
        shade(surface.normals, direction, rough.ratio)
        for surface, direction in zip(surfaces, rough.directions, strict=True)
    ]
    tint = key_tint(surfaces, materials, grey)
    # Shades of a mean of about 1, which keeps the dark dark.
    shades = [
        np.stack([shade(surface.normals, direction, rough.ratio * part) for part in tint], axis=1)
        / (1 + rough.ratio / 2)
        for surface, direction in zip(surfaces, rough.directions, strict=True)
    ]
    materials = sort_materials(surfaces, shades)
    return follow(materials), materials


def _confidence(path: LightPath) -> Array:
    return np.asarray(np.clip(1.0 - path.sigma_deg / 60.0, 0.05, 1.0))


def _grey(picture: Array, matte: Array) -> tuple[float, float]:
    """Return what the picture without the subject tells of the light's colour, and how sure."""
    weight = 1.0 - matte.astype(np.float32) / 255.0
    return light_temperature(cv2.LUT(picture, linear_table()), weight)


def _hardness(picture: Array, matte: Array, contrast: float) -> float:
    inside = cv2.erode((matte > 127).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return light_hardness(cv2.LUT(picture, linear_table()), inside, contrast)


def _intensity(surfaces: Sequence[Surface], lights: Sequence[tuple[Array, float]]) -> float:
    """Return the median luminance of the fifth that faces the light, or of all if that is more."""
    lit = []
    for surface, light in zip(surfaces, lights, strict=True):
        facing = shade(surface.normals, *light)
        lit.append(surface.light[facing >= np.percentile(facing, 80)])
    # Where the subject is dark toward the light, its materials are: the whole of it tells more.
    every = np.concatenate([surface.light for surface in surfaces])
    return float(max(np.median(np.concatenate(lit)), np.median(every)))


def _ambient(level: float, key: Temperature) -> Coefficients:
    """Return light of the ambient's colour, brighter from above by what is usual."""
    colour = level * kelvin_to_rgb(kelvin_of(key.red_blue - key.difference))
    return sky_and_ground(colour * float(1 + SKYWARD), colour * float(1 - SKYWARD))


def _surround(pictures: Sequence[Array], mattes: Sequence[Array]) -> tuple[float, ...]:
    """Return the colour of what is around the subject."""
    table = linear_table()
    beside = [(matte == 0).astype(np.float64) for matte in mattes]
    return surround_of([cv2.LUT(picture, table) for picture in pictures], beside)
