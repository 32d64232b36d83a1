"""The solids of a person in a pose, and how the person looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .performance import ANKLE, ARM, FOREARM, SHIN, SIDES, THIGH, Performance, Pose
from .solids import Solids, round_cones

SKIN, FACE, SHIRT, TROUSERS, SHOE, SOLE, SCALP, EYE, LIP, RIM = range(10)

#: A stand-in for a point: ellipsoids start and end in one place.
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """How a person looks; colours are display codes 0 ... 255.

    ``pattern`` is "plain", "checks", "stripes" or "noise"; ``hair`` is "long", "bob", "curly",
    "short" or "bald"; ``build`` widens the trunk and limbs.
    """

    skin: tuple[int, int, int] = (214, 164, 136)
    shirt: tuple[int, int, int] = (52, 92, 140)
    shirt_accent: tuple[int, int, int] = (214, 206, 190)
    pattern: str = "plain"
    trousers: tuple[int, int, int] = (58, 62, 78)
    shoes: tuple[int, int, int] = (60, 42, 34)
    hair: str = "long"
    hair_colour: tuple[int, int, int] = (74, 46, 28)
    beard: bool = False
    glasses: bool = False
    bottle: bool = False
    skirt: bool = False
    short_sleeves: bool = False
    build: float = 1.0
    height_m: float = 1.75
    seed: int = 0


@dataclass(frozen=True)
class Person:
    """Somebody who does something."""

    look: Look
    act: Performance
    name: str = "one"


class Builder:
    """Collects solids."""

    def __init__(self, pose: Pose) -> None:
        self._frames = pose.frames
        self._rows: list[tuple[object, ...]] = []

    def add(
        self,
        joint: str,
        a: Point,
        b: Point,
        r0: float,
        r1: float,
        material: int,
        squash: tuple[float, float] = (1.0, 1.0),
        blend: float = 0.03,
        dress: str = "",
        is_open: bool = False,
    ) -> None:
        """Add a round cone of a joint's frame; its texture hangs on the frame ``dress``."""
        frames = self._frames[joint], self._frames[dress or joint]
        self._rows.append((*frames, a, b, squash, r0, r1, material, blend, is_open))

    def ball(
        self,
        joint: str,
        at: Point,
        r: float,
        material: int,
        squash: tuple[float, float] = (1.0, 1.0),
        blend: float = 0.012,
    ) -> None:
        """Add an ellipsoid."""
        self.add(joint, at, at, r, r, material, squash, blend)

    def solids(self) -> Solids:
        """Return what was collected."""
        columns = [np.array(column) for column in zip(*self._rows, strict=True)]
        joint, dress, a, b, squash, r0, r1, material, blend, is_open = columns
        to_world, length = round_cones(joint, a.astype(float), b.astype(float), squash)
        return Solids(
            to_world,
            r0,
            r1,
            length,
            material.astype(np.int16),
            dress,
            blend.astype(np.float32),
            is_open,
        )


def body(pose: Pose, look: Look) -> Solids:
    """Return a person's solids; always the same number in the same order for one look."""
    builder = Builder(pose)
    _trunk(builder, look)
    _head(builder, pose, look)
    for side in SIDES:
        _arm(builder, look, side)
        _hand(builder, look, side)
        _leg(builder, look, side)
    return builder.solids()


