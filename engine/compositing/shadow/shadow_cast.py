"""One person's shadow on the ground: the body, level by level, thrown by the light.

The body is cut into level sections that the light moves aside (:mod:`.sweep`); the warp to the
picture is the ground's perspective. The higher a section, the softer its shadow under a light of
some size (R. Fernando, *Percentage-closer soft shadows*, SIGGRAPH 2005): bands of height are kept
apart and blurred each by itself, on the ground. What is soft is drawn from a body half as large.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np

from ...clip.clip import Array
from .ground_view import Eye, move
from .standing import Foothold, Person
from .sweep import Patch, Sections, swept, way_of

#: Cells from one level to the next by which its shadow moves, and levels, at most.
_STEP, _APART = 1.75, 2.0
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
#: How far to each side of the foothold the ground is drawn, in heights.
_WIDEST = 3.0


@dataclass(frozen=True)
class Body:
    """A person over the ground, in cells: a cell is as large as a pixel at the foothold.

    Attributes:
        eye: the camera of the raster.
        tall: its height.
        row: of the foothold.
        shown: 0 ... 1, how far its ground is seen.
        to_ground: (3, 3) from column and nearness to the ground's x and z.
        rise: cells of height per level: lens and tilt stretch what is upright.
        ray: columns by which a place moves per cell that it comes nearer, seen from above.
        under: levels that are below the ground: what is seen of soles in front of their middle.
        under_near: cells by which each of them is nearer than the next.
        solid: (h, w) float32, 0 ... 1, the matte.
        half: (h, w) float32, half the body's depth.
        ground: (w,) float32, the row of the ground under each column.
        near: (w,) float32, how much nearer than the foothold that is.
        middle: the same of the trunk: it is over the middle between the feet.
        top: row of the first of ``solid``.
        nearest: nearness of the last ground that is seen.
    """

    eye: Eye
    tall: float
    row: float
    shown: float
    to_ground: Array
    rise: float
    ray: float
    under: int
    under_near: float
    solid: Array = field(repr=False, compare=False)
    half: Array = field(repr=False, compare=False)
    ground: Array = field(repr=False, compare=False)
    near: Array = field(repr=False, compare=False)
    middle: float
    top: int
    nearest: float

    @property
    def wall(self) -> float | None:
        """Nearness of the wall behind; None where there is none, or the body is beyond it."""
        depth = self.eye.wall_depth
        if depth is None or depth >= self.to_ground[1, 2]:
            return None
        return float((depth - self.to_ground[1, 2]) / self.to_ground[1, 1])


def body_of(person: Person, half: Array, eye: Eye) -> Body | None:
    """Return the person in the world; None where its feet are not on the ground seen.

    Args:
        person: in pixels of the camera's raster.
        half: (h, w) half the body's depth, in pixels.
        eye: the camera.
    """
    foot, (left, top, right, _) = person.foothold, person.box
    seen = eye.ground_seen(foot.x, foot.row, foot.tall)
    if seen <= 0.0:
        return None
    ground = ground_rows(person).astype(np.float32)
    # The foothold's place, and that of the ground under each column.
    places = eye.ground_at(np.append(foot.x, np.arange(left, right)), np.append(foot.row, ground))
    x, depth = (float(one) for one in places[0])
    cell, rise = _scale(foot, eye, depth)
    # Seen from above, what is nearer lies on the ray that comes toward the camera.
    ray = x / depth
    to_ground = np.array(
        [[cell, ray * cell, x - cell * (foot.x - left)], [0.0, cell, depth], [0.0, 0.0, 1.0]]
    )
    near = (places[1:, 1] - depth) / cell
    near = near.clip(-_BEHIND * foot.tall, _BEHIND * foot.tall).astype(np.float32)
    # What is seen under the sole's middle is as much nearer as the ground there.
    flat = (foot.row - eye.horizon - eye.tilt * (foot.x - eye.middle)) / eye.focal
    return Body(
        eye=eye,
        tall=foot.tall,
        row=foot.row,
        shown=foot.visible * seen,
        to_ground=to_ground,
        rise=rise,
        ray=ray,
        under=max(1, round(_UNDER * foot.tall)),
        under_near=1.0 / flat,
        solid=person.matte,
        half=half,
        ground=ground,
        near=near,
        middle=float(near[0] + near[-1]) / 2,
        top=top,
        nearest=(eye.nearest - depth) / cell,
    )


def halved(person: Person) -> Person:
    """Return a person as a raster half as large shows it."""
    height, width = person.matte.shape
    even = cv2.copyMakeBorder(person.matte, 0, height % 2, 0, width % 2, 0, value=0)
    matte = cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    # Boxes begin at even pixels.
    left, top = person.box[0] // 2, person.box[1] // 2
    box = (left, top, left + matte.shape[1], top + matte.shape[0])
    return Person(person.foothold.halved(), box, matte)


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


def thrown(body: Body, light: Array, heights: Array, shares: Array) -> list[Patch]:
    """Return what sections of a body cover of the ground, for each share of them by itself.

    Args:
        body: who stands there.
        light: (3,) direction to the light over its height: y is 1.
        heights: (k,) parts of the body's height, rising from 0, ...
        shares: (n, k) ... and how much a section counts there, linearly between.
    """
    shift = _shift(body, light)
    spacing = min(_APART, _STEP / max(*(abs(one) for one in shift), 1e-6))
    # Half a cell above its top a body ends.
    levels = np.arange(0.0, min(heights[-1] * body.tall, body.tall + 1.0) + spacing, spacing)
    way = way_of(levels[:, None] * np.array(shift))
    counts = np.stack([np.interp(levels / body.tall, heights, one) for one in shares])
    # What is below the ground does not move.
    lower = np.arange(-body.under, 0.0)
    rest = np.concatenate([np.zeros((len(lower), 2), np.float32), way.rest])
    sections = _sections(body, np.concatenate([lower, levels]), rest)
    return swept(sections, way, counts, body.under)


def _sections(body: Body, levels: Array, moved: Array) -> Sections:
    """Return the sections at levels, each moved by so many cells across and nearer."""
    wide = body.solid.shape[1]
    low, high = math.floor(moved[:, 0].min()), math.ceil(moved[:, 0].max())
    places = np.arange(low, wide + high, dtype=np.float32) - moved[:, :1]
    # Under a body the ground changes slowly.
    column = np.rint(places).astype(np.int32).clip(0, wide - 1)
    levels = levels.astype(np.float32)
    rows = rows_of(levels[:, None], body.ground[column], body.row, body.tall) - body.top
    solid, half = (
        cv2.remap(one, places, rows, cv2.INTER_LINEAR, borderValue=0)
        for one in (body.solid, body.half)
    )
    part = levels / body.tall
    legs = (1.0 - (part - _LEGS[0]) / (_LEGS[1] - _LEGS[0])).clip(0.0, 1.0)
    ankle = _ANKLE[1] * body.tall * (part / _ANKLE[0]).clip(0.0, 1.0)
    aside = moved[:, 1] - ankle + np.maximum(-levels, 0.0) * body.under_near
    aside += np.float32(body.middle) * (1 - legs)
    near = body.near[column] * legs[:, None] + aside[:, None]
    return Sections(solid, near, half, low)


def _shift(body: Body, light: Array) -> tuple[float, float]:
    """Return columns and nearness by which the shadow of a level lies aside, per level."""
    across, back = -float(light[0]) * body.rise, -float(light[2]) * body.rise
    return across - body.ray * back, back


@dataclass(frozen=True)
class Canvas:
    """A part of the ground or of a wall, in a body's cells.

    Attributes:
        left: column of its first cell.
        back: nearness or, on a wall, height of its first row.
        width: columns.
        height: rows.
    """

    left: int
    back: int
    width: int
    height: int

    def covered(self, patch: Patch) -> Array:
        """Return (H, W) uint8 with a patch in its place."""
        out = np.zeros((self.height, self.width), np.uint8)
        height, width = patch.codes.shape
        x, y = patch.left - self.left, patch.back - self.back
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + width, self.width), min(y + height, self.height)
        if x1 > x0 and y1 > y0:
            out[y0:y1, x0:x1] = patch.codes[y0 - y : y1 - y, x0 - x : x1 - x]
        return out


def canvas_on_wall(patch: Patch, margin: int) -> Canvas:
    """Return the part of a wall that a patch lies on, and ``margin`` cells above and beside it."""
    height, width = patch.codes.shape
    return Canvas(patch.left - margin, patch.back, width + 2 * margin, height + margin)


def canvas_around(body: Body, found: Iterable[Patch], margin: float) -> Canvas:
    """Return the part of the ground that patches lie on, and ``margin`` cells around it."""
    patches = list(found)
    reach, wide = _WIDEST * body.tall, body.solid.shape[1]
    left = min(one.left for one in patches) - margin
    right = max(one.left + one.codes.shape[1] for one in patches) + margin
    back = min(one.back for one in patches) - margin
    front = max(one.back + one.codes.shape[0] for one in patches) + margin
    # Far away and near the camera the ground is cut off, and never where the feet are.
    camera = -float(body.to_ground[1, 2] / body.to_ground[1, 1])
    last = body.nearest + min(margin, (camera - body.nearest) / 2)
    left, right = max(left, -reach), min(right, wide + reach)
    back, front = max(back, -reach), min(front, reach, max(last, 1.0))
    x, y = math.floor(left), math.floor(back)
    return Canvas(x, y, math.ceil(right) - x, math.ceil(front) - y)


def ground_to_picture(body: Body, canvas: Canvas) -> Array:
    """Return (3, 3) from cells of a canvas to pixels of the body's raster."""
    start = np.array([[1.0, 0.0, canvas.left], [0.0, 1.0, canvas.back], [0.0, 0.0, 1.0]])
    return np.asarray(body.eye.ground @ body.to_ground @ start)


