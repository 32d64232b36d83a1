"""A light in a few words, such as ``left-above 45°, 5500 K, 0.8``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ...errors import InputError

Vector = tuple[float, float, float]

#: Where a word lies: x right, y up, z toward the camera.
_PLACES = {
    **dict.fromkeys(("left",), (-1.0, 0.0, 0.0)),
    **dict.fromkeys(("right",), (1.0, 0.0, 0.0)),
    **dict.fromkeys(("above", "top", "up", "upper", "overhead", "high"), (0.0, 1.0, 0.0)),
    **dict.fromkeys(("below", "bottom", "down", "lower", "underneath", "low"), (0.0, -1.0, 0.0)),
    **dict.fromkeys(("front", "camera"), (0.0, 0.0, 1.0)),
    **dict.fromkeys(("behind", "back", "rear", "backlight"), (0.0, 0.0, -1.0)),
}  # fmt: skip
#: Words that may stand between the others.
_FILLERS = frozenset(
    ("a", "an", "and", "at", "deg", "degree", "degrees", "direction", "elevation", "from", "in",
     "intensity", "k", "kelvin", "key", "lamp", "light", "of", "side", "strength", "sun",
     "temperature", "the", "times", "x")
)  # fmt: skip
#: A side alone is light that comes half from the front; from above alone, nearly so.
_TOWARD_CAMERA = 0.5
_LOWEST_K, _HIGHEST_K = 1500.0, 20000.0
_BRIGHTEST = 4.0
# A dash is a minus only where a number begins: "left-45" is 45 degrees high, "left -45" is not.
_NUMBER = r"(?:(?<![^\s,;:])[-+])?(?:\d+(?:\.\d*)?|\.\d+)"
_TOKEN = re.compile(
    rf"(?P<deg>{_NUMBER})\s*(?:°|º|degrees?\b|deg\b)"
    rf"|(?P<kelvin>{_NUMBER})\s*(?:kelvin\b|k\b)"
    rf"|(?P<percent>{_NUMBER})\s*%"
    rf"|(?P<number>{_NUMBER})"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<gap>[\s,;:/&=.\u2013]+|[-+])",
    re.IGNORECASE,
)
_EXAMPLE = 'Write it as in "left-above 45°, 5500 K, 0.8"'


@dataclass(frozen=True)
class LightWords:
    """What was written; None for what was not.

    Attributes:
        direction: unit vector to the light: x right, y up, z toward the camera.
        temperature_k: kelvin.
        intensity: of the key, as a multiple of the one that lies on the subject now.
    """

    direction: Vector | None = None
    temperature_k: float | None = None
    intensity: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written."""
        return self == LightWords()


def parse_light(text: str) -> LightWords:
    """Return the light that a text describes; an empty text is no light.

    Directions are words joined in any order (left, right, above, below, front, behind); degrees
    are the height above the horizon. A number of 1000 or more is a temperature, any other an
    intensity.

    Raises:
        InputError: if a word or number cannot be understood or contradicts another.
    """
    words: list[str] = []
    found: dict[str, float] = {}
    at = 0
    # A decimal comma between digits ("0,8") is a point; one before a space parts the entries.
    text = re.sub(r"(?<=\b0),(?=\d)", ".", text.strip())
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise InputError(f"light must be words and numbers, got {text[at]!r}. {_EXAMPLE}.")
        kind, token = str(match.lastgroup), match[str(match.lastgroup)]
        if kind == "word":
            words.append(_word(token.lower()))
        elif kind != "gap":
            _note(found, *_quantity(kind, float(token)))
        at = match.end()
    places = [word for word in words if word in _PLACES]
    return LightWords(
        _direction(places, found.get("degrees")), found.get("kelvin"), found.get("intensity")
    )


def _word(word: str) -> str:
    if word not in _PLACES and word not in _FILLERS:
        raise InputError(
            "light must be made of left, right, above, below, front, behind, degrees, kelvin and "
            f"an intensity, got {word!r}. {_EXAMPLE}."
        )
    return word


def _quantity(kind: str, value: float) -> tuple[str, float]:
    """Return the name and value of a number, checked."""
    if kind == "deg":
        return "degrees", _within("light's angle", value, -90.0, 90.0, " degrees")
    if kind == "percent":
        kind, value = "number", value / 100.0
    if kind == "kelvin" or value >= 1000.0:
        return "kelvin", _within("light's temperature", value, _LOWEST_K, _HIGHEST_K, " K")
    return "intensity", _within("light's intensity", value, 0.0, _BRIGHTEST, "")


def _within(what: str, value: float, low: float, high: float, unit: str) -> float:
    if not low <= value <= high:
        raise InputError(
            f"{what} must be between {low:g} and {high:g}{unit}, got {value:g}. {_EXAMPLE}."
        )
    return value


def _note(found: dict[str, float], name: str, value: float) -> None:
    if name in found:
        named = {"degrees": "angle", "kelvin": "temperature"}.get(name, name)
        raise InputError(
            f"light must have one {named}, got {found[name]:g} and {value:g}. {_EXAMPLE}."
        )
    found[name] = value


def _direction(places: list[str], degrees: float | None) -> Vector | None:
    """Return the unit vector that words and an elevation mean."""
    if not places and degrees is None:
        return None
    vectors = {_PLACES[place] for place in places}
    x, y, z = (sum(axis) for axis in zip(*vectors, strict=True)) if vectors else (0.0, 0.0, 1.0)
    against = [a for a in vectors if tuple(-v for v in a) in vectors]
    if against:
        named = " and ".join(sorted(p for p in set(places) if _PLACES[p] in against))
        raise InputError(f"light must come from one side, got {named}. {_EXAMPLE}.")
    if z == 0.0:
        z = _TOWARD_CAMERA
    if degrees is None:
        return _unit(x, y, z)
    # "Below 30 degrees" is 30 degrees under the horizon.
    up = math.radians(-degrees if y < 0 and degrees > 0 else degrees)
    level = math.hypot(x, z)
    flat = math.cos(up)
    return _unit(flat * x / level, math.sin(up), flat * z / level)


def _unit(x: float, y: float, z: float) -> Vector:
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length
