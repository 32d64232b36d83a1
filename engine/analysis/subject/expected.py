"""Where somebody is expected while they cannot be told apart: on a smooth way between sightings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...clip.clip import Array
from .sighting import Seen
from .tracking import Box

#: Frames of a sighting's end that tell the pace.
_PACE = 6
#: Frames after which somebody hidden is taken to have stopped.
_COAST = 10.0
#: Sightings further away than this many frames say nothing of where somebody is.
_FAR = 60


class Path:
    """Where one person is expected in a run of frames: box as middle, foot, width, height."""

    def __init__(self, seen: Mapping[int, Seen], first: int, last: int) -> None:
        """Take the last sightings before a run and the first ones after it.

        Args:
            seen: frame -> sighting, of the person alone.
            first: frame of the run.
            last: frame of the run.
        """
        before = [frame for frame in range(max(first - _FAR, 0), first) if frame in seen]
        after = [frame for frame in range(last + 1, last + 1 + _FAR) if frame in seen]
        inside = [frame for frame in range(first, last + 1) if frame in seen]
        self._known = {frame: _state(seen[frame]) for frame in before[-_PACE:] + after[:_PACE]}
        self._known |= {frame: _state(seen[frame]) for frame in inside}
        self._fallback = (
            _state(seen[min(seen, key=lambda frame: abs(frame - first))]) if seen else None
        )
        self._frames = np.array(sorted(self._known))
        self._off = np.zeros(2)
        self.is_open_before = not before
        self.is_open_after = not after

    def at(self, frame: int) -> Box:
        """Return the box that is expected in a frame."""
        state = self._state(frame)
        x, foot = state[:2] + self._off
        wide, high = state[2:]
        return x - wide / 2, foot - high, x + wide / 2, foot

    def found(self, frame: int, box: Box, sure: float) -> None:
        """Take note of where they were found."""
        state = self._state(frame)
        off = np.array([(box[0] + box[2]) / 2, box[3]]) - state[:2]
        self._off = self._off + 0.6 * sure * (off - self._off)

    def _state(self, frame: int) -> Array:
        if frame in self._known:
            return self._known[frame]
        frames = self._frames
        low, high = frames[frames < frame], frames[frames > frame]
        if not len(frames):
            return np.array([0.0, 0.0, 1.0, 1.0]) if self._fallback is None else self._fallback
        if len(low) and len(high):
            return self._between(frame, low, high)
        near = low[-_PACE:] if len(low) else high[:_PACE]
        return self._beyond(frame, near)

    def _between(self, frame: int, low: Array, high: Array) -> Array:
        """Return the state on the cubic that meets place and pace at both ends."""
        start, end = int(low[-1]), int(high[0])
        span = end - start
        t = (frame - start) / span
        a, b = self._known[start], self._known[end]
        v, w = self._pace(low[-_PACE:]) * span, self._pace(high[:_PACE]) * span
        limit = 1.5 * np.abs(b - a)[:2] + 0.3 * a[2]
        v, w = np.clip(v, -limit, limit), np.clip(w, -limit, limit)
        state = a + (b - a) * t
        curve = t * (1 - t)
        state[:2] += curve * ((1 - t) * (v - (b - a)[:2]) - t * (w - (b - a)[:2]))
        return state

    def _beyond(self, frame: int, near: Array) -> Array:
        """Return the state of somebody who goes on from, or comes to, their last sighting."""
        last = int(near[-1]) if near[-1] < frame else int(near[0])
        away = frame - last
        state = self._known[last].copy()
        coast = _COAST * (1 - np.exp(-abs(away) / _COAST)) * np.sign(away)
        state[:2] += self._pace(near) * coast
        return state

    def _pace(self, frames: Array) -> Array:
        """Return how far middle and foot move a frame."""
        if len(frames) < 3:
            return np.zeros(2)
        if frames[-1] - frames[0] > 3 * _PACE:
            return np.zeros(2)
        states = np.array([self._known[int(frame)][:2] for frame in frames])
        since = frames - frames.mean()
        return np.asarray(since @ states / float(since @ since))


def _state(seen: Seen) -> Array:
    x0, y0, x1, y1 = seen.body.small_box
    return np.array([(x0 + x1) / 2, y1, x1 - x0, y1 - y0], float)
