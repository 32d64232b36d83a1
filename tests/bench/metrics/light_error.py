"""Error of an estimated light: direction, colour temperature, intensity.

The angle is that between the directions of the key light, measure (a) of section 1.4 of our metrics
research, not the colour angle that some papers call "angular error".
"""

from __future__ import annotations

import numpy as np


def azimuth_error_deg(azimuth_deg: float, true_azimuth_deg: float) -> float:
    """Return the difference of two azimuths the short way round, 0 ... 180 degrees."""
    return abs((azimuth_deg - true_azimuth_deg + 180.0) % 360.0 - 180.0)


def direction_error_deg(direction: object, true_direction: object) -> float:
    """Return the angle between two vectors (x, y, z) of any length, 0 ... 180 degrees."""
    one = np.asarray(direction, np.float64)
    other = np.asarray(true_direction, np.float64)
    # The arc tangent is exact for small angles, where the arc cosine is not.
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(one, other)), one @ other)))


def direction_of(azimuth_deg: float, elevation_deg: float) -> tuple[float, float, float]:
    """Return the unit vector with z up and x at azimuth 0."""
    azimuth, elevation = np.radians([azimuth_deg, elevation_deg])
    level = np.cos(elevation)
    return float(level * np.cos(azimuth)), float(level * np.sin(azimuth)), float(np.sin(elevation))


def temperature_error(temperature_k: float, true_temperature_k: float) -> float:
    """Return the relative error of a colour temperature: |T - T0| / T0."""
    return abs(temperature_k - true_temperature_k) / true_temperature_k


def intensity_error(ratio: float, true_ratio: float) -> float:
    """Return by what factor an intensity ratio is off, less 1: twice and half are both 1."""
    return max(ratio / true_ratio, true_ratio / ratio) - 1.0
