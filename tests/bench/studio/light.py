"""The light of a scene: one key, a sky and a ground, which may change over time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .color import LUMA, kelvin_rgb


@dataclass(frozen=True)
class Light:
    """A key light and ambient light.

    ``azimuth_deg`` is 0 behind the camera and grows to the right; ``hardness`` is 0 for an
    overcast sky and 1 for the sun; ``sky`` and ``ground`` are linear ambient colours from above
    and below. ``change`` is "none", "ramp" or "step": from ``at_s`` on, over ``over_s`` for a
    ramp, the light goes to ``to_intensity``, ``to_kelvin`` and ``to_azimuth_deg``.
    """

    azimuth_deg: float
    elevation_deg: float
    kelvin: float
    intensity: float
    hardness: float
    sky: tuple[float, float, float] = (0.32, 0.34, 0.38)
    ground: tuple[float, float, float] = (0.16, 0.15, 0.14)
    change: str = "none"
    at_s: float = 0.8
    over_s: float = 1.0
    to_intensity: float = 0.0
    to_kelvin: float = 6500.0
    to_azimuth_deg: float = 0.0

    def at(self, time_s: float) -> Lit:
        """Return the light at a time."""
        s = self._progress(time_s)
        azimuth = math.radians(self.azimuth_deg + s * (self.to_azimuth_deg - self.azimuth_deg))
        elevation = math.radians(self.elevation_deg)
        flat = math.cos(elevation)
        direction = np.array(
            [flat * math.sin(azimuth), math.sin(elevation), flat * math.cos(azimuth)]
        )
        # Mired, not kelvin: equal steps look equal.
        kelvin = 1 / (1 / self.kelvin + s * (1 / self.to_kelvin - 1 / self.kelvin))
        intensity = self.intensity + s * (self.to_intensity - self.intensity)
        key = np.array(kelvin_rgb(round(kelvin, 1)), np.float32) * np.float32(intensity)
        fade = np.float32(1 + 0.5 * (intensity / max(self.intensity, 1e-6) - 1))
        return Lit(
            direction, kelvin, intensity, self.hardness, key,
            np.array(self.sky, np.float32) * fade, np.array(self.ground, np.float32) * fade,
        )  # fmt: skip

    def _progress(self, time_s: float) -> float:
        if self.change == "none":
            return 0.0
        if self.change == "step":
            return float(time_s >= self.at_s)
        x = min(max((time_s - self.at_s) / self.over_s, 0.0), 1.0)
        return x * x * (3 - 2 * x)


@dataclass(frozen=True)
class Lit:
    """The light at one moment; the direction points to it, in the world."""

    direction: np.ndarray
    kelvin: float
    intensity: float
    hardness: float
    key: np.ndarray
    sky: np.ndarray
    ground: np.ndarray

    def on(self, normal: np.ndarray) -> np.ndarray:
        """Return the (3,) light that a flat matt surface with this normal receives."""
        up = 0.5 + 0.5 * float(normal[1])
        facing = max(float(normal @ self.direction), 0.0)
        return self.sky * up + self.ground * (1 - up) + self.key * (0.15 + 0.85 * facing)

    @property
    def shadow_depth(self) -> float:
        """Return the part of the ground's light that is lost in full shadow."""
        whole = self.on(np.array([0.0, 1.0, 0.0]))
        lost = self.key * max(float(self.direction[1]), 0.0)
        return float((lost @ LUMA) / (whole @ LUMA))
