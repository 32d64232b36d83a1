"""Source Shadow: the shadow that the subject threw where it was filmed.

A shadow takes a part of the ground's light and leaves its colour: it is the ratio of the clip to
its clean plate (as in P. Vlahos's mattes that keep shadows, US patent 4344085, 1982). What is no
shadow is left out: what is lighter, what has another colour, what is not larger than the noise,
and what does not begin at somebody's feet.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.average import area_average
from ...clip.clip import Array, Clip, ClipFormat
from ...clip.operations import check_same_length, check_same_size, hold, map_frames, resize
from ...errors import InputError
from ...fingerprint import fingerprint
from ..light import decode
from .on_ground import OnGround, reduced_matte
from .standing import Person

#: Light, linear, below which a ratio says nothing.
_DARK = 0.005
#: Frames to each side over which the ratio is averaged: shadows are faint.
_STEADY = 2
#: Share of light that is taken, in standard deviations of the noise, from which there is nothing
#: and all of a shadow; the noise is never taken for less than that.
_NOISE, _LEAST_NOISE = (2.0, 4.0), 0.012
#: Log ratio by which colours may part, and more of it in a deep shadow under a blue sky.
_COLOUR, _SKY = 0.08, 0.3
#: Around the matte, in heights, its soft edge is no shadow.
_EDGE = 0.008
#: Lower part of a person, in heights, at which shadows begin; how far they reach; blur.
_FEET, _REACH, _SMOOTH = 0.12, 2.5, 0.006


def source_shadow(clip: Clip, clean_plate: Clip, alpha: Clip, *, strength: float = 1.0) -> Clip:
    """Return the density of the subject's own shadow: one channel of 16 bits, 1 = no light left.

    Lazy. Nothing where nobody's feet show, or where the plate holds the shadow, too.

    Args:
        clip: the source, RGB.
        clean_plate: the same without the subject and its shadow; one frame is held.
        alpha: matte of the subject.
        strength: 0 ... 1, part of the shadow that is kept.

    Raises:
        ClipMismatchError: if the clips differ in length or size.
        InputError: if strength is out of range.
    """
    if not 0 <= strength <= 1:
        raise InputError(f"strength must be between 0 and 1, got {strength}. Use 0 for none.")
    fmt = clip.format
    alpha = resize(alpha, fmt.width, fmt.height)
    plate = hold(clean_plate, fmt)
    check_same_length([clip, plate, alpha], "source shadow")
    check_same_size([clip, plate], "source shadow")
    density = _Carried(clip, plate, alpha, strength)
    size = (fmt.width, fmt.height)

    def enlarge(_: int, frame: Array) -> Array:
        return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR))

    return map_frames(enlarge, [density], "shadow_size/1", size, size=size)


class _Carried(OnGround):
    """The reduced density."""

    def __init__(self, clip: Clip, plate: Clip, alpha: Clip, strength: float) -> None:
        small = reduced_matte(alpha)
        ratio = _log_ratio(clip, plate, small.format)
        ratio.keep(2 * _STEADY + 2)
        mark = fingerprint("source-shadow/1", ratio.fingerprint, alpha.fingerprint, strength)
        super().__init__(small.format, mark, alpha, None, parents=(ratio,), audio=clip.audio)
        self._ratio, self._strength = ratio, strength

    def _render(self, index: int) -> Array:
        matte = self.small.frame(index).astype(np.float32) / np.float32(65535)
        people = [person for person, _ in self.people(index)]
        if not people:
            return np.zeros(matte.shape, np.uint16)
        tall = max(person.foothold.tall for person in people)
        reach = 2 * max(1, round(_EDGE * tall)) + 1
        free = (cv2.dilate(matte, np.ones((reach, reach), np.uint8)) < 0.02).astype(np.float32)
        density = self._density(index, free)
        density *= _begun_at_feet(density, matte, people)
        density = _under_people(density, free, _SMOOTH * tall)
        density *= np.float32(self._strength) * _shown(people, matte.shape)
        return np.rint(density.clip(0.0, 1.0) * 65535.0).astype(np.uint16)

    def _density(self, index: int, free: Array) -> Array:
        """Return (h, w) the share of light that is taken evenly from all colours, above noise."""
        last = len(self) - 1
        logs = [
            self._ratio.frame(min(max(index + step, 0), last))
            for step in range(-_STEADY, _STEADY + 1)
        ]
        # The median leaves out a subject that was here in another frame.
        log = np.asarray(np.median(np.stack(logs), axis=0), np.float32)
        outside = log[free > 0]
        if len(outside) < 100:
            return np.zeros(free.shape, np.float32)
        middle = np.median(outside, axis=0)
        log -= middle
        light = log.mean(axis=2)
        spread = 1.4826 * float(np.median(np.abs(light[free > 0])))
        noise = max(spread, _LEAST_NOISE)
        taken = 1.0 - np.exp(np.minimum(light, 0.0))
        told = ((taken / noise - _NOISE[0]) / (_NOISE[1] - _NOISE[0])).clip(0.0, 1.0)
        parted = np.abs(log - light[..., None]).max(axis=2)
        even = (2.0 - parted / (_COLOUR + noise - _SKY * np.minimum(light, 0.0))).clip(0.0, 1.0)
        return np.asarray(taken * told * even * free, np.float32)


def _log_ratio(clip: Clip, plate: Clip, like: ClipFormat) -> Clip:
    """Return the clip of log ratios (h, w, 3), float32, of two clips' reduced linear light."""
    size = (like.width, like.height)
    bits = clip.format.bits, plate.format.bits

    def light(frame: Array, depth: int) -> Array:
        small = area_average(np.ascontiguousarray(frame[..., :3]), size)
        soft = cv2.GaussianBlur(decode(small, depth, True), (3, 3), 0)
        return np.asarray(np.log(soft + np.float32(_DARK)))

    def ratio(_: int, seen: Array, clean: Array) -> Array:
        return light(seen, bits[0]) - light(clean, bits[1])

    return map_frames(ratio, [clip, plate], "shadow_ratio/1", bits=32, channels=3, size=size)