def _trunk(b: Builder, look: Look) -> None:
    w = look.build
    b.add("chest", (0, 0.06, 0), (0, 0.15, 0), 0.122 * w, 0.13 * w, SHIRT, (1.22, 0.86))
    b.add("chest", (0, -0.17, 0), (0, 0.06, 0), 0.116 * w, 0.12 * w, SHIRT, (1.17, 0.86))
    for side in SIDES:
        b.add(
            "chest", (0, 0.205, -0.01), (0.14 * side, 0.188, -0.01), 0.062, 0.054, SHIRT, blend=0.06
        )
        b.ball("chest", (0.062 * side, 0.11, 0.055 * w), 0.075 * w, SHIRT, (1.0, 0.8), 0.05)
        b.add("chest", (0.11 * side, 0.195, -0.015), (0.03 * side, 0.235, -0.015), 0.045, 0.036,
              SHIRT, blend=0.05)  # fmt: skip
    if look.skirt:
        b.add("hips", (0, 0.08, 0), (0, -0.42, 0.01), 0.122 * w, 0.235, SHIRT, (1.12, 0.92),
              dress="chest", is_open=True)  # fmt: skip
    else:
        b.add("hips", (0, -0.05, 0), (0, 0.12, 0), 0.132 * w, 0.12 * w, SHIRT, (1.2, 0.88),
              dress="chest")  # fmt: skip
    b.add("hips", (0, -0.09, 0), (0, 0.03, 0), 0.115 * w, 0.12 * w, TROUSERS, (1.2, 0.92))
    b.add("neck", (0, -0.045, -0.005), (0, 0.08, 0.015), 0.057, 0.047, SKIN, blend=0.03)
    b.add("chest", (0, 0.2, -0.008), (0, 0.228, -0.004), 0.066, 0.057, SHIRT, blend=0.01)


def _head(b: Builder, pose: Pose, look: Look) -> None:
    b.ball("head", (0, 0.035, -0.012), 0.103, FACE, (0.76, 0.95), 0.04)
    b.add("head", (0, 0.0, 0.02), (0, -0.064, 0.038), 0.073, 0.047, FACE, (0.93, 1.0), 0.05)
    b.ball("head", (0, -0.089, 0.058), 0.024, FACE, (1.2, 0.95), 0.05)
    b.add("head", (-0.036, 0.027, 0.068), (0.036, 0.027, 0.068), 0.02, 0.02, FACE, blend=0.03)
    b.add("head", (0, 0.016, 0.086), (0, -0.026, 0.106), 0.008, 0.0125, FACE, (0.95, 1.0), 0.012)
    mouth = 0.014 * pose.mouth
    b.ball("head", (0, -0.0545, 0.0805), 0.0068, LIP, (2.9, 1.3), 0.004)
    b.ball("head", (0, -0.0645 - mouth, 0.0785), 0.0072, LIP, (2.5, 1.3), 0.004)
    for side in SIDES:
        b.ball("head", (0.033 * side, -0.022, 0.05), 0.034, FACE, (1.0, 0.95), 0.05)
        b.ball("head", (0.038 * side, -0.056, 0.018), 0.032, FACE, (0.8, 1.1), 0.05)
        b.ball("head", (0.0105 * side, -0.031, 0.096), 0.0085, FACE, (0.9, 1.1), 0.01)
        b.ball("head", (0.079 * side, -0.004, -0.008), 0.031, FACE, (0.32, 0.6), 0.01)
        b.ball("head", (0.0315 * side, 0.0045, 0.0745), 0.0145, EYE, (1.08, 0.95), 0.0)
        if look.glasses:
            _glasses(b, side)
    if look.hair != "bald":
        b.ball("head", (0, 0.047, -0.022), 0.104, SCALP, (0.81, 0.95), 0.0)


def _glasses(b: Builder, side: int) -> None:
    """Add half a pair of glasses: a round rim of short bars, a bridge and a temple."""
    turns = np.linspace(0, 2 * np.pi, 9)
    xs, ys = 0.0335 * side + 0.026 * np.cos(turns), 0.004 + 0.022 * np.sin(turns)
    for k in range(8):
        b.add("head", (xs[k], ys[k], 0.101), (xs[k + 1], ys[k + 1], 0.101), 0.0022, 0.0022, RIM,
              blend=0.0)  # fmt: skip
    b.add("head", (0, 0.01, 0.106), (0.009 * side, 0.007, 0.102), 0.0018, 0.0018, RIM, blend=0.0)
    b.add("head", (0.06 * side, 0.01, 0.1), (0.081 * side, 0.012, -0.01), 0.0022, 0.0022, RIM,
          blend=0.0)  # fmt: skip


