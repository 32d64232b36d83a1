"""What a colour match does, in words."""

from __future__ import annotations

import math

from ...color import LUMA
from .light_difference import LightMatch

#: Smaller changes are not worth a word: log(red / blue), log green, stops, display values.
_LEAST = (0.02, 0.01, 0.05, 0.004)


def left_alone(reason: str) -> str:
    """Return the sentence for a subject that nothing is done to."""
    return f"Match Color: left alone: {reason}."


def lights_in_words(lights: LightMatch, strength: float) -> str:
    """Return what is done for a part of the way between two lights; empty if next to nothing."""
    red, green, blue = (math.log(gain) for gain in lights.gains(strength))
    warmth, tint = red - blue, green - (red + blue) / 2
    stops = sum(part * log for part, log in zip(LUMA, (red, green, blue), strict=True))
    stops /= math.log(2)
    done, left = [], []
    if abs(warmth) > _LEAST[0]:
        word = "warmer" if warmth > 0 else "cooler"
        amount = f"red to blue {math.expm1(warmth):+.0%}"
        done.append(f"{word} ({amount}, sure {lights.warmth.sure:.0%})")
    else:
        left.append("warmth")
    if abs(tint) > _LEAST[1]:
        word = "greener" if tint > 0 else "less green"
        done.append(f"{word} ({math.expm1(tint):+.0%}, sure {lights.tint.sure:.0%})")
    else:
        left.append("tint")
    if abs(stops) > _LEAST[2] and lights.level.value:
        word = "brighter" if stops > 0 else "darker"
        done.append(f"{word} ({stops:+.1f} stops, sure {lights.level.sure:.0%})")
    else:
        left.append("exposure")
    if lights.black * strength > _LEAST[3]:
        done.append("haze taken off the blacks")
    if lights.saturation < 1.0:
        done.append("colour taken out, since the plate has none")
    if not done:
        return ""
    alone = f" Left alone, not surely different: {', '.join(left)}." if left else ""
    return f"Match Color: {', '.join(done)}.{alone}"