def _begun_at_feet(density: Array, matte: Array, people: list[Person]) -> Array:
    """Return (h, w) 0 ... 1: what hangs together with the lowest part of somebody."""
    feet = np.zeros(matte.shape, np.uint8)
    near = np.zeros(matte.shape, bool)
    rows, columns = np.mgrid[: matte.shape[0], : matte.shape[1]]
    for person in people:
        foot, (left, top, right, bottom) = person.foothold, person.box
        low = max(top, round(foot.row - _FEET * foot.tall))
        feet[low:bottom, left:right] |= person.matte[low - top :] > 0.1
        near |= np.hypot(columns - foot.x, rows - foot.row) < _REACH * foot.tall
    tall = max(person.foothold.tall for person in people)
    reach = 2 * max(1, round(0.015 * tall)) + 1
    brush = np.ones((reach, reach), np.uint8)
    found = cv2.morphologyEx(
        ((density > 0.01) & near).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)
    )
    joined = cv2.max(cv2.morphologyEx(found, cv2.MORPH_CLOSE, brush), cv2.dilate(feet, brush))
    _, labels = cv2.connectedComponents(joined)
    kept = np.isin(labels, np.unique(labels[(feet > 0) & (labels > 0)])) & (labels > 0)
    grown = cv2.dilate(kept.astype(np.float32), brush)
    return np.asarray(cv2.GaussianBlur(grown, (0, 0), 0.01 * tall + 0.5))


def _under_people(density: Array, free: Array, blur: float) -> Array:
    """Return the density smoothed, and continued under the matte."""
    sigma = max(blur, 0.6)
    known = cv2.GaussianBlur(free, (0, 0), sigma)
    smooth = cv2.GaussianBlur(density, (0, 0), sigma) / np.maximum(known, 1e-3)
    wide = 6.0 * sigma
    around = cv2.GaussianBlur(density, (0, 0), wide) / np.maximum(
        cv2.GaussianBlur(free, (0, 0), wide), 1e-3
    )
    sure = np.minimum(known * 2.0, 1.0)
    return np.asarray(smooth * sure + around * (1.0 - sure))


def _shown(people: list[Person], shape: tuple[int, ...]) -> np.float32:
    """Return how far feet show at all."""
    return np.float32(max(person.foothold.visible for person in people))
