"""One person's shadow on the ground: the body, level by level, thrown by the light.

The body is cut into level sections. A light far away moves each aside in proportion to its height,
and the shadow is what any of them covers: the shear of a shear-warp renderer (P. Lacroute, M.
Levoy, *Fast volume rendering using a shear-warp factorization*, SIGGRAPH 1994); the warp to the
picture is the ground's perspective. The higher a section, the softer its shadow under a light of
some size (R. Fernando, *Percentage-closer soft shadows*, SIGGRAPH 2005): bands of height are kept
apart and blurred each by itself, on the ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np

from ...clip.clip import Array
from .body import thickness_px
from .ground_view import Eye, move
from .standing import Foothold, Person

#: Steps of a section aside, in cells, from one level to the next, at most.
_STEP = 1.5
#: Heights between which the depth of the feet fades into that of the trunk.
_LEGS = (0.35, 0.55)
#: The farthest a foot may be behind the foothold, and how far below a sole's middle it is seen,
#: in heights.
_BEHIND, _UNDER = 0.7, 0.03
#: What is seen of a sole is its nearest edge: heights from which the leg stands above it, and how
#: far behind that edge, in heights.
_ANKLE = (0.05, 0.015)
#: Part of the way to the other foot on which a leg has its own foot's depth.
_OWN = 0.25
#: Widest canvas on the ground, in cells.
_WIDEST = 1200


@dataclass(frozen=True)
class Body:
    """A person over the ground, in cells: a cell is as large as a pixel at the foothold.

    Attributes:
        eye: the camera of the reduced frame.
        tall: its height.
        shown: 0 ... 1, how far its ground is seen.
        to_ground: (3, 3) from column and nearness to the ground's x and z.
        rise: cells of height per level: lens and tilt stretch what is upright.
        ray: columns by which a place moves per cell that it comes nearer, seen from above.
        sections: (levels, depth, w) uint8: what the body fills, 255 is all of a cell.
        first: nearness of their first row.
        under: levels that are below the ground: what is seen of soles in front of their middle.
    """

    eye: Eye
    tall: float
    shown: float
    to_ground: Array
    rise: float
    ray: float
    under: int
    sections: Array = field(repr=False, compare=False)
    first: int


def body_of(person: Person, eye: Eye) -> Body | None:
    """Return the person in the world; None where its feet are not on the ground seen."""
    foot, (left, top, right, _) = person.foothold, person.box
    seen = eye.ground_seen(foot.x, foot.row, foot.tall)
    if seen <= 0.0:
        return None
    x, depth = (float(one) for one in eye.ground_at(np.array(foot.x), np.array(foot.row)))
    cell, rise = _scale(foot, eye, depth)
    # Seen from above, what is nearer lies on the ray that comes toward the camera.
    ray = x / depth
    to_ground = np.array(
        [[cell, ray * cell, x - cell * (foot.x - left)], [0.0, cell, depth], [0.0, 0.0, 1.0]]
    )
    under = max(1, round(_UNDER * foot.tall))
    levels = np.arange(-under, round(foot.tall) + 2)
    columns, ground = np.arange(left, right), ground_rows(person)
    rows = rows_of(levels[:, None], ground, foot.row, foot.tall) - top
    places = np.ascontiguousarray(np.broadcast_to((columns - left).astype(np.float32), rows.shape))
    solid, half = (
        cv2.remap(one, places, rows, cv2.INTER_LINEAR, borderValue=0)
        for one in (person.matte, thickness_px(person.matte, foot.tall))
    )
    z = (eye.ground_at(columns, ground)[:, 1] - depth) / cell
    z = z.clip(-_BEHIND * foot.tall, _BEHIND * foot.tall)
    high = (1.0 - (levels / foot.tall - _LEGS[0]) / (_LEGS[1] - _LEGS[0])).clip(0.0, 1.0)
    ankle = (levels / foot.tall / _ANKLE[0]).clip(0.0, 1.0)
    near = z[None] * high[:, None] - (_ANKLE[1] * foot.tall * ankle)[:, None]
    # What is seen under the sole's middle is as much nearer as the ground there.
    flat = (foot.row - eye.horizon - eye.tilt * (foot.x - eye.middle)) / eye.focal
    near += np.maximum(-levels, 0)[:, None] / flat
    sections, first = _sections(solid, near.astype(np.float32), half)
    shown = foot.visible * seen
    return Body(eye, foot.tall, shown, to_ground, rise, ray, under, sections, first)


def _scale(foot: Foothold, eye: Eye, depth: float) -> tuple[float, float]:
    """Return the size of a cell, and how many cells high a level of somebody there is."""
    back = np.linalg.inv(eye.upright(depth))
    left, right, head = move(
        np.array(
            [[foot.x - 0.5, foot.row], [foot.x + 0.5, foot.row], [foot.x, foot.row - foot.tall]]
        ),
        back,
    )
    cell = float(right[0] - left[0])
    return cell, float(head[1] - (left[1] + right[1]) / 2) / (cell * foot.tall)


def rows_of(levels: Array, ground: Array, row: float, tall: float) -> Array:
    """Return (levels, w) float32 rows: the ground under each foot is level 0.

    Args:
        levels: (levels, 1) or (levels, w) rows above the ground.
        ground: (w,) rows of the ground under each column.
        row: of the foothold.
        tall: the person's height.
    """
    aside, reach = ground - row, _LEGS[1] * tall
    legs = row + aside - levels / (1.0 - aside / reach)
    rows = np.where(legs > row + aside - reach, legs, row - levels)
    return np.asarray(rows, np.float32)


def ground_rows(person: Person) -> Array:
    """Return (w,) the row of the ground under each column: the line from foot to foot."""
    foot, (left, _, right, _) = person.foothold, person.box
    aside = _OWN * (foot.right_x - foot.left_x)
    ends = [foot.left_x + aside, foot.right_x - aside + 1e-3]
    return np.interp(np.arange(left, right), ends, [foot.left_row, foot.right_row])


@dataclass(frozen=True)
class Canvas:
    """A part of the ground, in the body's cells.

    Attributes:
        left: column of its first cell.
        back: nearness of its first row.
        width: columns.
        height: rows.
    """

    left: int
    back: int
    width: int
    height: int


def canvas_for(body: Body, light: Array, margin: float) -> Canvas:
    """Return what the shadow under a light needs, and ``margin`` cells around it."""
    levels, deep, wide = body.sections.shape
    across, back = _shift(body, light, levels - body.under)
    edges = [(0, wide), (body.first, body.first + deep)]
    low = [float(e[0]) + min(0.0, s) - margin for e, s in zip(edges, (across, back), strict=True)]
    high = [float(e[1]) + max(0.0, s) + margin for e, s in zip(edges, (across, back), strict=True)]
    # Far away the ground is cut off, and never where the feet are.
    low = [max(one, -_WIDEST / 2) for one in low]
    high = [min(one, _WIDEST / 2) for one in high]
    left, far = math.floor(low[0]), math.floor(low[1])
    return Canvas(left, far, math.ceil(high[0]) - left, math.ceil(high[1]) - far)


def covered(
    body: Body, canvas: Canvas, light: Array, bands: tuple[float, ...], count: int
) -> list[Array]:
    """Return for each band of height (H, W) uint8: what the sections in it cover.

    Args:
        body: who stands there.
        canvas: the ground.
        light: (3,) direction to the light over its height: y is 1.
        bands: middles of the bands, in parts of the height, rising.
        count: how many of them are wanted, from the ground upward.
    """
    heights = np.arange(len(body.sections)) - body.under
    moved = max(abs(one) for one in _shift(body, light, 1.0))
    finer = max(1, math.ceil(moved / _STEP))
    outs = []
    for band in np.eye(len(bands), dtype=np.float32)[:count]:
        share = np.interp(heights / body.tall, bands, band).astype(np.float32)
        used = np.flatnonzero(share > 0.02)
        start, stop = int(used[0]), int(used[-1]) + 1
        parts = (body.sections[start:stop] * share[start:stop, None, None]).astype(np.uint8)
        levels = heights[start:stop].tolist()
        if moved < 1e-6:
            parts, levels = parts.max(axis=0, keepdims=True), levels[:1]
        out = np.zeros((canvas.height, canvas.width), np.uint8)
        for part, level in zip(parts, levels, strict=True):
            for step in range(finer):
                across, back = _shift(body, light, max(level, 0) + step / finer)
                _lay(out, part, round(across) - canvas.left, round(back) + body.first - canvas.back)
        outs.append(out)
    return outs


def _sections(solid: Array, near: Array, half: Array) -> tuple[Array, int]:
    """Return (levels, depth, w) uint8: what a body fills, and where its depth begins.

    Args:
        solid: (levels, w) float32, 0 ... 1, the matte from the ground upward.
        near: (levels, w) how much nearer than the foothold each place is.
        half: (levels, w) half the body's depth there.
    """
    inside = solid > 0.02
    if not inside.any():
        return np.zeros((len(solid), 1, solid.shape[1]), np.uint8), 0
    low = math.floor(float((near - half)[inside].min())) - 1
    high = math.ceil(float((near + half)[inside].max())) + 2
    cells = np.arange(low, high, dtype=np.float32)[:, None]
    filled = np.abs(cells - near[:, None])
    np.subtract((half + np.float32(0.5))[:, None], filled, out=filled)
    np.clip(filled, 0.0, 1.0, out=filled)
    filled *= (solid * np.float32(255))[:, None]
    return filled.astype(np.uint8), low


def _lay(out: Array, part: Array, left: int, top: int) -> None:
    """Take the greater of ``out`` and ``part``, whose corner is there, in place."""
    height, width = part.shape
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, out.shape[1]), min(top + height, out.shape[0])
    if x1 > x0 and y1 > y0:
        under = out[y0:y1, x0:x1]
        np.maximum(under, part[y0 - top : y1 - top, x0 - left : x1 - left], out=under)


def _shift(body: Body, light: Array, level: float) -> tuple[float, float]:
    """Return columns and nearness by which the shadow of a level lies aside."""
    high = level * body.rise
    across, back = -float(light[0]) * high, -float(light[2]) * high
    return across - body.ray * back, back


def on_picture(body: Body, canvas: Canvas, plane: Array, size: tuple[int, int]) -> Array:
    """Return (H, W) of a frame of ``size`` (width, height): how it sees a plane on the ground."""
    start = np.array([[1.0, 0.0, canvas.left], [0.0, 1.0, canvas.back], [0.0, 0.0, 1.0]])
    matrix = body.eye.ground @ body.to_ground @ start
    seen = np.asarray(cv2.warpPerspective(plane, matrix, size, flags=cv2.INTER_LINEAR))
    seen[body.eye.above_horizon(*size)] = 0
    return seen
