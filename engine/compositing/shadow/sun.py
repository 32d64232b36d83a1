"""What a shadow needs to know of the light: where it comes from, how dark and how soft."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...analysis.light.ambient import beyond_chance, chroma, is_measured
from ...analysis.light.light import LightingInfo
from ...clip.clip import Array
from ...color import kelvin_to_rgb, luma
from ...errors import InputError
from ...matting.matte import NEUTRAL

#: The lowest light: below it shadows would have no end.
_LOWEST = 0.08
#: Light from above, a little left and in front, where no light is known.
DEFAULT_LIGHT = (-0.41, 0.82, 0.41)
#: Opacity and softness under an ordinary light: what the two settings are compared with.
ORDINARY_OPACITY, ORDINARY_SOFTNESS_PX = 0.3, 12.0
#: How far a contrast is believed: that of a picture is that of things, too.
_BELIEF = 0.6
#: Standard deviation of the light's angle, in degrees: of a bare sun and under clouds; the part
#: of the way between them that a picture's hardness tells, and where it starts.
_BARE_DEG, _CLOUD_DEG, _TOLD, _TOLD_FROM = 0.6, 8.0, 0.6, 0.25
#: Depth of a body in heights: that far its shadow reaches without being thrown.
_DEEP = 0.2
#: How many times as dark a shadow may become for what it is spread over.
_MOST = 2.0
#: Part of the warmth of what is around that the ambient light has, and what is seen as warm, cool.
_THROWN, _TINTED = 0.5, 0.05
#: Height of a person in a picture of 1080 lines, for a softness in pixels.
_PERSON_PX = 750.0


class Throw(NamedTuple):
    """How a light throws a body on the ground.

    Attributes:
        way: (3,) direction to the light over its height: y is 1.
        softness: standard deviation of a shadow's edge over the height of what throws it.
        amount: 1 ... 2, how many times as dark it is where it is thin, for it is spread out.
    """

    way: Array
    softness: float
    amount: float = 1.0


@dataclass(frozen=True)
class Sun:
    """The key light as it falls on the ground.

    Attributes:
        direction: to the light, in the camera's axes (x right, y up, z toward the camera), any
            length; one below the horizon counts as just above it.
        depth: 0 ... 1, the part of the ground's light that is the key's: what a full shadow takes.
        softness: standard deviation of a shadow's edge over the distance from its caster.
        doubt_deg: root mean square angle of ``direction`` to the truth.
        tint: what the key is of the ground's red, green and blue light over its part of all: in
            its shadow the light of what is around is left.
    """

    direction: tuple[float, float, float]
    depth: float = 0.3
    softness: float = 0.03
    doubt_deg: float = 0.0
    tint: tuple[float, float, float] = NEUTRAL

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not np.isfinite(self.direction).all() or not any(self.direction):
            raise InputError(
                f"light must be a direction, got {self.direction}. Use (0, 1, 0) for the top."
            )
        if not 0 <= self.depth <= 1:
            raise InputError(
                f"opacity must be between 0 and 1, got {self.depth}. Use 0 for no shadow."
            )
        if not self.softness >= 0:
            raise InputError(f"softness must be 0 or more, got {self.softness}. Use 0 for hard.")

    def to_text(self) -> str:
        """Return in words what the shadow will be like."""
        doubt = f", direction unsure by {self.doubt_deg:.0f} deg" if self.doubt_deg > 15 else ""
        edge = "hard" if self.softness < 0.03 else "soft"
        red, _, blue = self.tint
        colour = ""
        if abs(red - blue) > _TINTED:
            colour = ", cool" if red > blue else ", warm"
        return f"Shadow: takes {self.depth:.0%} of the light, {edge}{colour}{doubt}."

    def over(self, world: Array, length: float) -> Throw:
        """Return how the light throws: short enough, and for all that it may be.

        The mean of the shadows that a doubtful light may throw is shorter and softer than each,
        and takes as much light as they.

        Args:
            world: (3,) ``direction`` in the axes of the ground.
            length: longest shadow in heights.
        """
        x, y, z = world / np.linalg.norm(world)
        rise = max(float(y), _LOWEST)
        reach = math.hypot(x, z) / rise
        doubt = math.radians(self.doubt_deg)
        sure = math.exp(-0.5 * doubt * doubt)
        # A low light that is doubtful may as well be higher.
        kept = min(sure * (reach ** (sure * sure) if reach > 1 else reach), length)
        scale = kept / max(reach, 1e-9) / rise
        far = math.hypot(1.0, kept)
        vague = kept * math.sqrt(max(1.0 - sure * sure, 0.0) / 2)
        amount = (min(reach, length) + _DEEP) / (kept + _DEEP)
        return Throw(
            np.array([x * scale, 1.0, z * scale]),
            math.hypot(self.softness * far, vague),
            min(max(amount, 1.0), _MOST),
        )


def sun_of(
    lighting: LightingInfo | None,
    *,
    opacity: float = ORDINARY_OPACITY,
    softness_px: float = ORDINARY_SOFTNESS_PX,
) -> Sun:
    """Return the key light of a plate as it falls on the ground.

    Args:
        lighting: of the plate; None is ordinary light from above left.
        opacity: of the shadow in ordinary light, 0 ... 1: strong light makes it darker, an
            overcast sky lighter.
        softness_px: blur at the far end in ordinary light, for a frame of 1080 lines.

    Raises:
        InputError: if a number is out of range.
    """
    usual = Sun(DEFAULT_LIGHT, opacity, softness_px / _PERSON_PX)
    if lighting is None:
        return usual
    rise = max(lighting.direction[1] / math.hypot(*lighting.direction), 0.15)
    key = max(lighting.contrast - 1.0, 0.0) * rise
    believed = _BELIEF * key / (1.0 + key) + (1.0 - _BELIEF) * ORDINARY_OPACITY
    told = _TOLD_FROM + _TOLD * lighting.hardness
    spread = math.radians(_CLOUD_DEG * (_BARE_DEG / _CLOUD_DEG) ** told)
    depth = 1.0 - (1.0 - believed) ** (opacity / ORDINARY_OPACITY) if opacity < 1 else 1.0
    return Sun(
        lighting.direction,
        depth,
        math.tan(spread) * softness_px / ORDINARY_SOFTNESS_PX,
        lighting.direction_sigma_deg,
        _tint(lighting, depth),
    )


def _tint(lighting: LightingInfo, depth: float) -> tuple[float, float, float]:
    """Return what a shadow of this depth takes of each channel, over what it takes of all."""
    key = _unit(kelvin_to_rgb(lighting.temperature_k))
    if is_measured(lighting.ambient):
        around = _unit(np.asarray(lighting.ambient[0]))
    else:
        around = key * np.exp(np.array([0.5, 0.0, -0.5]) * _thrown(lighting, key))
        around = _unit(around)
    share = key / np.maximum(depth * key + (1.0 - depth) * around, 1e-6)
    red, green, blue = np.minimum(share, 1.0 / max(depth, 1e-6)).tolist()
    return red, green, blue


def _thrown(lighting: LightingInfo, key: Array) -> float:
    """Return how much warmer, log(red / blue), than the key light what is around is."""
    if not lighting.surround:
        return 0.0
    return _THROWN * beyond_chance(chroma(lighting.surround)[0] - chroma(key)[0])


def _unit(colour: Array) -> Array:
    """Return a colour of luminance 1."""
    safe = np.maximum(colour, 1e-3)
    return np.asarray(safe / luma(safe))
