"""Motion from each frame to the next and back, on a reduced picture, as a clip of its own.

Dense inverse search (Kroeger et al., ECCV 2016) both ways; where the way there and the way back do
not meet, a pixel is covered or uncovered or lies in a pattern that fits in several places. Motion
over more frames is chained from these, so that a window of frames costs one search a frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip
from ..clip.vectors import norm
from ..fingerprint import fingerprint
from .window import Window

#: Short side of the picture that motion is found on, pixels.
SHORT_PX = 216
#: Motion below this is noise's, pixels of the reduced picture: what stands still is left there.
STILL_PX = 0.15
#: Two ways may miss each other by this much, pixels and share of the way, to be half believed.
MISSED_PX, MISSED_SHARE = 0.4, 0.05
#: Motion of as many pixels a frame is half believed: there the eye does not see jitter.
FAST_PX = 4.0
#: Nothing is searched for on pictures shorter than this, pixels.
LEAST_PX = 32


def motion_size(clip: Clip) -> tuple[int, int]:
    """Return the (width, height) that motion is found at."""
    shrink = max(1.0, min(clip.format.width, clip.format.height) / SHORT_PX)
    return max(2, round(clip.format.width / shrink)), max(2, round(clip.format.height / shrink))


class EdgeMotion(Clip):
    """A clip of (2 h, w, 2) float32: the ways x, y to the next frame, and below them those back.

    The last frame has nowhere to go: zeros.
    """

    def __init__(self, clip: Clip) -> None:
        """Search in ``clip``, RGB; nothing is computed yet."""
        self._luma = _Luma(clip)
        self._luma.keep(3)
        width, height = motion_size(clip)
        fmt = replace(clip.format, width=width, height=2 * height, channels=2, bits=32)
        super().__init__(fmt, fingerprint("edge_motion/2", clip.fingerprint), parents=[self._luma])

    def _render(self, index: int) -> Array:
        if index + 1 >= len(self):
            return np.zeros(self.format.shape, np.float32)
        here, there = self._luma.frame(index), self._luma.frame(index + 1)
        if min(here.shape) < LEAST_PX:
            return np.zeros(self.format.shape, np.float32)
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        fresh: Any = None
        ways = (search.calc(here, there, fresh), search.calc(there, here, fresh))
        return np.concatenate([_stilled(way) for way in ways])


class _Luma(Clip):
    """The reduced luma, uint8."""

    def __init__(self, clip: Clip) -> None:
        width, height = motion_size(clip)
        fmt = replace(clip.format, width=width, height=height, channels=1, bits=8)
        super().__init__(fmt, fingerprint("reduced_luma/1", clip.fingerprint), parents=[clip])
        self._clip = clip

    def _render(self, index: int) -> Array:
        frame = self._clip.frame(index)
        small = area_average(frame[..., :3], (self.format.width, self.format.height))
        if small.dtype != np.uint8:
            scale = np.float32(255.0 / self._clip.format.max_value)
            small = np.clip(small.astype(np.float32) * scale + 0.5, 0, 255).astype(np.uint8)
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(small), cv2.COLOR_RGB2GRAY))


def _stilled(way: Array) -> Array:
    """Return motion with what is less than noise's set to none, smoothly."""
    length = norm(way[..., 0], way[..., 1])
    share = np.clip(length / np.float32(STILL_PX) - 1, 0, 1)
    return np.asarray(way * share[..., None])


@dataclass(frozen=True)
class Way:
    """Where each pixel of a part of a frame lies in another; all of the reduced size.

    Attributes:
        moved: (h, w, 2) float32, x and y of the way there.
        agreed: (h, w) float32, 0 ... 1, how well the ways there and back meet.
        start: (x, y) of the part in the reduced frame.
    """

    moved: Array
    agreed: Array
    start: tuple[int, int]

    def fetch(self, other: Array) -> Array:
        """Return the other frame's whole ``other`` (H, W[, C]) on this part's pixels."""
        none: Any = None
        place = cv2.add(self.moved, _grid(self.agreed.shape, self.start))
        how, border = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
        return np.asarray(cv2.remap(other, place, none, how, borderMode=border))


def ways(motion: Clip, index: int, radius: int, window: Window) -> dict[int, Way]:
    """Return the ways from a window of frame ``index`` to its neighbours within ``radius``."""
    found: dict[int, Way] = {}
    for direction in (1, -1):
        way: Way | None = None
        for away in range(1, radius + 1):
            at = index + direction * away
            if not 0 <= at < len(motion):
                break
            there, back = np.split(motion.frame(at - 1 if direction > 0 else at), 2)
            step = (there, back) if direction > 0 else (back, there)
            way = _chained(way, *step, window)
            found[at] = way
    return found


def _chained(way: Way | None, there: Array, back: Array, window: Window) -> Way:
    """Return ``way`` with one more step, given the whole (H, W, 2) ways there and back."""
    start = (window[1].start, window[0].start)
    there = np.ascontiguousarray(there[window]) if way is None else way.fetch(there)
    moved = there if way is None else cv2.add(way.moved, there)
    ahead = Way(moved, np.empty(moved.shape[:2], np.float32), start)
    missed = there + ahead.fetch(back)
    length = norm(there[..., 0], there[..., 1])
    apart = norm(missed[..., 0], missed[..., 1])
    off = np.square(apart / (np.float32(MISSED_PX) + np.float32(MISSED_SHARE) * length))
    fast = np.square(length * np.float32(1 / FAST_PX))
    agreed = 1 / ((1 + off * off) * (1 + fast))
    return Way(moved, agreed if way is None else way.agreed * agreed, start)


@lru_cache(maxsize=4)
def _grid(shape: tuple[int, int], start: tuple[int, int]) -> Array:
    """Return the place x, y of each pixel of a part of a frame: (h, w, 2) float32."""
    rows, columns = np.indices(shape, np.float32)
    return np.dstack([columns + np.float32(start[0]), rows + np.float32(start[1])])