def on_wall(body: Body, patch: Patch, light: Array, below: int) -> Patch | None:
    """Return what a body covers of the wall behind it; its rows go upward from the ground's end.

    What would fall on the ground behind the wall falls on the wall, on the way there.

    Args:
        body: who stands before a wall.
        patch: what it covers of the ground.
        light: (3,) direction to the light over its height; it is on the camera's side.
        below: rows below the ground that are wanted, too.
    """
    assert body.wall is not None
    deep, wide = patch.codes.shape
    fall = float(light[2])
    top = math.ceil((body.wall - patch.back) / fall)
    if top <= 0:
        return None
    # A low light's shadow is much longer than the wall is high.
    rows = max(1, round(deep / max(fall, 1.0)))
    codes = cv2.resize(patch.codes, (wide, rows), interpolation=cv2.INTER_AREA)
    longer = deep / rows
    # From columns and rows to cells of the wall, across and up.
    aside = float(light[0]) / fall - body.ray
    first = body.wall - (patch.back + (longer - 1) / 2)
    matrix = np.array(
        [[1.0, -aside * longer, aside * first], [0.0, -longer / fall, first / fall + below]]
    )
    ends = [aside * (first - longer * row) for row in (0, rows - 1)]
    left, right = math.floor(min(ends)) - 1, math.ceil(max(ends)) + wide + 1
    matrix[0, 2] -= left
    size = (right - left, top + below + 1)
    seen = np.asarray(cv2.warpAffine(codes, matrix, size, flags=cv2.INTER_LINEAR))
    return Patch(patch.left + left, -below, seen)


def wall_to_picture(body: Body, canvas: Canvas) -> Array:
    """Return (3, 3) from cells of a canvas on the wall to pixels of the body's raster."""
    assert body.wall is not None
    cell, middle = body.to_ground[1, 1], body.to_ground[0, 2]
    left = middle + cell * (canvas.left + body.ray * body.wall)
    start = np.array([[cell, 0.0, left], [0.0, cell, cell * canvas.back], [0.0, 0.0, 1.0]])
    return np.asarray(body.eye.upright(body.to_ground[1, 2] + cell * body.wall) @ start)
