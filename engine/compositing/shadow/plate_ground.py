"""The ground of a plate: its horizon, from the picture and from whoever is to stand on it.

Lines that meet tell a horizon well (:mod:`..analysis.depth.horizon`). Where there are none, a
person says as much as the picture: cameras are held at about the height of eyes, so the horizon
runs through the upper part of whoever stands upright. Both are weighed by their spread. Where the
plate moves the horizon goes with its picture (:mod:`.plate_motion`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from ...analysis.depth.depth_anchors import see_horizon
from ...analysis.depth.depth_map import DepthMap
from ...analysis.reduced import reduced_size, to_eight_bits
from ...clip.average import area_average
from ...clip.clip import Array, Clip
from ...context import Context
from ...errors import InputError
from ...fingerprint import fingerprint
from .ground_view import USUAL_FOCAL, USUAL_HORIZON, GroundView
from .plate_motion import carried, similarity
from .plate_wall import find_wall
from .standing import find_people

#: Frames of the matte that are looked at.
_MATTES = 3
#: How high above the feet the horizon is, in heights of a person, and how far that strays.
_EYE, _EYE_SPREAD = 0.82, 0.25
#: The horizon is above the feet by this part of the picture's height at least.
_ABOVE = 0.08
#: Confidence from which a depth tells of a wall: one that was measured, not read as a stage.
_SURE = 0.5
#: A wall begins that far below the horizon, in parts of the height, at least.
_LEAST_WALL = 0.02
#: A horizon that goes less far, in parts of the height, rests.
_AT_REST = 0.008
#: Rows of the reduced matte.
_ROWS = 270
#: Spread below which a horizon was seen, not guessed.
_SEEN = 0.06


@dataclass(frozen=True)
class PlateGround:
    """How a plate's camera sees its ground.

    Attributes:
        views: one, or one a frame, with the wall where there is one; None where nothing is known.
        source: what the horizon was read from.
    """

    views: tuple[GroundView, ...] | None
    source: str

    def to_text(self) -> str:
        """Return horizon and wall in words."""
        if self.views is None:
            return f"Horizon: {self.source}."
        horizon = f"Horizon: at {self.views[0].horizon:.2f} of the height, {self.source}."
        wall = self.views[0].wall
        return horizon if wall is None else f"{horizon} Wall: from {wall:.2f} upward."


def ground_of(
    alpha: Clip,
    context: Context,
    *,
    plate: Clip | None = None,
    depth: DepthMap | None = None,
    horizon: float = -1.0,
    wall: float = -1.0,
) -> PlateGround:
    """Return the ground of a plate from what is known of it, the surest first.

    Args:
        alpha: the matte of who is to stand on it.
        context: store, progress and cancel.
        plate: the new background.
        depth: of the plate; as long as the matte, or one frame.
        horizon: in parts of the height from the top; below 0 it is found.
        wall: height of the line where the ground ends at a wall, in the same parts; below 0 it
            is found in the depth.

    Raises:
        InputError: if the wall is not below the horizon.
    """
    if horizon >= 0.0:
        ground = PlateGround((GroundView(horizon),), "as given")
    elif depth is not None:
        ground = _ground_of_depth(depth, len(alpha))
    elif plate is not None:
        ground = find_ground(plate, alpha, context)
    elif wall >= 0.0:
        ground = PlateGround((GroundView(min(USUAL_HORIZON, wall / 2)),), "the usual one")
    else:
        return PlateGround(None, "the usual one, for no plate is connected")
    return _with_wall(ground, wall, depth)


def _with_wall(ground: PlateGround, wall: float, depth: DepthMap | None) -> PlateGround:
    """Return a ground with the wall that was given or, below 0, is seen in the depth."""
    assert ground.views is not None
    first = ground.views[0]
    line: float | None = wall
    if wall < 0.0:
        line = None if depth is None or depth.info.confidence < _SURE else _wall_of(depth, first)
    elif wall < first.horizon + _LEAST_WALL:
        raise InputError(
            f"wall must be below the horizon at {first.horizon:.2f} of the height, got {wall}. "
            "Give the height of the line where the ground meets the wall, or correct the horizon."
        )
    if line is None:
        return ground
    # The line goes with the horizon when the camera tilts.
    views = (replace(one, wall=line + (one.horizon - first.horizon)) for one in ground.views)
    return replace(ground, views=tuple(views))


def _wall_of(depth: DepthMap, view: GroundView) -> float | None:
    fmt = depth.nearness.format
    return find_wall(depth.nearness.frame(0), view.horizon, view.tilt * fmt.width / fmt.height)


def _ground_of_depth(depth: DepthMap, frames: int) -> PlateGround:
    """Return the ground of a plate whose depth has been estimated: one view a frame."""
    fmt, info = depth.nearness.format, depth.info
    focal = USUAL_FOCAL
    if info.ground is not None:
        focal = info.ground.focal_px / max(fmt.width, fmt.height)
    views = [
        GroundView((one.y_px + 0.5) / fmt.height, float(np.tan(np.radians(one.tilt_deg))), focal)
        for one in info.horizons
    ]
    # A plate that is shorter or longer than the clip is held at its end.
    held = views[:1] if len(views) == 1 else [views[min(k, len(views) - 1)] for k in range(frames)]
    return PlateGround(tuple(held), "from the depth")


def find_ground(plate: Clip, alpha: Clip, context: Context) -> PlateGround:
    """Return the ground of a plate, a view for every frame if it moves; kept in the store.

    Args:
        plate: the new background, a clip or one picture; up to 3 frames are looked at.
        alpha: the matte of who is to stand on it; up to 3 frames are looked at.
        context: store, progress and cancel.
    """
    key = fingerprint("plate-ground/4", plate.fingerprint, alpha.fingerprint)
    found = context.store.record(key, lambda: _found(plate, alpha, context))
    source = "seen in the plate" if found["spread"] < _SEEN else "guessed from plate and people"
    frames = range(len(alpha)) if len(found["frames"]) > 1 else range(1)
    heights, tilts = (np.interp(frames, found["frames"], found[k]) for k in ("heights", "tilts"))
    views = (GroundView(*one) for one in zip(heights.tolist(), tilts.tolist(), strict=True))
    return PlateGround(tuple(views), source)


def _found(plate: Clip, alpha: Clip, context: Context) -> dict[str, Any]:
    """Return frames, the horizon's height and tilt in each, and the height's spread."""
    last = min(len(plate), len(alpha)) - 1
    frames = sorted({alpha.near_key(at) for at in (0, last // 2, last)})
    pictures = []
    for frame in frames:
        context.check()
        small = area_average(plate.frame(frame), reduced_size(plate.format))
        pictures.append(to_eight_bits(small, plate.format)[..., :3])
    moves = _moves(pictures)
    size = (pictures[0].shape[1], pictures[0].shape[0])
    lines, spreads = [], []
    for k in sorted({0, len(frames) - 1}):
        height, tilt = see_horizon(pictures[k])
        lines.append(carried((height.at, tilt), np.linalg.inv(moves[k]), size))
        spreads.append(height.spread)
    horizon, tilt = np.mean(lines, axis=0).tolist()
    gone = [carried((horizon, tilt), move, size)[0] - horizon for move in moves]
    horizon, spread = _with_people(
        horizon, float(np.mean(spreads)), _standing(alpha, context, frames, gone)
    )
    seen = [carried((horizon, tilt), move, size) for move in moves]
    if max(abs(one[0] - horizon) for one in seen) < _AT_REST:
        frames, seen = frames[:1], seen[:1]
    heights, tilts = zip(*seen, strict=True)
    return {"frames": frames, "heights": heights, "tilts": tilts, "spread": spread}


def _moves(pictures: list[Array]) -> list[Array]:
    """Return (3, 3) from pixels of the first picture to those of each."""
    greys = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in pictures]
    moves = [np.eye(3)]
    for first, second in pairwise(greys):
        moves.append(similarity(first, second) @ moves[-1])
    return moves


def _with_people(
    horizon: float, spread: float, standing: list[tuple[float, float]]
) -> tuple[float, float]:
    """Return the horizon that plate and people agree on, and its spread."""
    if not standing:
        return horizon, spread
    foot, tall = (float(np.median([one[k] for one in standing])) for k in range(2))
    guess, stray = foot - _EYE * tall, _EYE_SPREAD * tall
    own, other = 1.0 / spread**2, 1.0 / stray**2
    horizon = (own * horizon + other * guess) / (own + other)
    return min(horizon, foot - _ABOVE), (own + other) ** -0.5


def _standing(
    alpha: Clip, context: Context, frames: list[int], gone: list[float]
) -> list[tuple[float, float]]:
    """Return foot and height, in parts of the picture's height, of people whose feet show.

    Args:
        alpha: the matte.
        context: asked for cancel.
        frames: of the plate, and ...
        gone: ... how far its horizon has gone down there: feet are told as in the first.
    """
    shrink = max(1, round(alpha.format.height / _ROWS))
    size = (-(-alpha.format.width // shrink), -(-alpha.format.height // shrink))
    scale = np.float32(65535.0 / alpha.format.max_value)
    found = []
    for frame in _spread(len(alpha), _MATTES):
        context.check()
        small = area_average(alpha.frame(frame), size)
        codes = np.rint(np.multiply(small, scale, dtype=np.float32)).astype(np.uint16)
        for person in find_people(codes)[:2]:
            foot = person.foothold
            if foot.visible > 0.5:
                row = (foot.row + 0.5) / size[1] - float(np.interp(frame, frames, gone))
                found.append((row, foot.tall / size[1]))
    return found


def _spread(count: int, most: int) -> list[int]:
    number = min(count, most)
    return [int((index + 0.5) * count / number) for index in range(number)]
