"""Cast Shadow: each person's shadow on the ground, in the plate's perspective and light.

A body with depth is guessed from the silhouette and thrown by the light onto the ground that the
plate's camera sees, and onto a wall where the ground ends (:mod:`.shadow_cast`). A full shadow
takes the key's light and leaves the rest; close to feet and legs the rest is less, too: ambient
occlusion (S. Zhukov et al., *An ambient light illumination model*, 1998), taken from the lower
body's upright projection.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple

import cv2
import numpy as np

from ...clip.clip import Array, Clip, ClipFormat
from ...clip.operations import map_frames
from ...errors import InputError
from ...fingerprint import fingerprint
from .body import thickness_px
from .enlarged import enlarged
from .ground_view import GroundView
from .layer import TWICE, Layer
from .on_ground import OnGround, reduced_matte
from .shadow_cast import (
    Body,
    Canvas,
    body_of,
    canvas_around,
    canvas_on_wall,
    ground_to_picture,
    halved,
    on_wall,
    thrown,
    wall_to_picture,
)
from .standing import Person
from .sun import Sun, Throw
from .sweep import Patch

#: Heights at which feet, legs and nothing keep ambient light from the ground.
_NEAR = np.array([0.05, 0.3, 0.4])
#: Bands of height that are blurred alike, by their middles; so many are drawn at the reduced
#: picture's size, the others, which are softer, at half of it.
_BANDS, _SHARP = np.array([0.03, 0.15, 0.42, 0.85]), 2
#: Softness from which on nothing is sharp.
_ALL_SOFT = 0.25
#: Heights, and what share of a section there is of each band.
_HEIGHTS, _SHARES = np.append(_BANDS, 1.2), np.column_stack([np.eye(4), np.eye(4)[:, -1]])
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
        mark = fingerprint("cast-shadow/4", alpha.fingerprint, astuple(sun), seen, length, contact)
        super().__init__(reduced_matte(alpha).format, mark, alpha, views, audio=alpha.audio)
        self._sun, self._length, self._contact = sun, length, contact

    def _render(self, index: int) -> Array:
        light = np.ones((self.format.height, self.format.width), np.float32)
        for person, view in self.people(index):
            self._take(light, person, view)
        return np.asarray(np.rint((1.0 - light) * np.float32(65535.0)), np.uint16)

    def _take(self, light: Array, person: Person, view: GroundView) -> None:
        """Take from the ground's light (H, W) what one person keeps away, in place."""
        width, height = self.format.width, self.format.height
        small, full = thickness_px(person.matte, person.foothold.tall)
        fine = body_of(person, full, view.on(width, height))
        coarse = body_of(halved(person), small, view.on(width / 2, height / 2))
        if fine is None or coarse is None:
            return
        # The light was read in the plate's first frame, and stays while the camera turns.
        first = view if self._views is None else self._views[0]
        world = first.on(width, height).to_world(np.array(self._sun.direction))
        throw = self._sun.over(world, self._length)
        self._take_from_ground(light, fine, coarse, throw)
        wall = _wall_layer(coarse, throw) if self._sun.depth > 0 else None
        if wall is not None:
            self._take_from_wall(light, wall, fine, throw)

    def _take_from_ground(self, light: Array, fine: Body, coarse: Body, throw: Throw) -> None:
        sharp = _SHARP if throw.softness < _ALL_SOFT else 0
        soft = _soft_layer(coarse, throw, sharp)
        box = soft.box((self.format.width, self.format.height))
        if box is None:
            return
        shade, glow, feet, legs = cv2.split(soft.seen(box))
        if sharp:
            shade += _sharp_layer(fine, throw).seen(box)
        depth = np.float32(self._sun.depth)
        taken = _taken(_fuller(shade, throw.amount), glow, depth)
        dim = np.float32(self._contact) * np.maximum(feet, (1 - depth) * legs)
        taken += (1 - taken) * dim
        if fine.wall is not None:
            taken *= fine.eye.before_wall(*box)
        light[box] *= 1 - np.float32(fine.shown) * taken

    def _take_from_wall(self, light: Array, wall: Layer, body: Body, throw: Throw) -> None:
        box = wall.box((self.format.width, self.format.height))
        if box is None:
            return
        # The lower the key, the more of an upright wall's light is its.
        key = self._sun.depth * float(throw.way[2])
        shade, glow = cv2.split(wall.seen(box))
        depth = np.float32(key / (key + 1 - self._sun.depth))
        taken = _taken(_fuller(shade, throw.amount), glow, depth)
        light[box] *= 1 - np.float32(body.shown) * taken * (1 - body.eye.before_wall(*box))


