"""Depth without a network against the truth, beside guesses of somebody who does not look."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..metrics.depth_order import depth_order
from ..pipeline import Made, context
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .places import middles

Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("depth/order, travelling", "share of pairs", higher=True, goal=0.85),
    Measure("depth/order, at rest", "share of pairs", higher=True),
    Measure("depth/horizon", "share of the height, median", median=True),
    Measure("depth/pumping", "share of the range"),
)
#: What is nearer than this counts as far, in 1 / metres: the sky.
_FARTHEST = 1e-3
#: Maps are compared at this part of the clip's size.
_PART = 2
_TOP = 65535.0


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Compare the map that parallax and ground give; cases with a cut are asked shot by shot."""
    from backlot.engine.analysis.depth.estimate import estimate_depth

    found = estimate_depth(
        made.source, context(), matte=made.alpha, camera=made.camera, method="parallax"
    )
    moves = set(truth.facts["camera_moves"])
    name = "travelling" if moves & {"dolly", "handheld"} else "at rest"
    rows = np.mgrid[: truth.size[1] : _PART, : truth.size[0] : _PART][0].astype(np.float64)
    orders: dict[str, list[float]] = {}
    for at in middles(truth.count, truth.cuts):
        depth = 1.0 / np.maximum(_smaller(truth.nearness(at, at + 1)[0]), _FARTHEST)
        ours = -_smaller(found.nearness.frame(at)).astype(np.float64)
        guesses = {OURS: ours, "lower is nearer": -rows, "all alike": np.zeros_like(rows)}
        for who, guess in guesses.items():
            orders.setdefault(who, []).append(depth_order(guess, depth, seed=at))
    for who, shares in orders.items():
        result.add(f"depth/order, {name}", who, float(np.mean(shares)))
    off = [
        abs(found.info.horizons[at].y_px - _true_horizon_px(truth, at)) / truth.size[1]
        for at in range(truth.count)
    ]
    result.add("depth/horizon", OURS, float(np.mean(off)))
    usual = [abs(0.5 - _true_horizon_px(truth, at) / truth.size[1]) for at in range(truth.count)]
    result.add("depth/horizon", "the middle", float(np.mean(usual)))
    if moves == {"locked"} and not truth.cuts:
        result.add("depth/pumping", OURS, _pumping(found, truth))


def _smaller(plane: Array) -> Array:
    return plane[::_PART, ::_PART]


def _true_horizon_px(truth: Truth, at: int) -> float:
    """Return where level directions vanish in the picture's middle column."""
    camera = truth.per_frame[at]["camera"]
    # From the world's axes to (x, -y, -z) of the camera, as its intrinsics take them.
    up = np.array(camera["world_to_camera"])[:, 1] * [1.0, -1.0, -1.0]
    line = np.linalg.inv(np.array(camera["intrinsics"])).T @ up
    return float(-(line[0] * (truth.size[0] - 1) / 2 + line[2]) / line[1])


def _pumping(found: Any, truth: Truth) -> float:
    """Return how much the depth of what rests strays over time, of the whole range."""
    people = np.stack([_smaller(alpha) for alpha in truth.alpha()]).max(axis=0) > 0.0
    rests = cv2.dilate(people.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    frames = [_smaller(found.nearness.frame(at))[rests] for at in range(0, truth.count, 3)]
    return float(np.std(np.stack(frames).astype(np.float64) / _TOP, axis=0).mean())
