"""The person's hair: some two thousand strands, each thinner than a pixel of the video.

Strands are grouped into locks. They are drawn, edges smoothed, at twice the size of the other
layers and averaged down, so that most of a strand's pixels are partly covered.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from paint import Array, generator, ramp
from stage import SCALE, Stage

HAIR = Stage(-170, 60, 190, 480)
FINER = 2
KNOTS, POINTS = 9, 22
PART_X = -13.0
LEVELS = 14

#: Colour over the light that falls on a strand, 0 to 1.
COPPER = [
    (0.0, (0.09, 0.035, 0.02)),
    (0.3, (0.27, 0.10, 0.045)),
    (0.6, (0.55, 0.24, 0.09)),
    (0.85, (0.85, 0.47, 0.20)),
    (1.0, (1.0, 0.72, 0.42)),
]


@dataclass(frozen=True)
class Strands:
    """Strands at rest.

    Attributes:
        points: (N, POINTS, 2) px of the video, the root first.
        light: (N, POINTS) 0 to 1.
        phase: (N,) of its sway, radians; close within a lock.
        loose: (N,) how freely it moves.
        depth: (N,) 0 far to 1 near: the order of drawing.
    """

    points: Array
    light: Array
    phase: Array
    loose: Array
    depth: Array


def combed(knots: Array) -> Array:
    """Return (N, POINTS, 2) smooth curves through (N, KNOTS, 2)."""
    padded = np.concatenate(
        [2 * knots[:, :1] - knots[:, 1:2], knots, 2 * knots[:, -1:] - knots[:, -2:-1]], axis=1
    )
    place = np.linspace(0, KNOTS - 1, POINTS)
    start = np.minimum(place.astype(int), KNOTS - 2)
    t = (place - start)[None, :, None]
    a, b, c, d = (padded[:, start + i] for i in range(4))
    bent = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3
    return (0.5 * bent).astype(np.float32)


def locks(seed: int, side: float, count: int, each: int, *, loose: float) -> Strands:
    """Return the strands that fall from the parting to one side of the face.

    Args:
        seed: of the random numbers.
        side: -1 for the left of the picture, 1 for the right.
        count: how many locks.
        each: strands in a lock.
        loose: how far strands leave their lock, and how freely they move.
    """
    random = generator(seed, 30, int(side + 1), int(loose * 10))
    lock = np.repeat(np.arange(count), each)
    outer = np.repeat(np.sort(random.uniform(0.35 * loose, 1, count)), each)
    stray = random.normal(0, 1, (count * each, 2)) * (1.0 + 2.2 * loose)
    q = np.clip(outer + stray[:, 0] * 0.05, -0.05, 1.15)
    reach = np.repeat(random.normal(0, 1, count), each)
    total = 236 + 26 * reach + 16 * random.normal(0, 1, lock.size) - 16 * q
    x = [
        PART_X + side * (1 + 4 * random.random(lock.size)),
        PART_X + side * (14 + 12 * q),
        side * (36 + 25 * q) + PART_X * 0.6,
        side * (53 + 23 * q) + PART_X * 0.25,
        side * (58 + 27 * q),
        side * (60 + 33 * q) + 3 * stray[:, 0],
        side * (61 + 40 * q) + 4 * stray[:, 0],
        side * (62 + 43 * q) + 5 * stray[:, 0],
        side * (56 + 46 * q) + 7 * stray[:, 0],
    ]
    start = 98 - 3 * q + 12 * (1 - q) * random.random(lock.size)
    drop = [0, 5.0, 22, 54, 98, 146, 196, 246, 296]
    lift = [0, -11, -12, -8, -2, 0, 0, 0, 0]
    share = total / 268
    y = [start + d * (share if d > 60 else 1) + up * q for d, up in zip(drop, lift, strict=True)]
    knots = np.stack([np.stack(x, 1), np.stack(y, 1)], axis=2).astype(np.float32)
    points = combed(knots)
    s = np.linspace(0, 1, POINTS)[None, :]
    turn = np.repeat(random.uniform(0, 2 * np.pi, count), each)[:, None]
    wave = np.sin(12.5 * s + turn + 0.3 * stray[:, 1:]) * 14.0 * np.clip(s - 0.22, 0, 0.6)
    curl = np.cos(23 * s + 2 * turn + 0.4 * stray[:, 1:]) * 5.0 * np.clip(s - 0.4, 0, 1)
    points[..., 0] += wave + curl + stray[:, 1:] * (0.9 + 1.6 * s * (0.5 + loose))
    points[..., 1] += stray[:, :1] * loose * 2.0
    phase = turn[:, 0] * 0.5 + 0.25 * stray[:, 1]
    depth = np.clip(0.75 - 0.55 * q + 0.18 * stray[:, 1], 0, 1)
    light = sheen(points, side, q, np.repeat(random.normal(0, 1, count), each), stray[:, 1])
    give = 0.7 + 0.5 * random.random(lock.size) + loose
    return Strands(points, light, phase, give.astype(np.float32), depth.astype(np.float32))


def sheen(points: Array, side: float, q: Array, lock: Array, stray: Array) -> Array:
    """Return the light on every point: bright bands across the locks, more on the lit side."""
    y = points[..., 1]
    waves = np.gradient(points[..., 0], axis=1)
    crown = np.exp(-(((y - 116 - 10 * q[:, None]) / 11.0) ** 2))
    middle = np.exp(-(((y - 205 - 9 * lock[:, None]) / 26.0) ** 2))
    base = 0.42 + 0.10 * lock[:, None] + 0.06 * stray[:, None] + 0.045 * side
    light = base + (0.24 + 0.05 * side) * crown + 0.24 * middle + 0.022 * waves
    rim = np.clip(q - 0.8, 0, 1)[:, None] * (1.0 if side > 0 else 0.2)
    return np.clip(light + rim, 0.02, 1.0).astype(np.float32)


def nape(seed: int, count: int) -> Strands:
    """Return the hair behind neck and shoulders, which fills the picture between the locks."""
    random = generator(seed, 31)
    out = random.uniform(-1, 1, count)
    fall = 1 + 0.16 * np.abs(out)
    rows = np.linspace(110, 352, KNOTS)[None, :] + random.normal(0, 7, (count, 1))
    wide = np.interp(rows, [100, 130, 170, 260, 360], [36, 66, 84, 96, 92])
    knots = np.stack([out[:, None] * wide * fall[:, None] ** 0.3, rows], axis=2).astype(np.float32)
    points = combed(knots)
    s = np.linspace(0, 1, POINTS)[None, :]
    points[..., 0] += 5 * np.sin(9 * s + 7 * out[:, None]) * s
    light = np.clip(0.16 + 0.05 * random.normal(0, 1, (count, 1)) + 0.10 * out[:, None], 0.02, 0.5)
    light = np.broadcast_to(light, (count, POINTS)).astype(np.float32)
    order = random.random(count).astype(np.float32)
    return Strands(
        points, light, (3 * out).astype(np.float32), np.full(count, 0.6, np.float32), order
    )


def moved(strands: Strands, time_s: float, lag: tuple[float, float], wind: float) -> Array:
    """Return the strands' points at one moment.

    Args:
        strands: at rest.
        time_s: of the clip.
        lag: how far the ends trail behind the head, px (x, y).
        wind: px that it pushes the ends aside at its strongest.
    """
    s = np.linspace(0, 1, POINTS, dtype=np.float32)[None, :]
    free = np.clip((s - 0.22) / 0.78, 0, 1) ** 1.7 * strands.loose[:, None]
    phase = strands.phase[:, None]
    swing = np.sin(2 * np.pi * 0.62 * time_s - 2.4 * s + phase)
    swing = swing + 0.45 * np.sin(2 * np.pi * 1.37 * time_s - 4.1 * s + 2.3 * phase)
    points = strands.points.copy()
    points[..., 0] += free * (0.55 * wind * (swing + 0.5) + lag[0])
    points[..., 1] += free * (lag[1] - 0.12 * wind * np.abs(swing))
    return points


def draw(strands: Strands, points: Array, *, body: float) -> Array:
    """Return the RGBA layer of strands on the stage ``HAIR``.

    Args:
        strands: for their light and order.
        points: where they are now, px of the video.
        body: thickness, px of the video, of the soft mass that is laid under them; 0 for none.
    """
    fine = SCALE * FINER
    shape = (HAIR.shape[0] * FINER, HAIR.shape[1] * FINER, 4)
    canvas = np.zeros(shape, np.uint8)
    places = (points - np.array((HAIR.left, HAIR.top), np.float32)) * fine + (fine - 1) / 2
    fixed = np.round(places * 16).astype(np.int32)
    if body:
        mass = np.clip(strands.light * 0.55, 0, 1)
        solid = fixed[:, : int(POINTS * 0.86)]
        segments(canvas, solid[::3], mass[::3], strands.depth[::3], round(body * fine))
    segments(canvas, fixed, strands.light, strands.depth, 1)
    size = (HAIR.shape[1], HAIR.shape[0])
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def segments(
    canvas: npt.NDArray[np.uint8],
    fixed: npt.NDArray[np.int32],
    light: Array,
    depth: Array,
    thickness: int,
) -> None:
    """Draw every piece of every strand, far ones first, in the colour of its light, in place."""
    joints = fixed.shape[1] - 1
    pieces = np.stack([fixed[:, :-1], fixed[:, 1:]], axis=2)
    levels = np.clip(light[:, :joints] * (LEVELS - 1) + 0.5, 0, LEVELS - 1).astype(int)
    shelves = np.clip(depth * 8, 0, 7).astype(int)
    colours = ramp(COPPER, np.arange(LEVELS) / (LEVELS - 1)) * 255
    for shelf in range(8):
        there, tones = pieces[shelves == shelf], levels[shelves == shelf]
        for level in range(LEVELS):
            lines = there[tones == level]
            colour = (*(float(value) for value in colours[level]), 255.0)
            if len(lines):
                cv2.polylines(
                    canvas, list(lines[:, :, None]), False, colour, thickness, cv2.LINE_AA, 4
                )
