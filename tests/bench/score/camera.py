"""The solved camera against the true one, beside feature matchers."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..metrics.camera_error import camera_error
from ..pipeline import Made, pictures
from ..rivals import CAMERAS
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .motion import steps

Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("camera/step", "px at 1080p, median", goal=0.10, median=True),
    Measure("camera/worst step", "px at 1080p, median", goal=0.4, median=True),
    Measure("camera/drift", "px at 1080p"),
    Measure("camera/far step, dolly", "px at 1080p"),
    Measure("camera/step, locked", "px at 1080p", goal=0.02),
    Measure("camera/kind right", higher=True, goal=0.95),
)
#: What a solved camera may be called for each motion of the studio's.
KINDS = {
    "locked": ("static",),
    "pan": ("pan",),
    "tilt": ("tilt",),
    "roll": ("roll",),
    "zoom": ("zoom",),
    "handheld": ("handheld",),
    "dolly": ("truck", "dolly in"),
    "pan dolly handheld": ("handheld", "mixed", "truck"),
}

#: Change of brightness, 0 ... 1, over two pixels that can be tracked.
TEXTURE = 0.08


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures of a studio case."""
    if truth.cuts or "screen" in truth.tags:
        return
    moves = truth.facts["camera_moves"]
    to_first = np.array([frame["far_to_first"] for frame in truth.per_frame])
    wanted = steps(to_first)
    ours = steps(np.array([made.camera.matrix(at) for at in range(truth.count)]))
    result.add("camera/kind right", OURS, float(made.camera.kind in KINDS[" ".join(moves)]))
    if moves == ["locked"]:
        # Of a camera at rest the others would only show their noise.
        error = camera_error(ours, wanted, truth.size)
        result.add("camera/step, locked", OURS, error.median_px)
        return
    frames = (made.source.frame(at)[..., :3] for at in range(truth.count))
    greys = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])
    # The rivals leave the same subject out as our own solver does.
    subject = pictures(made.outputs["Segment Subject"][0].alpha, list(range(truth.count))) > 0.1
    mask = subject.astype(np.uint8)
    solved = {OURS: ours, **{who: of(greys, mask) for who, of in CAMERAS.items()}}
    graph = {}
    for who, found in solved.items():
        error = camera_error(found, wanted, truth.size)
        graph[who] = error.steps_px.tolist()
        if "dolly" in moves:
            result.add("camera/far step, dolly", who, _far_error_px(truth, found))
            continue
        result.add("camera/step", who, error.median_px)
        result.add("camera/worst step", who, float(np.percentile(error.steps_px, 95)))
        result.add("camera/drift", who, error.largest_drift_px)
    result.curves["camera error, px at 1080p"] = graph


def _far_error_px(truth: Truth, found: Array) -> float:
    """Return the median error of (T - 1, 3, 3) steps, px at 1080 lines, at what is far.

    Far is the farthest tenth of the plate's pixels that have texture: of a plain sky no motion can
    be seen.
    """
    errors = []
    for at, matrix in enumerate(found):
        grey = cv2.cvtColor(truth.plate(at, at + 1)[0], cv2.COLOR_RGB2GRAY)
        detail = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
        nearness = truth.plate_nearness(at, at + 1)[0]
        textured = detail > TEXTURE
        if textured.sum() < 1000:
            continue
        far = textured & (nearness <= np.quantile(nearness[textured], 0.1))
        rows, columns = np.nonzero(far)
        here = np.stack([columns, rows], axis=1).astype(np.float64)
        there = here + truth.plate_motion(at, at + 1)[0][far]
        moved = cv2.perspectiveTransform(here[None], matrix)[0]
        errors.append(float(np.linalg.norm(moved - there, axis=1).mean()))
    return float(np.median(errors)) * 1080 / truth.size[1]
