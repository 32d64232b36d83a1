"""Stops a matte's jitter along the picture's own motion, and leaves what truly moves alone.

Alpha is averaged over a few frames, each fetched along the optical flow, and only in the edge's
band. A neighbour counts where the way there and back meet, and where the picture did not change
beyond its noise: what changes in the picture may change in the matte. It is the idea of motion
compensated temporal filtering (Dubois and Sabri, 1984), with the picture as the judge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_length, check_same_size, resize
from ..fingerprint import fingerprint
from .channels import squared_distance
from .edge_motion import EdgeMotion, Way, motion_size, ways
from .matte import Matte
from .window import around

#: Alpha this close to 0 and 1 is sure.
SURE = 0.02
#: The band reaches this far round what is soft or changes, pixels of the reduced frame.
REACH_PX = 2
#: Bounds of the picture's noise, codes of 255.
LEAST_NOISE, MOST_NOISE = 1.0, 8.0
#: Pixels from which it is told, about; the share of them that surely shows nothing but noise.
SAMPLE_PX = 20_000
QUIET = 0.35
#: Sum of three squared channels of noise below which that share of pixels lies, in variances.
QUIET_SQUARE = 1.64
#: A change of colour of as many times noise's mean square halves a neighbour's weight.
CHANGED = 3.0

#: Alpha this close to 0 and 1 is drawn to them.
SNAP = 0.02

#: Neighbours that are believed less than this are not looked at.
LEAST_WEIGHT = 0.02
#: Pixels are worked on in rows of this length, so many a time.
ROW_PX, ROWS = 1024, 32


def stabilize_matte(clip: Clip, matte: Matte, *, strength: float, radius_frames: int) -> Matte:
    """Return ``matte`` without its jitter, lazy.

    Args:
        clip: RGB, as large and as long as the matte.
        matte: what to stabilise.
        strength: what a neighbouring frame counts against the frame itself, 0 (nothing) ... 1.
        radius_frames: how many frames before and after are looked at.

    Raises:
        ClipMismatchError: if clip and matte differ in size or length.
    """
    check_same_size([clip, matte.alpha], "stabilize matte")
    check_same_length([clip, matte.alpha], "stabilize matte")
    if strength <= 0 or radius_frames <= 0 or len(clip) == 1:
        return matte
    return replace(matte, alpha=_Stabilized(clip, matte.alpha, strength, radius_frames))


class _Stabilized(Clip):
    def __init__(self, clip: Clip, alpha: Clip, strength: float, radius: int) -> None:
        self._clip, self._alpha, self._motion = clip, alpha, EdgeMotion(clip)
        self._small = resize(alpha, *motion_size(clip))
        self._strength, self._radius = np.float32(strength), radius
        parents = (clip, alpha, self._motion, self._small)
        marks = [parent.fingerprint for parent in (clip, alpha)]
        mark = fingerprint("stabilize_matte/1", marks, strength, radius)
        super().__init__(alpha.format, mark, parents=parents, audio=alpha.audio)
        for parent in parents:
            parent.keep(2 * radius + 2)

    def _render(self, index: int) -> Array:
        first, last = max(0, index - self._radius), min(len(self) - 1, index + self._radius)
        small = {at: self._unit(self._small.frame(at)) for at in range(first, last + 1)}
        alpha = self._alpha.frame(index)
        window = around(np.logical_or.reduce([_soft(one) for one in small.values()]))
        if window is None:
            return alpha
        near = ways(self._motion, index, self._radius, window)
        band = _band(small[index][window], {at: way.fetch(small[at]) for at, way in near.items()})
        out, size = alpha.copy(), (alpha.shape[1], alpha.shape[0])
        others = [self._other(at, way, band) for at, way in near.items()]
        frame = self._clip.frame(index)[..., :3]
        noise = _noise(frame, others[0], self._clip.format.max_value / 255)
        whole = np.zeros(small[index].shape, np.float32)
        whole[window] = band
        inside = cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR) > 0
        flat = out.reshape(-1)
        for pixels in _pixels(inside):
            own = pixels.gather(alpha).astype(np.float32)
            picture = pixels.gather(frame).astype(np.float32)
            total, weights = own.copy(), np.ones_like(own)
            for other in others:
                seen = other.seen(pixels)
                if seen is None:
                    continue
                weight = seen.weight * self._strength * _unchanged(picture, seen.picture, noise)
                total += weight * seen.alpha
                weights += weight
            total /= weights
            flat[pixels.at] = self._native(_sure(total, own, self._alpha.format.max_value))
        return out

    def _unit(self, alpha: Array) -> Array:
        return alpha.astype(np.float32) * np.float32(1 / self._alpha.format.max_value)

    def _native(self, alpha: Array) -> Array:
        """Return float alpha of native size in the native form."""
        if self._alpha.format.bits == 32:
            return alpha
        return np.asarray((alpha + np.float32(0.5)).astype(self._alpha.format.dtype))

    def _other(self, at: int, way: Way, band: Array) -> _Other:
        frame, alpha = self._clip.frame(at)[..., :3], self._alpha.frame(at)
        height, width = alpha.shape
        scale = (self._small.format.width / width, self._small.format.height / height)
        planes = cv2.merge([*cv2.split(way.moved), way.agreed * band])
        return _Other(frame, alpha, planes, scale, way.start)


@dataclass(frozen=True)
class _Seen:
    """What a neighbouring frame shows on some pixels.

    Attributes:
        picture: (h, w, 3) float32, native values.
        alpha: (h, w) float32, native values.
        weight: (h, w) float32, 0 ... 1, how far the motion is believed.
    """

    picture: Array
    alpha: Array
    weight: Array


@dataclass(frozen=True)
class _Other:
    """A neighbouring frame and the way to it.

    Attributes:
        frame: (H, W, 3) native.
        alpha: (H, W) native.
        way: (h, w, 3) float32, reduced: x and y of the way there, and how far to believe it.
        scale: (x, y) size of the reduced frame divided by that of the frame.
        start: (x, y) of ``way`` in the whole reduced frame.
    """

    frame: Array
    alpha: Array
    way: Array
    scale: tuple[float, float]
    start: tuple[int, int]

    def seen(self, pixels: _Pixels) -> _Seen | None:
        """Return what it shows on some pixels; None where it is not believed on any."""
        shrunk = [
            (place + np.float32(0.5)) * np.float32(scale) - np.float32(0.5 + start)
            for place, scale, start in zip(pixels.places, self.scale, self.start, strict=True)
        ]
        way = _fetched(self.way, *shrunk)
        if way[..., 2].max() < LEAST_WEIGHT:
            return None
        x, y = (
            place + way[..., axis] * np.float32(1 / self.scale[axis])
            for axis, place in enumerate(pixels.places)
        )
        fine, rest = cv2.convertMaps(x, y, cv2.CV_16SC2)
        return _Seen(
            _fetched(self.frame, fine, rest), _fetched(self.alpha, fine, rest), way[..., 2]
        )


@dataclass(frozen=True)
class _Pixels:
    """Some pixels of a frame, as many as the cache holds: a third of the tiles round an edge.

    Attributes:
        at: (h, w) their places in the frame's memory.
        places: x and y, (h, w) float32 each.
    """

    at: Array
    places: tuple[Array, Array]

    def gather(self, frame: Array) -> Array:
        """Return the pixels (h, w[, C]) of a frame (H, W[, C])."""
        return np.asarray(np.take(frame.reshape(-1, *frame.shape[2:]), self.at, axis=0))


def _pixels(inside: Array) -> Iterator[_Pixels]:
    """Yield all pixels that are ``inside`` (H, W) bool, some twice."""
    some = np.flatnonzero(inside)
    found: Array = np.append(some, np.repeat(some[-1:], -len(some) % ROW_PX)).reshape(-1, ROW_PX)
    for first in range(0, len(found), ROWS):
        at = found[first : first + ROWS]
        rows, columns = np.divmod(at.astype(np.int32), np.int32(inside.shape[1]))
        yield _Pixels(at, (columns.astype(np.float32), rows.astype(np.float32)))


def _fetched(frame: Array, x: Array, y: Array) -> Array:
    how, border = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
    return np.asarray(cv2.remap(frame, x, y, how, borderMode=border).astype(np.float32))


def _soft(alpha: Array) -> Array:
    return np.asarray((alpha > SURE) & (alpha < 1 - SURE))


def _band(here: Array, others: dict[int, Array]) -> Array:
    """Return where the edge is, or where frames differ on it: (h, w) float32, 0 ... 1."""
    edge = _soft(here)
    for other in others.values():
        edge |= cv2.absdiff(other, here) > SURE
    size = 2 * REACH_PX + 1
    wide = cv2.dilate(edge.astype(np.float32), np.ones((size, size), np.uint8))
    return np.asarray(cv2.blur(wide, (3, 3)))


def _noise(frame: Array, other: _Other, code: float) -> np.float32:
    """Return the variance of the difference of two frames where nothing changed, of a channel."""
    height, width = other.alpha.shape
    step = max(1, round(math.sqrt(height * width / SAMPLE_PX)))
    some = np.zeros((height, width), np.bool_)
    some[step // 2 :: step, step // 2 :: step] = True
    pixels = next(_pixels(some))
    seen = other.seen(pixels)
    least, most = 2 * (LEAST_NOISE * code) ** 2, 2 * (MOST_NOISE * code) ** 2
    if seen is None:
        return np.float32(least)
    apart = squared_distance(pixels.gather(frame).astype(np.float32), seen.picture)
    quiet = float(np.quantile(apart, QUIET)) / QUIET_SQUARE
    return np.float32(np.clip(quiet, least, most))


def _sure(alpha: Array, own: Array, top: float) -> Array:
    """Return the mean ``alpha`` with what it left next to ``own`` 0 and top drawn back to them.

    A hint of alpha in one frame must not become a longer one, and fainter.
    """
    near = np.float32(SNAP * top)
    low = np.where(alpha < 2 * near, np.maximum(2 * alpha - 2 * near, 0), alpha)
    left = np.float32(top) - alpha
    high = np.where(left < 2 * near, np.maximum(2 * left - 2 * near, 0), left)
    return np.asarray(np.where(own <= 0, low, np.where(own >= top, top - high, alpha)))


def _unchanged(here: Array, there: Array, noise: np.float32) -> Array:
    """Return how sure the picture (h, w, 3) did not change, 0 ... 1."""
    changed = squared_distance(here, there) * np.float32(1 / (3 * CHANGED * noise))
    return np.asarray(1 / (1 + changed * changed))
