"""What was read of the light in some frames of a clip, before it becomes a curve."""

from __future__ import annotations

from dataclasses import dataclass

from ...clip.clip import Array
from .ambient import Coefficients


@dataclass(frozen=True)
class Reading:
    """The light in T frames.

    Attributes:
        frames: (T,) which.
        directions: (T, 3) unit vectors to the key light.
        sigma_deg: (T,) root mean square angles of the directions to the truth.
        confidence: (T,) 0 ... 1, in the directions.
        temperature_k: of the key, in the longest stretch of one light, as all that follow.
        temperature_confidence: 0 ... 1.
        intensity: linear luminance of the parts that face the key.
        contrast: key side over fill side.
        hardness: 0 soft, 1 hard.
        ambient: spherical harmonics of the light without the key.
        method: how direction and colour were found.
        surround: mean colour of what is around, of luminance 1; empty where nothing is seen.
    """

    frames: Array
    directions: Array
    sigma_deg: Array
    confidence: Array
    temperature_k: float
    temperature_confidence: float
    intensity: float
    contrast: float
    hardness: float
    ambient: Coefficients
    method: str
    surround: tuple[float, ...] = ()
