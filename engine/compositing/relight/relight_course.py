"""The course of a light over time, without what is only the subject's own movement.

A subject that turns shows its dark back, and seems to stand in less light. So within one light
only what exceeds such changes is followed; where the light jumps, all of it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from ...analysis.light.light import LightingInfo
from ...clip.clip import Array
from .relight_shading import Lamp, Vector

#: Changes of log luminance and of reciprocal megakelvin that a subject's movement makes.
_OWN_LEVEL, _OWN_MIRED = 0.2, 25.0
#: Share of the rest that is the light's.
_FOLLOWED = 0.8


class Change(NamedTuple):
    """A light in one frame against the light as a whole.

    Attributes:
        frame: which.
        direction: unit vector to the key.
        sigma_deg: root mean square angle of the direction to the truth.
        level: difference of log luminance.
        mired: difference of colour, in reciprocal megakelvin.
    """

    frame: int
    direction: Vector
    sigma_deg: float
    level: float
    mired: float


@dataclass(frozen=True)
class Course:
    """A light that may change.

    Attributes:
        lamp: without its changes.
        changes: over time, rising frames; less than two are a steady light.
        switches: frames of the changes that are the first in a new light, and since which frame
            that shines.
    """

    lamp: Lamp
    changes: tuple[Change, ...] = ()
    switches: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_steady(self) -> bool:
        """Whether neither strength nor colour change."""
        return all(abs(one.level) < 0.02 and abs(one.mired) < 2.0 for one in self.changes)

    def at(self, frame: int) -> Lamp:
        """Return the light in a frame."""
        if len(self.changes) < 2:
            return self.lamp
        after = bisect_right([one.frame for one in self.changes], frame)
        after = min(max(after, 1), len(self.changes) - 1)
        first, second = self.changes[after - 1], self.changes[after]
        part = (frame - first.frame) / max(second.frame - first.frame, 1)
        part = min(max(part, 0.0), 1.0)
        if second.frame in self.switches:
            part = float(frame >= self.switches[second.frame])
        one, two = 1.0 - part, part
        mixed = one * np.asarray(first.direction) + two * np.asarray(second.direction)
        x, y, z = (mixed / max(float(np.linalg.norm(mixed)), 1e-6)).tolist()
        mired = 1e6 / self.lamp.temperature_k + one * first.mired + two * second.mired
        return replace(
            self.lamp,
            direction=(x, y, z),
            sigma_deg=one * first.sigma_deg + two * second.sigma_deg,
            temperature_k=1e6 / min(max(mired, 50.0), 600.0),
            level=self.lamp.level * math.exp(one * first.level + two * second.level),
        )

    def turned(self, direction: Vector) -> Course:
        """Return the same light from a place that is known."""
        changes = (one._replace(direction=direction, sigma_deg=0.0) for one in self.changes)
        lamp = replace(self.lamp, direction=direction, sigma_deg=0.0)
        return replace(self, lamp=lamp, changes=tuple(changes))


def course_of(light: LightingInfo, lamp: Lamp) -> Course:
    """Return the course of a light that as a whole is ``lamp``."""
    moments = light.curve
    if len(moments) < 2:
        return Course(lamp)
    frames = np.array([moment.frame for moment in moments])
    parts = np.searchsorted(np.asarray(sorted(light.jumps)), frames, side="right")
    level = np.log(np.maximum([moment.intensity for moment in moments], 1e-3))
    mired = 1e6 / np.array([moment.temperature_k for moment in moments])
    level = _followed(level - math.log(max(light.intensity, 1e-3)), parts, _OWN_LEVEL)
    mired = _followed(mired - 1e6 / light.temperature_k, parts, _OWN_MIRED)
    changes = (
        Change(one.frame, one.direction, one.direction_sigma_deg, float(up), float(warmer))
        for one, up, warmer in zip(moments, level, mired, strict=True)
    )
    return Course(lamp, tuple(changes), {jump: jump for jump in light.jumps})


def _followed(values: Array, parts: Array, own: float) -> Array:
    """Return (T,) changes without what may be the subject's own.

    Args:
        values: (T,) differences to the light as a whole, which is that of the longest part.
        parts: (T,) number of the light each belongs to.
        own: change that is not the light's.
    """
    means = np.array([values[parts == part].mean() for part in range(int(parts.max()) + 1)])
    main = int(np.bincount(parts).argmax())
    within = values - means[parts]
    beyond = np.sign(within) * np.maximum(np.abs(within) - own, 0.0)
    return np.asarray(_FOLLOWED * (means[parts] - means[main] + beyond))
