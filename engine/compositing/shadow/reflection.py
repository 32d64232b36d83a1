"""Reflection: the subject mirrored in a wet or polished floor.

A level mirror shows what is above it as far below it: everyone is turned over at their contact
with the ground, in the ground's perspective. The farther from the contact, the fainter and the
softer, as a floor that is a little rough scatters the mirror image (R. Cook, K. Torrance, *A
reflectance model for computer graphics*, 1982).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import cv2
import numpy as np

from ...clip.average import area_average
from ...clip.clip import Array, Clip
from ...clip.operations import check_same_length, check_same_size, hold, resize
from ...errors import InputError
from ...fingerprint import fingerprint
from ..light import decode, encode
from .ground_view import Eye, GroundView, move
from .on_ground import OnGround
from .shadow_cast import ground_rows, rows_of
from .standing import Person

#: Rows of the picture in which a reflection is drawn: it is never quite sharp.
_ROWS = 540
#: Parts of the height at which the blur is drawn; between them it is mixed.
_SOFT_AT = (0.0, 0.3, 1.0)
#: Blur at the feet over that at the head.
_SHARPEST = 0.15


def reflect(
    foreground: Clip,
    alpha: Clip,
    plate: Clip,
    *,
    views: Sequence[GroundView] | None = None,
    strength: float = 0.25,
    blur_px: float = 8.0,
    fade: float = 0.6,
) -> Clip:
    """Return the plate with the subject's reflection in its floor, in the plate's bits.

    Lazy. Who is cut off by the lower border has no reflection, nor who stands at the horizon.

    Args:
        foreground: RGB clip of straight colour.
        alpha: matte, 1 = subject.
        plate: RGB clip of the same size; one frame is held for the whole length.
        views: how the plate's camera sees the ground, one or one a frame; None is the usual view.
        strength: 0 ... 1, part of the light that the floor mirrors at the feet.
        blur_px: standard deviation at the head, for a frame of 1080 lines.
        fade: height, over the subject's, over which the reflection falls to a third.

    Raises:
        ClipMismatchError: if the clips differ in length or size.
        InputError: if a number is out of range.
    """
    _check(strength, blur_px, fade)
    fmt = foreground.format
    alpha = resize(alpha, fmt.width, fmt.height)
    plate = hold(plate, fmt)
    check_same_length([foreground, alpha, plate], "reflection")
    check_same_size([foreground, plate], "reflection")
    if strength == 0:
        return plate
    look = _Look(strength, blur_px, fade)
    return _Reflected(foreground, alpha, plate, views, look)


@dataclass(frozen=True)
class _Look:
    strength: float
    blur_px: float
    fade: float


@dataclass(frozen=True)
class _Mirrored:
    """A person's mirror image in reduced pixels.

    Attributes:
        left: column of its corner.
        top: row of its corner.
        light: (h, w, 3) float32 linear colour times ``weight``.
        weight: (h, w) float32, how much of the plate it replaces.
    """

    left: int
    top: int
    light: Array
    weight: Array


class _Reflected(OnGround):
    """The plate with reflections."""

    def __init__(
        self,
        foreground: Clip,
        alpha: Clip,
        plate: Clip,
        views: Sequence[GroundView] | None,
        look: _Look,
    ) -> None:
        seen = None if views is None else [astuple(view) for view in views]
        layers = [clip.fingerprint for clip in (foreground, alpha, plate)]
        super().__init__(
            plate.format,
            fingerprint("reflection/1", layers, seen, astuple(look)),
            alpha,
            views,
            parents=(foreground, alpha, plate),
            audio=plate.audio,
        )
        self._foreground, self._alpha, self._plate, self._look = foreground, alpha, plate, look
        shrink = max(1, round(plate.format.height / _ROWS))
        self._size = (-(-plate.format.width // shrink), -(-plate.format.height // shrink))

    def _render(self, index: int) -> Array:
        plate = self._plate.frame(index)
        images = []
        # The highest feet are the farthest: the nearer lie over them.
        for person, view in sorted(self.people(index), key=lambda one: one[0].foothold.row):
            image = self._mirrored(index, person, view)
            if image is not None:
                images.append(image)
        if not images:
            return plate
        out = plate.copy()
        for image in images:
            self._lay(image, out)
        return out

    def _mirrored(self, index: int, person: Person, view: GroundView) -> _Mirrored | None:
        """Return a person's mirror image, or None where no floor is seen."""
        eye = view.on(*self._size)
        scale = self._size[0] / self.small.format.width
        grown = _grown(person, scale)
        foot, (start, upper, stop, lower) = grown.foothold, grown.box
        blur = self._look.blur_px * self._size[1] / 1080
        # Blur spreads beyond the matte.
        aside = round(2.5 * blur)
        left, right = max(0, start - aside), min(self._size[0], stop + aside)
        shown = foot.visible * eye.ground_seen(foot.x, foot.row, foot.tall)
        ground = np.interp(
            np.arange(left, right), (np.arange(*person.box[::2]) + 0.5) * scale - 0.5,
            (ground_rows(person) + 0.5) * scale - 0.5,
        )  # fmt: skip
        top = math.floor(float(ground.min()))
        bottom = min(self._size[1], math.ceil(foot.row + 1.1 * foot.tall) + aside)
        if shown <= 0 or bottom - top < 2 or right - left < 2:
            return None
        levels = _levels(np.arange(top, bottom)[:, None] - ground, foot.x, foot.row, eye)
        rows = rows_of(levels, ground, foot.row, foot.tall)
        columns = np.broadcast_to(
            np.arange(left - start, right - start, dtype=np.float32), rows.shape
        )
        upper = max(0, upper - 2)
        window = np.s_[upper : min(self._size[1], lower + 2), start:stop]
        mirrored = cv2.remap(
            self._subject(index, person, window), columns, rows - upper,
            cv2.INTER_LINEAR, borderValue=0,
        )  # fmt: skip
        mirrored[levels < 0] = 0
        high = np.maximum(levels, 0) / np.float32(foot.tall)
        soft = _softened(mirrored, high, blur)
        weight = np.exp(-high / np.float32(max(self._look.fade, 1e-3)))
        soft *= (weight * np.float32(shown * self._look.strength))[..., None]
        return _Mirrored(left, top, soft[..., :3], soft[..., 3])

    def _subject(self, index: int, person: Person, window: tuple[slice, slice]) -> Array:
        """Return (h, w, 4) of one person: linear colour times alpha, and alpha."""
        own = np.zeros(self.small.format.shape[:2], np.float32)
        left, top, right, bottom = person.box
        own[top:bottom, left:right] = person.matte > 0
        alpha = area_average(self._alpha.frame(index), self._size)[window]
        solid = decode(alpha, self._alpha.format.bits) * cv2.resize(own, self._size)[window]
        fmt = self._foreground.format
        colour = np.ascontiguousarray(self._foreground.frame(index)[..., :3])
        light = decode(area_average(colour, self._size)[window], fmt.bits, True)
        return cv2.merge([*cv2.split(light * solid[..., None]), solid])

    def _lay(self, image: _Mirrored, out: Array) -> None:
        """Mix a mirror image into a native frame, in place."""
        x, y = (full / small for full, small in zip(out.shape[1::-1], self._size, strict=True))
        height, width = image.weight.shape
        x0, y0 = round(image.left * x), round(image.top * y)
        x1 = min(round((image.left + width) * x), out.shape[1])
        y1 = min(round((image.top + height) * y), out.shape[0])
        size = (x1 - x0, y1 - y0)
        if min(size) < 1:
            return
        light = cv2.resize(image.light, size)
        keep = 1 - cv2.resize(image.weight, size)
        under = np.ascontiguousarray(out[y0:y1, x0:x1, :3])
        bits = self.format.bits
        mixed = decode(under, bits, True) * keep[..., None] + light
        changed = keep < np.float32(1 - 1e-4)
        out[y0:y1, x0:x1, :3][changed] = encode(mixed, bits, True)[changed]


