"""Guesses indoor or outdoor from colour, sky and light, and says when nothing tells.

Odds are added up: leaves, lawns, a sky and a beach speak for outdoors, bright plain walls,
lamplight and a screen for indoors. A picture with little of either stays unknown, as a street often
does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .scene_info import INDOOR, OUTDOOR, UNKNOWN
from .scene_measures import Measures

METHOD = "Guessed from colour, sky and light"
#: Logarithm of the odds below which nothing is said.
_SAID = 1.0
#: A picture rougher than this is a picture: less is a title, a plain colour, a screen's image.
_PICTURE = 0.1


class Guess(NamedTuple):
    """A guessed place: environment, name or empty, confidence 0 ... 1, features."""

    environment: str
    place: str
    confidence: float
    features: tuple[str, ...]


def guess(measures: list[Measures]) -> Guess:
    """Return what some pictures of a clip tell about its place, at least one."""
    seen = Measures(*(float(value) for value in np.mean(measures, axis=0)))
    screened = sum(one.screen > 0 for one in measures) > len(measures) / 2
    seen = seen if screened else seen._replace(screen=0.0, green=0.0)
    odds = _odds(seen)
    environment = UNKNOWN
    if abs(odds) >= _SAID:
        environment = OUTDOOR if odds > 0 else INDOOR
    sure = 1.0 / (1.0 + float(np.exp(-abs(odds)))) if environment != UNKNOWN else 0.0
    return Guess(environment, _place(seen, environment), sure, _features(seen, environment))


def _odds(seen: Measures) -> float:
    """Return the logarithm of the odds for outdoors."""
    if seen.screen:
        return -4.0
    if seen.rough < _PICTURE:
        return 0.0
    out = 2.5 * _ramp(seen.leaves, 0.06, 0.16)
    out += 1.0 * _ramp(seen.lawn, 0.05, 0.2)
    out += 2.0 * _ramp(seen.blue_sky, 0.02, 0.17)
    out += 1.3 * _pale_sky(seen)
    out += 2.0 * _beach(seen)
    out -= 2.2 * _ramp(seen.wall, 0.25, 0.5)
    if seen.leaves < 0.03:
        out -= 0.9 * _ramp(seen.warm, 0.2, 0.3)
    return out


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def _pale_sky(seen: Measures) -> float:
    """Return how much a pale upper part is a sky: brighter than all below, as ceilings are not."""
    return _ramp(seen.pale_sky, 0.1, 0.3) * _ramp(seen.top_light, 0.0, 0.2)


def _beach(seen: Measures) -> float:
    return min(_ramp(seen.water, 0.05, 0.2), _ramp(seen.sand, 0.1, 0.2))


def _place(seen: Measures, environment: str) -> str:
    if seen.screen:
        return "green screen" if seen.green > 0.5 else "blue screen"
    if environment == OUTDOOR:
        if _beach(seen) > 0.6:
            return "beach"
        return "park or garden" if seen.leaves + seen.lawn > 0.2 else ""
    return "plain wall" if environment == INDOOR and seen.wall > 0.5 else ""


def _features(seen: Measures, environment: str) -> tuple[str, ...]:
    if seen.screen:
        return ("green screen",) if seen.green > 0.5 else ("blue screen",)
    outdoor = environment == OUTDOOR
    found = {
        "sky": seen.blue_sky > 0.04 or _pale_sky(seen) > 0.3 or (outdoor and seen.pale_sky > 0.08),
        "foliage": seen.leaves > 0.05,
        "ground": seen.ground > 0.55,
        "water": outdoor and _beach(seen) > 0.3,
        "reflective floor": seen.mirrored > 0.5 and seen.rough > _PICTURE,
    }
    return tuple(word for word, is_there in found.items() if is_there)
