"""Where a clip is cut and where it fades, found in one pass over small pictures.

A cut is a step between two frames that stands out of what happens around it, between pictures that
no motion brings onto each other, and after which the old scene does not come back: that tells it
from a pan, a whip, a flash, a light that is switched and somebody who passes close to the lens.
Most frames are settled by the mean difference of tiny pictures; only steps that stand out are
looked at closely.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import cv2
import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .fades import FadeFinder
from .likeness import COMPARED_PIXELS, LEAST_SIDE_PX, SAME, SceneMatcher

#: Size of the tiny pictures whose mean difference settles most frames.
TINY = Size(32, 18)
#: A step of less than this, 8-bit codes, or than this many times the calmer side's is no cut.
_LEAST_STEP, _OUTSTANDING = 3.0, 2.0
#: Frames on each side that tell what steps are common.
_AROUND_FRAMES = 8
#: A scene that comes back within this time was never left, seconds: flashes, passing things.
_RETURN_S = 0.24
#: By how much a cut is less like than the steps beside it.
_MARGIN = 0.2


class Shots(NamedTuple):
    """Where scenes change.

    Attributes:
        cuts: frames at which another scene begins at once.
        fades: first and last frame of each fade or dissolve.
    """

    cuts: tuple[int, ...]
    fades: tuple[tuple[int, int], ...]


class _Small(NamedTuple):
    grey: Array
    tiny: Array


class ShotFinder:
    """Is shown every frame, in order, and then tells the cuts and fades.

    About 0.3 ms a frame of 960 x 540.
    """

    def __init__(self, size: Size, fps: float) -> None:
        """Prepare for frames of ``size`` at ``fps``."""
        scale = min(1.0, float(np.sqrt(COMPARED_PIXELS / (size.width * size.height))))
        self._size = Size(
            max(round(size.width * scale), LEAST_SIDE_PX),
            max(round(size.height * scale), LEAST_SIDE_PX),
        )
        # Halfway, a linear look at every few pixels is quick and still averages enough of them.
        self._halfway = Size(self._size.width * 2, self._size.height * 2)
        self._ahead = max(3, round(_RETURN_S * fps))
        self._recent: deque[_Small] = deque(maxlen=2 * self._ahead + 1)
        self._steps: list[float] = []
        self._count = 0
        self._cuts: list[int] = []
        self._matcher = SceneMatcher(*self._size)
        self._fades = FadeFinder(self._matcher, fps)

    def see(self, rgb: Array) -> None:
        """Take the next frame, (H, W, 3) uint8."""
        if rgb.shape[1] > self._halfway.width and rgb.shape[0] > self._halfway.height:
            rgb = cv2.resize(rgb, self._halfway, interpolation=cv2.INTER_LINEAR)
        small = cv2.resize(rgb, self._size, interpolation=cv2.INTER_AREA)
        tiny = cv2.resize(small, TINY, interpolation=cv2.INTER_AREA)
        now = _Small(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), tiny)
        if self._recent:
            self._steps.append(
                float(cv2.norm(tiny, self._recent[-1].tiny, cv2.NORM_L1)) / tiny.size
            )
        else:
            self._steps.append(0.0)
        self._recent.append(now)
        self._count += 1
        self._fades.see(now.grey, now.tiny)
        self._judge(self._count - 1 - self._ahead)

    def answer(self) -> Shots:
        """Return what was found, after the last frame."""
        for frame in range(max(self._count - self._ahead, 0), self._count):
            self._judge(frame)
        fades = self._fades.answer(self._cuts)
        inside = {frame for first, last in fades for frame in range(first + 1, last + 2)}
        return Shots(tuple(cut for cut in self._cuts if cut not in inside), fades)

    def _judge(self, frame: int) -> None:
        if frame > 0 and self._stands_out(frame) and self._is_cut(frame):
            if self._cuts and frame - self._cuts[-1] < self._ahead:
                return  # a flash on the first frames of a shot, or its first frame is broken
            self._cuts.append(frame)

    def _stands_out(self, frame: int) -> bool:
        step = self._steps[frame]
        if step <= _LEAST_STEP:
            return False
        before = self._steps[max(frame - _AROUND_FRAMES, 1) : frame]
        after = self._steps[frame + 1 : frame + 1 + min(_AROUND_FRAMES, self._ahead)]
        # Not the median: where every other frame is a copy, every other step is none.
        common = min(
            (sorted(side)[3 * len(side) // 4] for side in (before, after) if side), default=0.0
        )
        return step > _OUTSTANDING * common

    def _is_cut(self, frame: int) -> bool:
        own = self._like(frame - 1, frame)
        if own > SAME:
            return False
        before = [(frame - 2, frame - 1), (frame - 3, frame - 1)]
        after = [(frame, frame + 1), (frame, frame + 2)]
        if not (self._is_calmer(before, own) and self._is_calmer(after, own)):
            return False
        if self._comes_back(frame):
            return False
        first, second = self._recent_at(frame - 1), self._recent_at(frame)
        return self._matcher.smeared_likeness(first.grey, second.grey) < SAME

    def _is_calmer(self, pairs: list[tuple[int, int]], own: float) -> bool:
        """Return whether frames on one side are more alike than the step, or there is but one."""
        known = [pair for pair in pairs if self._has(pair[0]) and self._has(pair[1])]
        return not known or any(self._like(*pair) > own + _MARGIN for pair in known)

    def _comes_back(self, frame: int) -> bool:
        """Return whether a frame after the step is like one before it."""
        pairs = [(frame - 1, frame + k) for k in range(1, self._ahead + 1)]
        pairs += [(frame - 1 - k, frame) for k in range(1, self._ahead)]
        pairs += [(frame - 2, frame + 2), (frame - 3, frame + 3)]
        return any(
            self._like(one, other) > SAME
            for one, other in pairs
            if self._has(one) and self._has(other)
        )

    def _has(self, frame: int) -> bool:
        return max(self._count - len(self._recent), 0) <= frame < self._count

    def _like(self, one: int, other: int) -> float:
        return self._matcher.likeness(self._recent_at(one).grey, self._recent_at(other).grey)

    def _recent_at(self, frame: int) -> _Small:
        return self._recent[frame - self._count + len(self._recent)]
