"""The light of a clip as a value, with its curve over time, and their JSON form."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .ambient import Coefficients

Vector = tuple[float, float, float]

#: About the angle between a fixed guess and any light: a direction that is not known.
UNKNOWN_DEG = 57.0

#: Directions up to this sure are followed wholly, from there on less, and not at all at the last.
_SURE_DEG, _UNSURE_DEG = 15.0, 55.0
#: Depth looks this much shorter than width where a shadow lies on the ground.
_FORESHORTENED = 0.4
_COMPASS = ("right", "upper right", "above", "upper left", "left", "lower left", "below",
            "lower right")  # fmt: skip


class LightSample(NamedTuple):
    """The light in one frame; see LightingInfo for the units.

    Attributes:
        frame: which frame.
        direction: unit vector to the key light.
        temperature_k: colour of the light.
        intensity: of the parts that face the key.
        contrast: key to fill.
        hardness: 0 soft, 1 hard.
        confidence: in the direction.
        direction_sigma_deg: root mean square angle of the direction to the truth.
    """

    frame: int
    direction: Vector
    temperature_k: float
    intensity: float
    contrast: float
    hardness: float
    confidence: float
    direction_sigma_deg: float = UNKNOWN_DEG


@dataclass(frozen=True)
class LightingInfo:
    """The light on a subject or in a picture, as the picture shows it (after white balance).

    Attributes:
        direction: unit vector to the key light: x right, y up, z toward the camera.
        temperature_k: kelvin of the black body with the light's red to blue ratio; 6504 is white.
        intensity: linear luminance, 0 ... 1, of the parts that face the key.
        contrast: luminance of the key side over the fill side, 1 or more.
        hardness: 0 a clouded sky, 1 a bare sun.
        shadow_direction: unit vector in the picture, x right, y up, in which shadows fall on a
            level ground.
        confidence: 0 (a guess: light from above the camera) to 1, in the direction.
        method: how direction and colour were found.
        curve: the same over time, smoothed, one entry per sampled frame.
        direction_sigma_deg: root mean square angle, in degrees, of the direction to the truth.
        temperature_confidence: 0 (daylight is assumed) ... 1.
        ambient: nine spherical harmonics, linear RGB, of the light without the key, on the scale
            of ``intensity``; empty where it is not known. :mod:`.ambient` has order and axes.
        jumps: frames, of those in the curve, that are the first in a new light.
        surround: mean linear colour, of luminance 1, of what is seen around the subject but for
            what shines: the colour that walls and ground throw back. Empty where it is not known.
    """

    direction: Vector
    temperature_k: float
    intensity: float
    contrast: float
    hardness: float
    shadow_direction: tuple[float, float]
    confidence: float
    method: str
    curve: tuple[LightSample, ...] = field(default=(), repr=False)
    direction_sigma_deg: float = UNKNOWN_DEG
    temperature_confidence: float = 0.0
    ambient: Coefficients = ()
    jumps: tuple[int, ...] = ()
    surround: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write; :meth:`from_json` gives an equal value."""
        return {
            "direction": list(self.direction),
            "temperature_k": self.temperature_k,
            "intensity": self.intensity,
            "contrast": self.contrast,
            "hardness": self.hardness,
            "shadow_direction": list(self.shadow_direction),
            "confidence": self.confidence,
            "method": self.method,
            "curve": [
                {**sample._asdict(), "direction": list(sample.direction)} for sample in self.curve
            ],
            "direction_sigma_deg": self.direction_sigma_deg,
            "temperature_confidence": self.temperature_confidence,
            "ambient": [list(colour) for colour in self.ambient],
            "jumps": list(self.jumps),
            "surround": list(self.surround),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LightingInfo:
        """Return the light that :meth:`to_json` wrote."""
        samples = (
            LightSample(**{**sample, "direction": tuple(sample["direction"])})
            for sample in value["curve"]
        )
        return cls(
            **{
                **value,
                "direction": tuple(value["direction"]),
                "shadow_direction": tuple(value["shadow_direction"]),
                "curve": tuple(samples),
                "ambient": tuple(tuple(colour) for colour in value.get("ambient", ())),
                "jumps": tuple(value.get("jumps", ())),
                "surround": tuple(value.get("surround", ())),
            }
        )

    def to_text(self) -> str:
        """Return the light in words."""
        text = (
            f"Light: from {where(self.direction)} (+-{self.direction_sigma_deg:.0f} deg), "
            f"{self.temperature_k:.0f} K, "
            f"intensity {self.intensity:.2f}, contrast {self.contrast:.1f}:1, "
            f"{'hard' if self.hardness > 0.5 else 'soft'} ({self.hardness:.2f}), "
            f"confidence {self.confidence:.2f}\n  {self.method}"
        )
        if self.jumps:
            frames = ", ".join(str(frame) for frame in self.jumps)
            text += f"\n  The light changes at frame {frames}."
        return text


def followed(sigma_deg: float) -> float:
    """Return how far a direction that is off by so much may be followed, 0 ... 1."""
    part = (_UNSURE_DEG - sigma_deg) / (_UNSURE_DEG - _SURE_DEG)
    return min(max(part, 0.0), 1.0)


def shadow_direction(light: Vector) -> tuple[float, float]:
    """Return the unit vector, y up, in which shadows of ``light`` fall in the picture."""
    x, y = -light[0], _FORESHORTENED * light[2]
    length = math.hypot(x, y)
    return (x / length, y / length) if length > 1e-6 else (0.0, 1.0)


def where(light: Vector) -> str:
    """Return a direction in words, such as ``the upper left, in front``."""
    x, y, z = light
    if math.hypot(x, y) < 0.25:
        return "the camera" if z > 0 else "behind the subject"
    side = _COMPASS[round(math.degrees(math.atan2(y, x)) / 45) % 8]
    depth = ", in front" if z > 0.35 else ", from behind" if z < -0.15 else ", sideways"
    return ("" if side in ("above", "below") else "the ") + side + depth
