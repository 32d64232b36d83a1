"""Cast Shadow: each person's shadow on the ground, in the plate's perspective and light.

A body with depth is guessed from the silhouette and thrown by the light onto the ground that the
plate's camera sees (:mod:`.shadow_cast`). A full shadow takes the key's light and leaves the rest;
close to feet and legs the rest is less, too: ambient occlusion (S. Zhukov et al., *An ambient
light illumination model*, 1998), taken from the lower body's upright projection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

import cv2
import numpy as np

from ...clip.clip import Array, Clip, ClipFormat
from ...clip.operations import map_frames
from ...errors import InputError
from ...fingerprint import fingerprint
from .ground_view import GroundView
from .on_ground import OnGround, reduced_matte
from .shadow_cast import Body, Canvas, body_of, canvas_for, covered, on_picture
from .sun import Sun

#: Heights up to which a body keeps ambient light from the ground.
_NEAR_BANDS = (0.05, 0.3, 0.4)
#: Bands of height that are blurred alike, in heights.
_BANDS = (0.03, 0.15, 0.42, 0.85)
#: Light kept away by feet and by legs, and how wide, in heights.
_FEET, _FEET_WIDE, _LEGS, _LEGS_WIDE = 2.2, 0.03, 1.0, 0.12
#: Part of the ambient light that comes from around the key (the glow around the sun, what is lit
#: beside a lamp) and is kept away with it, in a shadow softer by that many heights.
_GLOW, _GLOW_WIDE = 0.25, 0.06
_UP = np.array([0.0, 1.0, 0.0])


def cast_shadow(
    alpha: Clip,
    *,
    sun: Sun,
    views: Sequence[GroundView] | None = None,
    length: float = 3.0,
    contact: float = 0.5,
) -> Clip:
    """Return the density of the subject's shadow: one channel of 16 bits, 1 = no light left.

    Lazy. Where the subject is cut off by the lower border (a half-length portrait) the ground is
    out of the picture, and so is the shadow: the density fades to 0 as the cut grows wider.

    Args:
        alpha: matte, 1 = subject.
        sun: the light on the ground.
        views: how the plate's camera sees the ground, one or one a frame; None is the usual view.
        length: longest length of the cast shadow over the subject's height.
        contact: 0 ... 1, the ambient light that is kept away right under the feet.

    Raises:
        InputError: if a number is out of range.
    """
    if not 0 <= contact <= 1:
        raise InputError(f"contact must be between 0 and 1, got {contact}. Use 0 for none.")
    if not length >= 0:
        raise InputError(f"length must be 0 or more, got {length}. Use 0 for none.")
    return _enlarged(_Density(alpha, sun, views, length, contact), alpha.format)


class _Density(OnGround):
    """The reduced shadow, 16 bits."""

    def __init__(
        self,
        alpha: Clip,
        sun: Sun,
        views: Sequence[GroundView] | None,
        length: float,
        contact: float,
    ) -> None:
        seen = None if views is None else [astuple(view) for view in views]
        mark = fingerprint("cast-shadow/2", alpha.fingerprint, astuple(sun), seen, length, contact)
        super().__init__(reduced_matte(alpha).format, mark, alpha, views, audio=alpha.audio)
        self._sun, self._length, self._contact = sun, length, contact

    def _render(self, index: int) -> Array:
        size = (self.format.width, self.format.height)
        light = np.ones((size[1], size[0]), np.float32)
        for person, view in self.people(index):
            body = body_of(person, view.on(*size))
            if body is not None:
                light *= 1 - np.float32(body.shown) * self._taken(body)
        return np.rint((1.0 - light.clip(0.0, 1.0)) * 65535.0).astype(np.uint16)

    def _taken(self, body: Body) -> Array:
        """Return (H, W) the part of the ground's light that one person takes."""
        size = (self.format.width, self.format.height)
        # The light was read in the plate's first frame, and stays while the camera turns.
        eye = body.eye if self._views is None else self._views[0].on(*size)
        world = eye.to_world(np.array(self._sun.direction))
        light, softness = self._sun.over(world, self._length)
        wide = max(softness, _LEGS_WIDE) * body.tall
        canvas = canvas_for(body, light, min(2.5 * wide, 100.0))
        depth = np.float32(self._sun.depth)
        taken = np.zeros((canvas.height, canvas.width), np.float32)
        if depth > 0:
            taken += _shade(body, canvas, light, softness, depth)
        if self._contact > 0:
            feet, legs = _occlusion(body, canvas)
            dim = np.float32(self._contact) * np.maximum(feet, (1 - depth) * legs)
            taken += (1 - taken) * dim
        return on_picture(body, canvas, taken, size)


def _shade(body: Body, canvas: Canvas, light: Array, softness: float, depth: np.float32) -> Array:
    """Return the light that is kept away from the ground with the key, and around it."""
    bands = covered(body, canvas, light, _BANDS, len(_BANDS))
    shade = np.zeros((canvas.height, canvas.width), np.float32)
    for sharp, high in zip(bands, _BANDS, strict=True):
        shade += _blurred(sharp, softness * high * body.tall)
    glow = _blurred(np.maximum.reduce(bands), max(_GLOW_WIDE, softness) * body.tall)
    taken = depth * np.minimum(shade, np.float32(1.0))
    return np.asarray(taken + (1 - depth) * np.float32(_GLOW) * glow)


def _occlusion(body: Body, canvas: Canvas) -> tuple[Array, Array]:
    """Return how much light feet keep away, wherever it comes from, and legs of the ambient."""
    feet, legs = covered(body, canvas, _UP, _NEAR_BANDS, 2)
    near = np.float32(_FEET) * _blurred(feet, _FEET_WIDE * body.tall)
    wide = np.float32(_LEGS) * _blurred(cv2.max(feet, legs), _LEGS_WIDE * body.tall)
    return np.minimum(near, np.float32(1.0)), np.minimum(wide, np.float32(1.0))


def _blurred(codes: Array, sigma: float) -> Array:
    """Return (h, w) float32, 0 ... 1, of 8 bit codes, blurred."""
    # A wide blur is drawn from a smaller picture.
    shrink = max(1, int(sigma / 3))
    height, width = codes.shape
    small = codes
    if shrink > 1:
        size = (-(-width // shrink), -(-height // shrink))
        small = cv2.resize(codes, size, interpolation=cv2.INTER_AREA)
    plain = np.multiply(small, np.float32(1 / 255), dtype=np.float32)
    # The foreshortened ground must not alias.
    soft = cv2.GaussianBlur(
        plain, (0, 0), sigmaX=max(sigma / shrink, 0.6), sigmaY=max(sigma / shrink, 1.0)
    )
    return np.asarray(soft if shrink == 1 else cv2.resize(soft, (width, height)))


def _enlarged(density: Clip, like: ClipFormat) -> Clip:
    size = (like.width, like.height)

    def enlarge(_: int, frame: Array) -> Array:
        return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR))

    return map_frames(enlarge, [density], "shadow_size/1", size, size=size)