def _grown(person: Person, scale: float) -> Person:
    """Return a person's foothold and box at another size; its matte stays."""
    foot = person.foothold
    places = [(value + 0.5) * scale - 0.5 for value in foot]
    placed = foot._replace(
        x=places[0], row=places[1], tall=foot.tall * scale,
        left_x=places[4], left_row=places[5], right_x=places[6], right_row=places[7],
    )  # fmt: skip
    left, top, right, bottom = (round(value * scale) for value in person.box)
    return Person(placed, (left, top, right, bottom), person.matte)


def _levels(below: Array, x: float, row: float, eye: Eye) -> Array:
    """Return (h, w) float32 how high, in rows above the contact, what is mirrored there is."""
    depth = float(eye.ground_at(np.array(x), np.array(row))[1])
    upright = eye.upright(depth)
    foot = move(np.array([x, row]), np.linalg.inv(upright))[1]
    up = np.arange(0.0, 2.0 * float(below.max()) + 2.0)
    heights = move(np.stack([np.full_like(up, x), row - up], axis=-1), np.linalg.inv(upright))
    heights[:, 1] = 2.0 * foot - heights[:, 1]
    down = move(heights, upright)[:, 1] - row
    return np.where(below < 0, below, np.interp(below, down, up)).astype(np.float32)


def _softened(image: Array, high: Array, blur_px: float) -> Array:
    """Return (h, w, 4) blurred the more, the higher what it shows is."""
    out = np.zeros_like(image)
    for weights, at in zip(np.eye(len(_SOFT_AT)), _SOFT_AT, strict=True):
        sigma = blur_px * (_SHARPEST + (1 - _SHARPEST) * at)
        # A rough floor smears a reflection along the view more than across.
        soft = image
        if sigma > 0.3:
            soft = cv2.GaussianBlur(image, (0, 0), sigmaX=sigma, sigmaY=1.5 * sigma)
        out += soft * np.interp(high, _SOFT_AT, weights).astype(np.float32)[..., None]
    return out


def _check(strength: float, blur_px: float, fade: float) -> None:
    if not 0 <= strength <= 1:
        raise InputError(f"strength must be between 0 and 1, got {strength}. Use 0 for none.")
    for name, value in (("blur", blur_px), ("fade", fade)):
        if not value >= 0:
            raise InputError(f"{name} must be 0 or more, got {value}. Use 0 for none.")
