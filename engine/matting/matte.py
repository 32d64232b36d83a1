"""What travels between the matting steps: an alpha clip and how it was made."""

from __future__ import annotations

from dataclasses import dataclass

from ..clip.clip import Clip
from .screen import Screen

#: A shadow that takes all light alike.
NEUTRAL = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Matte:
    """A matte and what later steps must know of its making.

    Attributes:
        alpha: one channel, full range, 1 is the subject; as large and as long as its clip.
        screen: the screen it was keyed from, or None.
        method: how it was made, to show: ``"key"`` or ``"segment by SAM 2, edge by colour"``, for
            example; empty when it came from elsewhere.
        tint: of a shadow, what it takes of red, green and blue light over what it takes of all:
            the light that is left in it has the colour of what is around.
    """

    alpha: Clip
    screen: Screen | None = None
    method: str = ""
    tint: tuple[float, float, float] = NEUTRAL
