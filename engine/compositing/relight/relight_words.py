"""What Relight Subject did, in words."""

from __future__ import annotations

import math

from .relight_lamps import Lamps
from .relight_shading import Vector

#: Difference of colour, in reciprocal megakelvin, that is not worth a word.
_LITTLE_MIRED = 4.0
#: Change of the ambient light's warmth that is not.
_LITTLE_AROUND = 0.1


def told(lamps: Lamps) -> str:
    """Return from which light to which, and how far."""
    before, after = lamps.source.lamp, lamps.target.lamp
    parts = []
    if not lamps.is_colour_alone:
        parts.append(
            f"Relit {100 * lamps.certainty:.0f} % of the way from a light "
            f"{_place(before.direction)} to one {_place(after.direction)}"
        )
    else:
        parts.append("Only colour and level change: the plate does not tell where its light is")
    if abs(lamps.mired) >= _LITTLE_MIRED:
        parts.append(f"{before.temperature_k:.0f} K to {after.temperature_k:.0f} K")
    if abs(lamps.around) >= _LITTLE_AROUND:
        shade = "warmer" if lamps.around > 0 else "cooler"
        parts.append(f"its shade {shade}, as what is around")
    if after.key != 1.0:
        parts.append(f"key at {after.key:g}")
    return ", ".join(parts) + "."


def _place(direction: Vector) -> str:
    """Return a direction in words and degrees."""
    x, y, z = direction
    depth = "front" if z >= 0 else "behind"
    side = f" {'left' if x < 0 else 'right'}" if abs(x) > 0.2 else ""
    return f"from {depth}{side}, {math.degrees(math.asin(max(-1.0, min(1.0, y)))):.0f} degrees high"
