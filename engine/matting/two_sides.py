"""Alpha told by the colours on both sides of an edge, as a linear model a pixel.

Where subject and background each have one colour, a pixel's place on the line between the two is
its alpha, at the full sharpness of the picture. The colours are spread from where alpha is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array
from .channels import channel_sum, squared_distance, times
from .spread import spread

#: Alpha above which a pixel shows the subject's own colour; below 1 - KNOWN the background's.
KNOWN = 0.8
#: How much the known colours are averaged with their surroundings.
SMOOTH = 0.3
#: Squared colour distance (0 ... 1 per channel) at which two sides can half be told apart.
TELLING = 0.012
#: Weight of a colour that lies off the line between the two sides, and of how much a side varies.
OFF_LINE, VARIES = 6.0, 6.0


@dataclass(frozen=True)
class TwoSides:
    """What the two sides' colours say.

    Attributes:
        model: (H, W, 4) float32, alpha as a linear function of colour.
        share: (H, W) float32, what it draws, 0 ... 1.
        telling: (H, W) float32, 0 ... 1, how far it can be believed.
    """

    model: Array
    share: Array
    telling: Array


def two_sides(picture: Array, alpha: Array) -> TwoSides:
    """Return what colours say of ``picture`` (H, W, 3) float32, given a first ``alpha`` (H, W)."""
    power = channel_sum(picture * picture)
    fore, fore_varies = _side(picture, power, alpha > KNOWN)
    back, back_varies = _side(picture, power, alpha < 1 - KNOWN)
    apart = fore - back
    distance = channel_sum(apart * apart)
    line = times(apart, 1 / np.maximum(distance, np.float32(1e-4)))
    constant = -channel_sum(line * back)
    share = np.clip(channel_sum(line * picture) + constant, 0.0, 1.0)
    off = squared_distance(picture - back, times(apart, share))
    doubt = np.float32(OFF_LINE) * off + np.float32(VARIES) * (fore_varies + back_varies)
    telling = distance / (distance + np.float32(TELLING) + doubt)
    return TwoSides(cv2.merge([*cv2.split(line), constant]), share, np.asarray(telling))


def _side(picture: Array, power: Array, known: Array) -> tuple[Array, Array]:
    """Return the colour (H, W, 3) spread from one side, and its variance there (H, W)."""
    planes = cv2.merge([*cv2.split(picture), power])
    spreaded = spread(planes, known.astype(np.float32), SMOOTH)
    colour = np.ascontiguousarray(spreaded[..., :3])
    return colour, np.maximum(spreaded[..., 3] - channel_sum(colour * colour), 0.0)
