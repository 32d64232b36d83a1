"""The light read from a clip against the true one, beside fixed guesses."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.light_error import azimuth_error_deg, direction_error_deg, temperature_error
from ..pipeline import Made
from ..studio import Truth
from ..table import OURS, CaseResult, Measure

MEASURES = (
    Measure("light/direction", "deg, median", goal=20.0, median=True),
    Measure("light/azimuth", "deg, median", goal=8.0, median=True),
    Measure("light/kelvin", "share, median", goal=0.08, median=True),
)
#: Fixed guesses of somebody who does not look: daylight, from the camera.
FRONTAL = (0.0, 0.0, 1.0)
DAYLIGHT_K = 5500.0
#: Light that comes nearer to the camera's axis than this sine has no azimuth.
SIDEWAYS = 0.3


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Compare the clip's light with the middle frame's: lights that change are left out."""
    if "light" in truth.tags or truth.cuts:
        return
    wanted = truth.per_frame[truth.count // 2]["light"]
    for who, direction in ((OURS, made.lighting.direction), ("frontal guess", FRONTAL)):
        result.add("light/direction", who, direction_error_deg(direction, wanted["direction"]))
    if np.hypot(*wanted["direction"][:2]) > SIDEWAYS:
        azimuths = (_azimuth_deg(of) for of in (made.lighting.direction, wanted["direction"]))
        result.add("light/azimuth", OURS, azimuth_error_deg(*azimuths))
    result.add(
        "light/kelvin", OURS, temperature_error(made.lighting.temperature_k, wanted["kelvin"])
    )
    result.add("light/kelvin", "daylight guess", temperature_error(DAYLIGHT_K, wanted["kelvin"]))


def _azimuth_deg(direction: Any) -> float:
    """Return the direction in the picture's plane: 0 right, 90 up."""
    return float(np.degrees(np.arctan2(direction[1], direction[0])))
