"""Camera, light and subject against the truth."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..metrics.camera_error import camera_error
from ..metrics.light_error import azimuth_error_deg, direction_error_deg, temperature_error
from ..pipeline import Made, pictures
from ..rivals import CAMERAS
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .motion import steps

Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("camera/step", "px at 1080p", goal=0.10),
    Measure("camera/worst step", "px at 1080p"),
    Measure("camera/drift", "px at 1080p"),
    Measure("camera/step, dolly", "px at 1080p"),
    Measure("camera/kind right", higher=True, goal=0.95),
    Measure("light/direction", "deg", goal=20.0),
    Measure("light/azimuth", "deg", goal=8.0),
    Measure("light/kelvin", goal=0.08),
    Measure("subject/box IoU", higher=True, goal=0.85),
)
#: What a solved camera may be called for each motion of the studio's.
KINDS = {
    "locked": ("static",),
    "pan": ("pan",),
    "tilt": ("tilt",),
    "roll": ("roll",),
    "zoom": ("zoom",),
    "handheld": ("handheld",),
}
#: Fixed guesses of somebody who does not look: daylight, from the camera.
FRONTAL = (0.0, 0.0, 1.0)
DAYLIGHT_K = 5500.0
#: Light that comes nearer to the camera's axis than this sine has no azimuth.
SIDEWAYS = 0.3


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures of a studio case."""
    if not truth.cuts and "screen" not in truth.tags:
        _camera(result, truth, made)
    _light(result, truth, made)
    _boxes(result, truth, made)


def _camera(result: CaseResult, truth: Truth, made: Made) -> None:
    moves = truth.facts["camera_moves"]
    to_first = np.array([frame["far_to_first"] for frame in truth.per_frame])
    wanted = steps(to_first)
    ours = steps(np.array([made.camera.matrix(at) for at in range(truth.count)]))
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
            result.add("camera/step, dolly", who, error.median_px)
            continue
        result.add("camera/step", who, error.median_px)
        result.add("camera/worst step", who, float(np.percentile(error.steps_px, 95)))
        result.add("camera/drift", who, error.largest_drift_px)
    result.curves["camera error, px at 1080p"] = graph
    if len(moves) == 1 and moves[0] in KINDS:
        result.add("camera/kind right", OURS, float(made.camera.kind in KINDS[moves[0]]))


def _light(result: CaseResult, truth: Truth, made: Made) -> None:
    """Compare the clip's light with the middle frame's: lights that change are left out."""
    if "light" in truth.tags or truth.cuts:
        return
    wanted = truth.per_frame[truth.count // 2]["light"]
    for who, direction in ((OURS, made.lighting.direction), ("frontal guess", FRONTAL)):
        result.add("light/direction", who, direction_error_deg(direction, wanted["direction"]))
    if np.hypot(*wanted["direction"][:2]) > SIDEWAYS:
        azimuths = (_azimuth_deg(of) for of in (made.lighting.direction, wanted["direction"]))
        result.add("light/azimuth", OURS, azimuth_error_deg(*azimuths))
    result.add(
        "light/kelvin", OURS, temperature_error(made.lighting.temperature_k, wanted["kelvin"])
    )
    result.add("light/kelvin", "daylight guess", temperature_error(DAYLIGHT_K, wanted["kelvin"]))


def _azimuth_deg(direction: Any) -> float:
    """Return the direction in the picture's plane: 0 right, 90 up."""
    return float(np.degrees(np.arctan2(direction[1], direction[0])))


def _boxes(result: CaseResult, truth: Truth, made: Made) -> None:
    shares = []
    for found, frame in zip(made.tracking.boxes, truth.per_frame, strict=True):
        boxes = [person["box"] for person in frame["people"] if person["box"] is not None]
        if not boxes:
            if found is not None:
                shares.append(0.0)
            continue
        low, high = np.array(boxes)[:, :2].min(0), np.array(boxes)[:, 2:].max(0)
        shares.append(0.0 if found is None else _iou(found, (*low, *high)))
    if shares:
        result.add("subject/box IoU", OURS, float(np.mean(shares)))


def _iou(pixels: Any, edges: Any) -> float:
    """Return the overlap of a box of outermost pixels with one of edges."""
    x0, y0, x1, y1 = pixels[0], pixels[1], pixels[2] + 1, pixels[3] + 1
    wide = min(x1, edges[2]) - max(x0, edges[0])
    high = min(y1, edges[3]) - max(y0, edges[1])
    both = max(wide, 0.0) * max(high, 0.0)
    area = (x1 - x0) * (y1 - y0) + (edges[2] - edges[0]) * (edges[3] - edges[1])
    return float(both / (area - both))
