"""One person's track at full size, of what was seen of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...clip.clip import Array
from ..camera.curve import smoothed
from ..passes import Footage
from .keypoints import outline_poses
from .sighting import Seen
from .tracking import Box, PersonTrack, Point

#: Lowest part of the height that is taken for what stands on the ground.
_FEET = 0.1
#: A gap shorter than this is bridged, in seconds.
_BRIDGE_S = 0.5


def person_track(
    name: str, seen: Sequence[Seen | None], footage: Footage, grid: tuple[float, float]
) -> PersonTrack:
    """Return the track of one person.

    Args:
        name: what they are called.
        seen: one a frame.
        footage: the clip's and the reduced frames' size.
        grid: width and height of a small pixel in reduced pixels.
    """
    fmt, size = footage.format, footage.size
    x, y = fmt.width / size.width, fmt.height / size.height
    fps = float(fmt.fps)
    total = size.width * size.height
    small = round(size.width / grid[0]), round(size.height / grid[1])
    boxes = tuple(None if one is None else _full_box(one.body.box, x, y) for one in seen)
    feet = [None if one is None else _full(_foot(one, grid), x, y) for one in seen]
    return PersonTrack(
        name=name,
        boxes=boxes,
        smooth_boxes=steadied(boxes, fps, bridge_s=_BRIDGE_S),
        centres=tuple(None if one is None else _full(one.body.centre, x, y) for one in seen),
        contacts=_steady_feet(feet, fps),
        coverage=tuple(0.0 if one is None else one.body.area / total for one in seen),
        confidence=tuple(0.0 if one is None else round(one.confidence, 3) for one in seen),
        poses=outline_poses(seen, small, (grid[0] * x, grid[1] * y)),
    )


def _foot(seen: Seen, grid: tuple[float, float]) -> Point:
    """Return the middle of the lowest part: between two feet that both stand."""
    words = seen.body.words
    rows = max(2, round(_FEET * len(words)))
    columns = np.nonzero(words[-rows:])[1]
    left = seen.body.corner[0]
    middle = (float(columns.mean()) + left + 0.5) * grid[0] - 0.5
    return middle, seen.body.box[3]


def _steady_feet(feet: Sequence[Point | None], fps: float) -> tuple[Point | None, ...]:
    steady = steadied(feet, fps, bridge_s=0.0)
    return tuple(None if foot is None else one for foot, one in zip(feet, steady, strict=True))


def _full(point: Point, x: float, y: float) -> Point:
    """Return a reduced position at full size (pixel centres at whole numbers)."""
    return (point[0] + 0.5) * x - 0.5, (point[1] + 0.5) * y - 0.5


def _full_box(box: Box, x: float, y: float) -> Box:
    """Return a box of outermost pixels as the box of outermost full-size pixels."""
    x0, y0, x1, y1 = box
    return x0 * x, y0 * y, (x1 + 1) * x - 1, (y1 + 1) * y - 1


def steadied(
    values: Sequence[tuple[float, ...] | None], fps: float, bridge_s: float | None = None
) -> tuple[Any, ...]:
    """Return values without jitter.

    Args:
        values: one a frame, or None.
        fps: frames a second.
        bridge_s: gaps up to this long are bridged; None bridges all. Outside there is None.
    """
    steady: list[tuple[float, ...] | None] = [None] * len(values)
    seen = np.array([index for index, value in enumerate(values) if value is not None])
    if not seen.size:
        return tuple(steady)
    longest = len(values) if bridge_s is None else max(bridge_s * fps, 1.0)
    for run in np.split(seen, np.flatnonzero(np.diff(seen) > longest) + 1):
        columns = np.array([values[index] for index in run])
        span = np.arange(run[0], run[-1] + 1)
        filled = np.stack([np.interp(span, run, column) for column in columns.T], axis=1)
        for index, row in zip(span, _smooth(filled, fps), strict=True):
            steady[int(index)] = tuple(float(value) for value in row)
    return tuple(steady)


def _smooth(values: Array, fps: float) -> Array:
    return smoothed(values, fps) if len(values) > 1 else values
