"""What a person does: smooth functions of time that give every joint's frame.

A person who is not turned faces +z, the viewer; their left is +x. Lengths are of a person 1.75 m
tall and scale with ``height_m``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .rigid import bend, child, frame, limb, place, turn_x, turn_y, turn_z

THIGH, SHIN, ARM, FOREARM, ANKLE = 0.43, 0.42, 0.285, 0.255, 0.085
_CYCLE_M = 1.2
SIDES = (1, -1)


@dataclass(frozen=True)
class Performance:
    """A kind of action, where it happens, how far and fast it goes.

    ``kind`` is "idle", "talk", "wave", "hold" (something in the right hand), "turn", "walk" (forth
    and back along ``heading_deg``) or "fast" (a dance with flung arms). ``reach_m`` is a walk's
    half length.
    """

    kind: str = "idle"
    x_m: float = 0.0
    z_m: float = 0.0
    facing_deg: float = 0.0
    heading_deg: float = 90.0
    reach_m: float = 2.2
    rate: float = 1.0
    phase: float = 0.0


@dataclass(frozen=True)
class Pose:
    """Frames (3, 4) of the joints by name, and the face: mouth 0 ... 1, lids 0 ... 1 closed."""

    frames: dict[str, np.ndarray]
    mouth: float
    lids: float
    gaze: tuple[float, float]


@dataclass(frozen=True)
class _Ground:
    """Where a walker is: place, the way they face, and the gait."""

    x: float
    z: float
    facing_deg: float
    cycle: float
    stride: float


def pose(act: Performance, time_s: float, height_m: float = 1.75) -> Pose:
    """Return the pose at a time."""
    t = time_s * act.rate + act.phase
    where = _where(act, time_s)
    size = height_m / 1.75
    fast = act.kind == "fast"
    sway = 0.018 * math.sin(1.3 * t) + (0.09 * math.sin(5.2 * t) if fast else 0.0)
    bob = 0.022 * where.stride * math.cos(4 * math.pi * where.cycle)
    bob += 0.03 * abs(math.sin(5.2 * t)) if fast else 0.0
    turn = where.facing_deg + where.stride * 7 * math.sin(2 * math.pi * where.cycle)
    origin = np.array([where.x, (0.93 + bob - 0.025 * where.stride) * size, where.z])
    base = frame(turn_y(where.facing_deg) * size, origin)
    hips = child(base, turn_y(turn - where.facing_deg) @ turn_z(60 * sway), (sway, 0.0, 0.0))
    frames = {"hips": hips}
    _torso(frames, act, t, where)
    for side in SIDES:
        _leg(frames, base, hips, where, side, fast, t)
        _arm(frames, act, t, where, side)
    blink = math.sin(1.1 * t + 0.7) ** 160
    speech = act.kind == "talk"
    mouth = (0.5 + 0.5 * math.sin(13 * t)) * (0.6 + 0.4 * math.sin(4.7 * t)) if speech else 0.06
    return Pose(frames, mouth, blink, (0.4 * math.sin(0.9 * t), 0.1 * math.sin(1.4 * t)))


def _where(act: Performance, time_s: float) -> _Ground:
    if act.kind == "turn":
        return _Ground(act.x_m, act.z_m, act.facing_deg + 75 * act.rate * time_s, 0.0, 0.0)
    if act.kind != "walk":
        return _Ground(act.x_m, act.z_m, act.facing_deg, 0.0, 0.0)
    angle = 0.55 * act.rate * time_s + act.phase
    along, speed = act.reach_m * math.sin(angle), act.reach_m * 0.55 * act.rate * math.cos(angle)
    # The gait follows the path walked, whichever way it leads.
    halves = math.floor(angle / math.pi + 0.5)
    path = act.reach_m * (2 * halves + (-1) ** halves * math.sin(angle))
    heading = math.radians(act.heading_deg)
    # Walking toward the viewer they face them; they turn by way of the viewer.
    turned = math.tanh(speed / 0.25)
    facing = act.heading_deg * turned if act.heading_deg else 90 * (1 - turned)
    return _Ground(
        act.x_m + along * math.sin(heading),
        act.z_m + along * math.cos(heading),
        facing,
        path / _CYCLE_M,
        min(abs(speed) / 1.0, 1.0),
    )


def _torso(frames: dict[str, np.ndarray], act: Performance, t: float, where: _Ground) -> None:
    walk = where.stride * math.sin(2 * math.pi * where.cycle)
    breath = 0.5 * math.sin(1.6 * t)
    lean = {"walk": 4.0, "fast": 10.0}.get(act.kind, 1.0) + breath
    twist = -13 * walk + (26 * math.sin(5.2 * t + 0.6) if act.kind == "fast" else 0.0)
    side = 2.5 * math.sin(0.9 * t) + (9 * math.sin(5.2 * t) if act.kind == "fast" else 0.0)
    chest = child(frames["hips"], turn_y(twist) @ turn_x(lean) @ turn_z(side), (0.0, 0.27, 0.0))
    nod, look, tilt = 2 * math.sin(1.1 * t), 9 * math.sin(0.7 * t), 3 * math.sin(0.8 * t + 1)
    if act.kind == "talk":
        nod, look, tilt = nod + 6 * math.sin(3.1 * t), look + 10 * math.sin(1.7 * t), tilt * 2
    if act.kind == "fast":
        nod, look = nod + 14 * math.sin(5.2 * t), look + 26 * math.sin(5.2 * t + 1)
    frames["chest"] = chest
    frames["neck"] = child(
        chest, turn_y(0.4 * look - 0.5 * twist) @ turn_x(6 + 0.4 * nod - lean), (0.0, 0.275, -0.012)
    )
    frames["head"] = child(
        frames["neck"], turn_y(0.6 * look) @ turn_x(-6 + 0.6 * nod) @ turn_z(tilt), (0, 0.118, 0.02)
    )


def _leg(
    frames: dict[str, np.ndarray],
    base: np.ndarray,
    hips: np.ndarray,
    where: _Ground,
    side: int,
    fast: bool,
    t: float,
) -> None:
    """Place the foot by the gait and bend the knee to reach it."""
    hip = place(hips, (0.083 * side, -0.03, 0.0))
    ahead, lift, tip = _step(where.cycle + (0.5 if side < 0 else 0.0))
    floor = -base[1, 3] / np.linalg.norm(base[:, 1])
    aside = 0.105 + 0.03 * (1 - where.stride)
    jump = 0.05 * max(math.sin(5.2 * t) * side, 0.0) if fast else 0.0
    pitch = tip * where.stride
    heel_up = 0.15 * math.sin(math.radians(max(pitch, 0.0)))
    ankle = place(
        base,
        (
            aside * side,
            floor + ANKLE + lift * where.stride + heel_up + jump,
            ahead * where.stride * 0.36 + 0.03 * side * (1 - where.stride),
        ),
    )
    size = float(np.linalg.norm(base[:, 1]))
    forward = hips[:, 2] / size
    knee = bend(hip, ankle, THIGH * size, SHIN * size, forward + 0.12 * side * hips[:, 0] / size)
    unit = base[:, :3] / size
    for name, joint, start, end in (("thigh", forward, hip, knee), ("shin", forward, knee, ankle)):
        bone = limb(start, end, joint)
        frames[f"{name}{side}"] = frame(bone[:, :3] * size, bone[:, 3])
    foot = unit @ turn_y(9.0 * side) @ turn_x(pitch) * size
    frames[f"foot{side}"] = frame(foot, ankle)


def _step(cycle: float) -> tuple[float, float, float]:
    """Return how far ahead (-1 ... 1), how high, and how tipped (degrees, toe down) a foot is."""
    p = cycle % 1.0
    if p < 0.6:
        q = p / 0.6
        tip = -16 * max(1 - q / 0.2, 0.0) + 32 * max((q - 0.65) / 0.35, 0.0) ** 2
        return 1 - 2 * q, 0.0, tip
    q = (p - 0.6) / 0.4
    ease = q * q * (3 - 2 * q)
    return -1 + 2 * ease, 0.085 * math.sin(math.pi * q), 32 * (1 - q) ** 2 - 16 * q**2


def _arm(
    frames: dict[str, np.ndarray], act: Performance, t: float, where: _Ground, side: int
) -> None:
    """Swing, wave or gesture; angles are forward, outward, elbow, and the forearm's twist."""
    # The left arm goes with the right leg.
    swing = -side * where.stride * math.cos(2 * math.pi * where.cycle)
    forward, out, elbow, twist = 3 + 24 * swing, 9.0, 14 + 10 * swing * (swing > 0), -20.0 * side
    if act.kind in ("idle", "turn"):
        out, elbow = out + 2 * math.sin(1.6 * t), 16 + 4 * math.sin(0.8 * t + side)
    if act.kind == "wave" and side < 0:
        forward, out, elbow = 20.0, 82 + 4 * math.sin(3 * t), 92 + 24 * math.sin(7.5 * t)
        twist = -95.0
    if act.kind == "hold" and side < 0:
        forward, out, elbow, twist = 14 + 4 * math.sin(t), 10.0, 92 + 9 * math.sin(1.3 * t), 14.0
    if act.kind == "talk":
        forward = 16 + 10 * math.sin(2.3 * t + side)
        elbow = 78 + 22 * math.sin(3.1 * t + 1.3 * side)
        twist = side * (-52 + 20 * math.sin(1.9 * t + side))
    if act.kind == "fast":
        forward, out = 40 + 60 * math.sin(5.2 * t + side), 55 + 35 * math.sin(5.2 * t * 1.5)
        elbow = 55 + 40 * math.sin(5.2 * t + 2 * side)
    chest = frames["chest"]
    shrug = 0.02 * max(out - 60, 0) / 30
    upper = turn_z(side * out) @ turn_x(-forward) @ turn_y(twist)
    frames[f"arm{side}"] = child(chest, upper, (0.172 * side, 0.188 + shrug, -0.01))
    frames[f"forearm{side}"] = child(
        frames[f"arm{side}"], turn_x(-elbow) @ turn_y(-20.0 * side), (0.0, -ARM, 0.0)
    )
    flap = 18 * math.sin(7.5 * t + 0.8) if act.kind == "wave" and side < 0 else 6 * math.sin(t)
    frames[f"hand{side}"] = child(
        frames[f"forearm{side}"], turn_z(flap) @ turn_x(-8), (0.0, -FOREARM, 0.0)
    )