def _fuller(shade: Array, amount: float) -> Array:
    """Return a shade, at most 1, that is so many times as dark where it is thin."""
    shade = np.minimum(shade, np.float32(1.0))
    if amount > 1:
        shade *= 1 + np.float32(amount - 1) * (1 - shade)
    return np.asarray(shade)


def _taken(shade: Array, glow: Array, depth: np.float32) -> Array:
    """Return the light that is taken where so much of the key and of its glow is hidden."""
    taken = depth * shade
    if depth > 0:
        taken += (1 - depth) * np.float32(_GLOW) * glow
    return np.asarray(taken)


def _sharp_layer(body: Body, throw: Throw) -> Layer:
    """Return the shadow of feet and lower legs."""
    way, softness, _ = throw
    found = thrown(body, way, _HEIGHTS[: _SHARP + 1], _SHARES[:_SHARP, : _SHARP + 1])
    canvas = canvas_around(body, found, 2.5 * softness * _BANDS[_SHARP - 1] * body.tall + 3)
    shade = _shade(body, canvas, found, softness * _BANDS[:_SHARP])
    return Layer(shade, ground_to_picture(body, canvas))


def _soft_layer(body: Body, throw: Throw, first: int) -> Layer:
    """Return in four planes the shadow of the upper body, its glow, and what feet and legs dim.

    Args:
        body: drawn half as large as the picture.
        throw: how the light throws it.
        first: band from which on it is drawn.
    """
    way, softness, _ = throw
    whole, *found = thrown(
        body, way, _HEIGHTS, np.vstack([np.ones_like(_HEIGHTS), _SHARES[first:]])
    )
    near = thrown(body, _UP, _NEAR, np.eye(len(_NEAR))[:2])
    # So far that no edge is seen.
    margin = 2.5 * max(softness, _LEGS_WIDE) * body.tall + 3
    canvas = canvas_around(body, [whole, *near], margin)
    glow = _blurred(canvas.covered(whole), max(_GLOW_WIDE, softness) * body.tall)
    feet, legs = (canvas.covered(one) for one in near)
    legs = _LEGS * _blurred(cv2.max(feet, legs), _LEGS_WIDE * body.tall)
    feet = _FEET * _blurred(feet, _FEET_WIDE * body.tall)
    shade = _shade(body, canvas, found, softness * _BANDS[first:])
    planes = cv2.merge([shade, glow, np.minimum(feet, 1), np.minimum(legs, 1)])
    return Layer(planes, TWICE @ ground_to_picture(body, canvas))


def _wall_layer(body: Body, throw: Throw) -> Layer | None:
    """Return the shadow on the wall and its glow in two planes; None where none gets there."""
    way, softness, _ = throw
    if body.wall is None or way[2] <= 0:
        return None
    # So far it falls on the way to the wall, in levels: the wall cuts all of it off there.
    fall = -body.wall / (float(way[2]) * body.rise)
    if fall >= body.tall:
        return None
    (whole,) = thrown(body, way, _HEIGHTS, np.ones((1, len(_HEIGHTS))))
    sigmas = softness * fall, max(_GLOW_WIDE, softness) * body.tall
    margin = math.ceil(2.5 * max(sigmas)) + 3
    patch = on_wall(body, whole, way, margin)
    if patch is None:
        return None
    canvas = canvas_on_wall(patch, margin)
    codes = canvas.covered(patch)
    planes = cv2.merge([_blurred(codes, sigma) for sigma in sigmas])
    return Layer(planes, TWICE @ wall_to_picture(body, canvas))


def _shade(body: Body, canvas: Canvas, found: list[Patch], sigmas: Array) -> Array:
    """Return what patches cover, each blurred by a part of the body's height."""
    shade = np.zeros((canvas.height, canvas.width), np.float32)
    for patch, sigma in zip(found, sigmas.tolist(), strict=True):
        shade += _blurred(canvas.covered(patch), sigma * body.tall)
    return shade


def _blurred(codes: Array, sigma: float) -> Array:
    """Return (h, w) float32, 0 ... 1, of 8 bit codes, blurred."""
    # A wide blur is drawn from a smaller picture.
    shrink = max(1, int(sigma / 1.5))
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
    """Return a reduced density at full size."""
    size = (like.width, like.height)

    def enlarge(_: int, frame: Array) -> Array:
        return enlarged(frame, size)

    return map_frames(enlarge, [density], "shadow_size/2", size, size=size)
