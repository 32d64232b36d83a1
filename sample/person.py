"""The whole person at one moment: what moves how, and what lies over what."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import cv2
import numpy as np

from body import ARM, TRUNK, arm_layer, contact, torso
from hair import HAIR, POINTS, Strands, draw, locks, moved, nape
from head import HEAD, Face, head_layer
from paint import Array, over
from sound import mouth
from stage import SCALE, Stage

PERSON = Stage(-280, 50, 390, 780)
HIP, NECK = (0.0, 760.0), (0.0, 276.0)
BLINKS_S = (0.85, 2.55, 3.62)


@dataclass(frozen=True)
class Pose:
    """Where the parts are at one moment; px of the video and degrees, clockwise."""

    lean_px: float
    lean_deg: float
    breath: float
    head_px: tuple[float, float]
    head_deg: float
    lag_px: tuple[float, float]
    swing_deg: float
    wind_px: float
    face: Face


def wave(time_s: float, rate_hz: float, phase: float = 0.0) -> float:
    """Return a sine, -1 to 1."""
    return math.sin(2 * math.pi * (rate_hz * time_s + phase))


def head_angle(time_s: float) -> float:
    """Return the tilt of the head, degrees."""
    return 2.6 * wave(time_s, 0.31, 0.1) + 0.9 * wave(time_s, 0.83) - 1.5


def pose_at(time_s: float) -> Pose:
    """Return the pose ``time_s`` seconds into the clip."""
    swirl = head_angle(time_s) - head_angle(time_s - 0.12)
    blink = max(math.exp(-(((time_s - at) / 0.055) ** 2)) for at in BLINKS_S)
    talk = mouth(time_s)
    face = Face(
        turn=0.55 * wave(time_s, 0.27, 0.85) + 0.15 * wave(time_s, 0.71),
        blink=blink,
        mouth=talk,
        gaze=0.35 * wave(time_s, 0.33, 0.4),
    )
    return Pose(
        lean_px=7.0 * wave(time_s, 0.36),
        lean_deg=0.9 * wave(time_s, 0.36, 0.04),
        breath=0.004 * wave(time_s, 0.29),
        head_px=(3.0 * wave(time_s, 0.41, 0.2), 1.6 * wave(time_s, 0.9) - 1.6 * talk),
        head_deg=head_angle(time_s),
        lag_px=(-9.0 * swirl, -0.8 * wave(time_s, 0.9)),
        swing_deg=17.0 + 12.0 * wave(time_s, 0.95, 0.1),
        wind_px=8.0 + 3.0 * wave(time_s, 0.23),
        face=face,
    )


@functools.lru_cache(maxsize=1)
def hairdo(seed: int) -> tuple[Strands, tuple[Strands, ...]]:
    """Return the hair behind the person and the hair in front."""
    front = [locks(seed, side, 30, 24, loose=0.0) for side in (-1.0, 1.0)]
    front += [locks(seed, side, 70, 1, loose=1.0) for side in (-1.0, 1.0)]
    return nape(seed, 700), tuple(front)


def turned(points: Array, pose: Pose) -> Array:
    """Return strands' points moved with the head; their ends follow less than their roots."""
    follow = 1.0 - 0.45 * np.linspace(0, 1, POINTS, dtype=np.float32)[None, :]
    angle = np.deg2rad(pose.head_deg) * follow
    x, y = points[..., 0] - NECK[0], points[..., 1] - NECK[1]
    new_x = x * np.cos(angle) - y * np.sin(angle) + NECK[0] + pose.head_px[0] * follow
    new_y = x * np.sin(angle) + y * np.cos(angle) + NECK[1] + pose.head_px[1] * follow
    return np.stack([new_x + pose.lean_px, new_y], axis=2).astype(np.float32)


def put(canvas: Array, layer: Array, stage: Stage, shadow: float = 0.0) -> None:
    """Lay a stage's layer on the person's canvas, first shading what it covers, in place."""
    part = PERSON.crop(layer, stage, 0.0)
    if shadow:
        contact(canvas, part[..., 3], shadow)
    over(canvas, part)


def rigid(
    layer: Array,
    stage: Stage,
    about: tuple[float, float],
    angle_deg: float,
    move: tuple[float, float],
    zoom: float = 1.0,
) -> Array:
    """Return a stage's layer on the person's canvas, turned about a point and moved."""
    centre = stage.place(*about)
    matrix = cv2.getRotationMatrix2D(centre, -angle_deg, zoom)
    to = PERSON.place(about[0] + move[0], about[1] + move[1])
    matrix[:, 2] += np.array(to) - centre
    size = (PERSON.shape[1], PERSON.shape[0])
    return np.asarray(cv2.warpAffine(layer, matrix, size, flags=cv2.INTER_LINEAR), np.float32)


def person_layer(seed: int, time_s: float) -> Array:
    """Return the person's RGBA layer on the stage ``PERSON``."""
    pose = pose_at(time_s)
    back, front = hairdo(seed)
    canvas = np.zeros((*PERSON.shape, 4), np.float32)

    def hair_of(strands: Strands, body: float) -> Array:
        points = turned(moved(strands, time_s, pose.lag_px, pose.wind_px), pose)
        return draw(strands, points, body=body)

    put(canvas, hair_of(back, 3.0), HAIR)
    trunk = np.zeros((*PERSON.shape, 4), np.float32)
    put(trunk, torso(seed), TRUNK)
    put(trunk, arm_layer(seed, pose.swing_deg, 0.5 + 0.5 * wave(time_s, 0.95)), ARM)
    lean = (pose.lean_px, 0.0)
    over(canvas, rigid(trunk, PERSON, HIP, pose.lean_deg, lean, 1 + pose.breath))
    face = head_layer(seed, pose.face)
    shift = (pose.lean_px + pose.head_px[0], pose.head_px[1])
    head = rigid(face, HEAD, NECK, pose.head_deg, shift)
    contact(canvas, head[..., 3], 0.45)
    over(canvas, head)
    sides = [hair_of(strands, 2.0) for strands in front[:2]]
    for layer in sides:
        put(canvas, layer, HAIR, shadow=0.4)
    for strands in front[2:]:
        put(canvas, hair_of(strands, 0.0), HAIR)
    return canvas


def downscaled(layer: Array) -> Array:
    """Return a layer averaged over the video's pixels, still at its own size."""
    return np.asarray(cv2.blur(layer, (SCALE, SCALE), anchor=(0, 0)), np.float32)
