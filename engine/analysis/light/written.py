"""A light that was found, put right by somebody who knows better."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .light import LightingInfo, shadow_direction
from .light_words import LightWords

#: How far off a written direction may be, in degrees.
WRITTEN_DEG = 5.0


def written_over(found: LightingInfo, words: LightWords) -> LightingInfo:
    """Return a light with what was written of it in place of what was found, in every frame.

    Args:
        found: the light of a picture or clip.
        words: direction, temperature, and intensity as a multiple of what was found.
    """
    if words.is_empty:
        return found
    once: dict[str, Any] = {}
    every: dict[str, Any] = {}
    if words.direction is not None:
        every |= {
            "direction": words.direction,
            "confidence": 1.0,
            "direction_sigma_deg": WRITTEN_DEG,
        }
        once["shadow_direction"] = shadow_direction(words.direction)
    if words.temperature_k is not None:
        every["temperature_k"] = words.temperature_k
        once["temperature_confidence"] = 1.0
    times = 1.0 if words.intensity is None else words.intensity
    curve = tuple(
        sample._replace(**every, intensity=times * sample.intensity) for sample in found.curve
    )
    return replace(
        found,
        **every,
        **once,
        intensity=times * found.intensity,
        curve=curve,
        method=f"Written over what was found. {found.method}",
    )
