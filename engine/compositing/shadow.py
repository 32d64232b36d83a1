"""Cast Shadow: the subject's silhouette laid on the ground, and the dark line under its feet.

The matte is a billboard that stands on the ground where the subject touches it; the light's
direction throws it onto the ground plane, which the camera sees foreshortened (J. Blinn, *Me and
my (fake) shadow*, 1988). The penumbra grows with the distance from the contact, as under a light
of some size; the contact shadow is ambient light that does not reach under the soles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip, ClipFormat
from ..clip.operations import map_frames, window_frames
from ..errors import InputError
from .ground import Ground, find_ground, soles_of, steady_ground

#: Rows of the reduced picture the shadow is computed in.
WORK_ROWS = 270
#: How the camera sees the ground: vertical pixels per pixel of depth (a tilt of about 17 degrees).
GROUND_TILT = 0.3
#: A shadow on the ground is never thinner than this part of the height: people have depth.
THINNEST = 0.06
#: Frames to each side over which the ground's position is averaged.
STEADY_FRAMES = 2
#: How far under the feet the cast shadow begins, in parts of the height: it must not come loose.
OVERLAP = 0.01
#: The blur is computed for these parts of the subject's height and mixed between them.
PENUMBRA_STEPS = (0.0, 0.33, 0.67, 1.0)


def cast_shadow(
    alpha: Clip,
    *,
    light: tuple[float, float, float],
    opacity: float,
    softness_px: float,
    length: float,
    contact: float,
) -> Clip:
    """Return the density of the subject's shadow: one channel of 16 bits, 1 = no light left.

    Lazy. Where the subject is cut off by the lower border (a half-length portrait) the ground is
    out of the picture, and so is the shadow: the density fades to 0 as the cut grows wider.

    Args:
        alpha: matte, 1 = subject.
        light: direction to the light (x right, y up, z toward the camera), any length. Light
            from behind throws the shadow toward the camera, from the front away from it, from
            the top onto the feet. A light below the horizon counts as just above it.
        opacity: 0 ... 1, of the cast shadow at the feet; it fades along the shadow.
        softness_px: blur (standard deviation) at the far end, for a frame of 1080 lines.
        length: longest length of the cast shadow on the ground over the subject's height.
        contact: 0 ... 1, density of the contact shadow.

    Raises:
        InputError: if a number is out of range or the light has no direction.
    """
    _check(alpha, light, opacity, softness_px, length, contact)
    shrink = max(1, round(alpha.format.height / WORK_ROWS))
    size = (-(-alpha.format.width // shrink), -(-alpha.format.height // shrink))
    sun = _Sun(
        *_throw(light, length),
        opacity=opacity,
        softness=softness_px * size[1] / 1080.0,
        contact=contact,
    )
    small = _reduced(alpha, size)
    density = window_frames(sun.density, small, STEADY_FRAMES, "cast_shadow/1", sun)
    return _enlarged(density, alpha.format)


@dataclass(frozen=True)
class _Sun:
    """What makes the shadow: where a point ``h`` above the contact throws its shadow, and how.

    Attributes:
        across: pixels to the right per pixel of height.
        down: pixels downward per pixel of height.
        back: parts of the height by which the shadow begins behind the contact.
        opacity: of the cast shadow.
        softness: blur at the far end in reduced pixels.
        contact: density of the contact shadow.
    """

    across: float
    down: float
    back: float
    opacity: float
    softness: float
    contact: float

    def density(self, _: int, frames: list[Array]) -> Array:
        """Return the reduced density, 16 bits, of the middle one of ``frames``."""
        grounds = [find_ground(frame) for frame in frames]
        middle, own = frames[len(frames) // 2], grounds[len(grounds) // 2]
        steady = steady_ground(grounds)
        if own is None or steady.visible <= 0:
            return np.zeros_like(middle)
        silhouette = np.multiply(middle, np.float32(1 / 65535), dtype=np.float32)
        cast = self._cast(silhouette, steady) * np.float32(self.opacity * steady.visible)
        under = _contact(silhouette, own) * np.float32(self.contact * steady.visible)
        light = (1.0 - cast) * (1.0 - under)
        return np.rint((1.0 - light.clip(0.0, 1.0)) * 65535.0).astype(np.uint16)

    def _cast(self, silhouette: Array, ground: Ground) -> Array:
        """Return the silhouette thrown onto the ground, 0 ... 1."""
        rows, columns = silhouette.shape
        feet = (ground.foot + ground.slope * np.arange(columns))[None]
        heights = (feet - np.arange(rows)[:, None]) / ground.height
        soft = self._penumbra(silhouette, heights.clip(0.0, 1.0).astype(np.float32))
        back = (OVERLAP + self.back) * ground.height
        # A point (x, y) lies foot + slope x - y above the ground.
        height = np.array([ground.slope, -1.0, ground.foot])
        across = np.array([1.0, 0.0, 0.0]) + self.across * height
        down = np.array([ground.slope, 0.0, ground.foot - back]) + self.down * height
        return np.asarray(cv2.warpAffine(soft, np.array([across, down]), (columns, rows)))

    def _penumbra(self, silhouette: Array, heights: Array) -> Array:
        """Return the silhouette blurred, and a little fainter, with growing height."""
        along = 0.4 / abs(self.down)  # the ground's foreshortening must not alias
        out = np.zeros_like(silhouette)
        step = PENUMBRA_STEPS[1]
        for part in PENUMBRA_STEPS:
            weight = np.maximum(1.0 - np.abs(heights - part) / step, 0.0)
            sigma = max(0.5, self.softness * (0.1 + 0.9 * part))
            blurred = cv2.GaussianBlur(
                silhouette,
                (0, 0),
                sigmaX=sigma,
                sigmaY=math.hypot(sigma, along),
                borderType=cv2.BORDER_REPLICATE,
            )
            out += blurred * weight * np.float32(1.0 - 0.5 * part)
        return out


def _throw(light: tuple[float, float, float], length: float) -> tuple[float, float, float]:
    """Return ``across``, ``down`` and ``back`` of :class:`_Sun`."""
    x, y, z = np.asarray(light, float) / np.linalg.norm(light)
    rise = max(y, 0.05)
    reach = max(math.hypot(x, z) / rise, 1e-9)
    scale = min(1.0, length / reach) / rise
    down = -z * scale * GROUND_TILT
    thick = math.copysign(max(abs(down), THINNEST), down if abs(down) > 1e-6 else 1.0)
    return float(-x * scale), float(thick), float((thick - down) / 2.0)


def _reduced(alpha: Clip, size: tuple[int, int]) -> Clip:
    scale = np.float32(65535.0 / alpha.format.max_value)

    def reduce(_: int, frame: Array) -> Array:
        small = area_average(frame, size)
        return np.rint(np.multiply(small, scale, dtype=np.float32)).astype(np.uint16)

    return map_frames(reduce, [alpha], "shadow_matte/2", size, bits=16, size=size)


def _enlarged(density: Clip, like: ClipFormat) -> Clip:
    size = (like.width, like.height)

    def enlarge(_: int, frame: Array) -> Array:
        return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR))

    return map_frames(enlarge, [density], "shadow_size/1", size, size=size)


def _contact(silhouette: Array, ground: Ground) -> Array:
    """Return the shade under the soles, 0 ... 1."""
    soles = soles_of(silhouette, ground.contact, ground.height)
    shade = np.zeros_like(soles)
    for sigma, share in ((0.008, 0.6), (0.03, 0.4)):
        wide = max(0.7, sigma * ground.height)
        flat = max(0.5, wide * GROUND_TILT)
        blurred = cv2.GaussianBlur(soles, (0, 0), sigmaX=wide, sigmaY=flat)
        shade += blurred * np.float32(share * flat * math.sqrt(2.0 * math.pi))
    return np.minimum(shade, np.float32(1.0))


def _check(
    alpha: Clip,
    light: tuple[float, float, float],
    opacity: float,
    softness_px: float,
    length: float,
    contact: float,
) -> None:
    if alpha.format.channels != 1:
        raise InputError(
            f"alpha must be a matte of one channel, got {alpha.format.channels}. "
            "Connect the matte of the subject."
        )
    if not np.isfinite(light).all() or not any(light):
        raise InputError(f"light must be a direction, got {light}. Use (0, 1, 0) for the top.")
    for name, value in (("opacity", opacity), ("contact", contact)):
        if not 0 <= value <= 1:
            raise InputError(f"{name} must be between 0 and 1, got {value}. Use 0 for none.")
    for name, value in (("softness", softness_px), ("length", length)):
        if not value >= 0:
            raise InputError(f"{name} must be 0 or more, got {value}. Use 0 for none.")
