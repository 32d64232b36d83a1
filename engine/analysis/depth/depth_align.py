"""Bringing depth maps together over time: a scale and a shift for each frame, so that none pumps.

A network's map of one frame is right up to a scale and a shift. What rests between two frames has
one depth in both, so the map before, moved with the camera, tells both numbers; people and what
else moves are left out or outvoted (robust least squares, iterated; as in Ranftl et al., TPAMI
2022, but symmetric in the two maps: ordinary least squares would flatten one map after another).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from ...clip.clip import Array, Clip
from ...clip.operations import map_frames
from ..camera.motion import CameraMotion
from ..reduced import Size
from .relief import map_size

#: How much of the remembered map each new one replaces.
_LEARN = 0.15
_ROUNDS = 6
#: Alpha above which a place does not rest.
_SUBJECT = 0.05
#: Fewest pixels of a small map that must rest.
_FEWEST = 60
#: Parts of a shot's depths, at either end, beyond which codes are cut off.
_ENDS = 0.002


class Affine(NamedTuple):
    """What makes a frame's map agree with its shot's: ``scale * value + shift``."""

    scale: float
    shift: float


def fit_affine(values: Array, wanted: Array) -> Affine | None:
    """Return the scale and shift that make ``values`` agree with ``wanted``, outliers outvoted.

    Args:
        values: (N,) float.
        wanted: (N,) the same places in the other map.

    Returns:
        None where too few are given or one of them is flat.
    """
    if len(values) < _FEWEST:
        return None
    middle, wanted_middle = float(np.median(values)), float(np.median(wanted))
    spread = float(np.median(np.abs(values - middle)))
    wanted_spread = float(np.median(np.abs(wanted - wanted_middle)))
    if spread < 1e-6 or wanted_spread < 1e-6:
        return None
    scale = wanted_spread / spread
    shift = wanted_middle - scale * middle
    for _ in range(_ROUNDS):
        gap = np.abs(scale * values + shift - wanted)
        reach = 2.5 * float(np.median(gap)) + 1e-6 * wanted_spread
        weights = 1.0 / np.square(1.0 + np.square(gap / reach))
        mean, wanted_mean = (float(np.average(x, weights=weights)) for x in (values, wanted))
        variance = float(np.average(np.square(values - mean), weights=weights))
        wanted_variance = float(np.average(np.square(wanted - wanted_mean), weights=weights))
        if variance < 1e-12 or wanted_variance < 1e-12:
            break
        scale = float(np.sqrt(wanted_variance / variance))
        shift = wanted_mean - scale * mean
    return Affine(scale, shift)


def align_over_time(
    raw: Clip,
    camera: CameraMotion,
    full: Size,
    frames: Callable[[int], tuple[Array, Array | None]],
) -> list[Affine]:
    """Return for each frame what brings it to 0 ... 1 along with its whole shot.

    Args:
        raw: the maps.
        camera: of the source.
        full: the source's size.
        frames: gives a frame's small map (h, w) float32 and its matte (h, w) in 0 ... 1 or None.
    """
    memory = _Memory(camera, map_size(full), full)
    found, ends = [], []
    for index in range(len(raw)):
        values, alpha = frames(index)
        affine = memory.fitted(index, values, alpha)
        found.append(affine)
        aligned = affine.scale * values + affine.shift
        ends.append(np.quantile(aligned, [_ENDS, 1.0 - _ENDS]))
    result: list[Affine] = []
    for start, stop in _shots(camera, len(raw)):
        low = min(float(end[0]) for end in ends[start:stop])
        high = max(float(end[1]) for end in ends[start:stop])
        spread = max(high - low, 1e-9)
        result += [Affine(a.scale / spread, (a.shift - low) / spread) for a in found[start:stop]]
    return result


class _Memory:
    """The shot's map as it was seen so far, moved along with the camera."""

    def __init__(self, camera: CameraMotion, small: Size, full: Size) -> None:
        self._camera, self._small = camera, small
        x, y = small.width / full.width, small.height / full.height
        self._down = np.array([[x, 0.0, x / 2 - 0.5], [0.0, y, y / 2 - 0.5], [0.0, 0.0, 1.0]])
        self._map: Array | None = None
        self._known: Array | None = None

    def fitted(self, index: int, values: Array, alpha: Array | None) -> Affine:
        """Return what makes a frame's map agree with the memory, and learn from it."""
        rests = np.ones(values.shape, bool) if alpha is None else alpha < _SUBJECT
        if self._map is None or self._known is None or index in self._camera.cuts:
            self._map, self._known = values.copy(), rests.astype(np.float32)
            return Affine(1.0, 0.0)
        back = np.linalg.inv(self._camera.matrix(index - 1)) @ self._camera.matrix(index)
        matrix = self._down @ back @ np.linalg.inv(self._down)
        before, known = (self._moved(plane, matrix) for plane in (self._map, self._known))
        usable = rests & (known > 0.9)
        affine = fit_affine(values[usable], before[usable]) or Affine(1.0, 0.0)
        aligned = affine.scale * values + affine.shift
        learn = np.where(known > 0.9, np.float32(_LEARN), np.float32(1.0))
        learn = np.where(rests, learn, np.float32(0.0))
        self._map = before + learn * (aligned - before)
        self._known = np.maximum(np.where(known > 0.9, 1.0, 0.0), rests).astype(np.float32)
        return affine

    def _moved(self, plane: Array, matrix: Array) -> Array:
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpPerspective(plane, matrix, tuple(self._small), flags=how))


def aligned_clip(raw: Clip, affines: list[Affine], full: Size) -> Clip:
    """Return the maps brought together, at full size, 16 bit, 0 far ... 1 near; lazy."""
    top = np.float32(raw.format.max_value)

    def aligned(index: int, frame: Array) -> Array:
        scale, shift = affines[index]
        large = cv2.resize(frame, tuple(full), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        codes = large * np.float32(scale) + np.float32(shift) * top
        return np.asarray(np.rint(codes.clip(0.0, top)), np.uint16)

    rows = [list(affine) for affine in affines]
    size = (full.width, full.height)
    return map_frames(aligned, [raw], "align-depth/1", rows, size=size)


def _shots(camera: CameraMotion, count: int) -> list[tuple[int, int]]:
    borders = [0, *(cut for cut in camera.cuts if 0 < cut < count), count]
    return list(pairwise(borders))
