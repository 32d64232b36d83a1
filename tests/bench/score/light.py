"""The light read from a clip against the true one, beside fixed guesses."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.light_error import (
    azimuth_error_deg,
    direction_error_deg,
    intensity_error,
    temperature_error,
)
from ..pipeline import Made
from ..studio import Truth
from ..table import OURS, CaseResult, Measure

MEASURES = (
    Measure("light/direction", "deg, median", goal=20.0, median=True),
    Measure("light/azimuth", "deg, median", goal=8.0, median=True),
    Measure("light/kelvin", "share, median", goal=0.08, median=True),
    Measure("light/key to fill", "factor less 1, median", median=True),
    Measure("light/hardness", "median", median=True),
    Measure("light/course", "factor less 1"),
    Measure("light/jumps", "missed and false"),
)
#: Fixed guesses of somebody who does not look: daylight, from the camera, of middle hardness.
FRONTAL = (0.0, 0.0, 1.0)
DAYLIGHT_K = 5500.0
CONTRAST, HARDNESS = 4.0, 0.5
#: Light that comes nearer to the camera's axis than this sine has no azimuth.
SIDEWAYS = 0.3
#: Change from frame to frame of the key's strength that is a jump, and frames it may be told off.
JUMP, NEAR = 0.2, 2

_LUMA = np.array([0.2126, 0.7152, 0.0722])


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Compare the clip's light with the middle frame's; of lights that change, the course."""
    if truth.cuts:
        return
    lights = [frame["light"] for frame in truth.per_frame]
    _score_course(result, lights, made.lighting)
    if "light" in truth.tags:
        return
    wanted = lights[len(lights) // 2]
    for who, direction in ((OURS, made.lighting.direction), ("frontal guess", FRONTAL)):
        result.add("light/direction", who, direction_error_deg(direction, wanted["direction"]))
    if np.hypot(*wanted["direction"][:2]) > SIDEWAYS:
        azimuths = (_azimuth_deg(of) for of in (made.lighting.direction, wanted["direction"]))
        result.add("light/azimuth", OURS, azimuth_error_deg(*azimuths))
    for who, kelvin, contrast, hardness in (
        (OURS, made.lighting.temperature_k, made.lighting.contrast, made.lighting.hardness),
        ("daylight guess", DAYLIGHT_K, CONTRAST, HARDNESS),
    ):
        result.add("light/kelvin", who, temperature_error(kelvin, wanted["kelvin"]))
        result.add("light/key to fill", who, intensity_error(contrast, _contrast(wanted)))
        result.add("light/hardness", who, abs(hardness - wanted["hardness"]))


def _score_course(result: CaseResult, lights: list[dict[str, Any]], found: Any) -> None:
    """Compare how the strength goes, against the first sample, and where the light jumps."""
    if found.curve:
        first = found.curve[0]
        gaps = [
            intensity_error(
                max(sample.intensity, 1e-6) / max(first.intensity, 1e-6),
                _strength(lights[sample.frame]) / _strength(lights[first.frame]),
            )
            for sample in found.curve
        ]
        result.add("light/course", OURS, float(np.mean(gaps)))
    strengths = np.array([_strength(light) for light in lights])
    true = (np.flatnonzero(np.abs(np.diff(np.log(strengths))) > JUMP) + 1).tolist()
    missed = sum(all(abs(at - jump) > NEAR for jump in found.jumps) for at in true)
    false = sum(all(abs(at - jump) > NEAR for at in true) for jump in found.jumps)
    result.add("light/jumps", OURS, float(missed + false))


def _strength(light: dict[str, Any]) -> float:
    """Return the luminance of a white surface that faces the key."""
    return float(light["intensity"] + np.asarray(light["ambient"]) @ _LUMA)


def _contrast(light: dict[str, Any]) -> float:
    return _strength(light) / max(float(np.asarray(light["ambient"]) @ _LUMA), 1e-6)


def _azimuth_deg(direction: Any) -> float:
    """Return the direction in the picture's plane: 0 right, 90 up."""
    return float(np.degrees(np.arctan2(direction[1], direction[0])))