def _arm(b: Builder, look: Look, side: int) -> None:
    w = look.build
    arm, fore = f"arm{side}", f"forearm{side}"
    snug = 0.93 if look.short_sleeves else 1.0
    b.add(arm, (0, 0.0, 0), (0, -0.13, 0), 0.055 * w * snug, 0.053 * w * snug, SHIRT, blend=0.06)
    sleeve = SKIN if look.short_sleeves else SHIRT
    slim = 0.82 if look.short_sleeves else 1.0
    b.add(arm, (0, -0.1, 0), (0, -ARM, 0), 0.053 * w * slim, 0.043 * slim, sleeve)
    b.add(fore, (0, 0, 0), (0, -0.09, 0.004), 0.043 * slim, 0.044 * slim, sleeve)
    b.add(fore, (0, -0.09, 0.004), (0, -0.225, 0), 0.044 * slim, 0.032 * slim, sleeve)
    b.add(fore, (0, -0.18, 0), (0, -FOREARM - 0.01, 0), 0.026, 0.025, SKIN, (1.0, 0.85))


def _hand(b: Builder, look: Look, side: int) -> None:
    """Add a palm, a thumb and four fingers of two bones, a little curled."""
    hand = f"hand{side}"
    b.add(hand, (0, -0.015, 0), (0, -0.075, 0.002), 0.027, 0.035, SKIN, (0.55, 1.0), 0.02)
    grip = 2.2 if look.bottle and side < 0 else 1.0
    for k in range(4):
        z = 0.028 - 0.0185 * k
        long = (0.036, 0.04, 0.038, 0.029)[k]
        curl = -side * 0.012 * grip * (1 + 0.2 * k)
        knuckle = (0.0, -0.092, z)
        joint = (0.5 * curl, -0.092 - long, z * 1.05)
        tip = (1.6 * curl, -0.092 - long * (1.85 - 0.25 * (grip - 1)), z * 1.02)
        b.add(hand, knuckle, joint, 0.0105, 0.0095, SKIN, blend=0.01)
        b.add(hand, joint, tip, 0.0095, 0.0078, SKIN, blend=0.008)
    b.add(hand, (0, -0.03, 0.02), (-side * 0.012, -0.068, 0.047), 0.015, 0.012, SKIN, blend=0.012)
    b.add(hand, (-side * 0.012, -0.068, 0.047), (-side * 0.018, -0.1, 0.05), 0.0115, 0.009, SKIN,
          blend=0.01)  # fmt: skip


def _leg(b: Builder, look: Look, side: int) -> None:
    w = look.build
    thigh, shin, foot = f"thigh{side}", f"shin{side}", f"foot{side}"
    cloth = SKIN if look.skirt else TROUSERS
    slim = 0.8 if look.skirt else 1.0
    b.add(thigh, (0, 0.02, 0), (0, -THIGH, 0), 0.087 * w * slim, 0.062 * slim, cloth)
    b.add(shin, (0, 0, 0), (0, -0.13, -0.012), 0.061 * slim, 0.061 * slim, cloth)
    low = 0.034 if look.skirt else 0.054
    b.add(shin, (0, -0.13, -0.012), (0, -SHIN + 0.055, 0), 0.061 * slim, low, cloth)
    b.add(shin, (0, -SHIN + 0.1, 0), (0, -SHIN, 0), 0.036, 0.037, SKIN if look.skirt else SHOE)
    b.add(foot, (0, -0.035, -0.035), (0, -0.048, 0.09), 0.041, 0.034, SHOE, (0.95, 1.0), 0.02)
    b.add(foot, (0, -0.05, 0.06), (0, -0.056, 0.12), 0.034, 0.027, SHOE, (1.2, 0.9), 0.02)
    b.add(foot, (0, 0.012 - ANKLE, -0.04), (0, 0.012 - ANKLE, 0.125), 0.041, 0.04, SOLE,
          (1.0, 0.3), 0.0)  # fmt: skip
