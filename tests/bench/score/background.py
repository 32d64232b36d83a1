"""How the plate moves, and what is delivered: length, sound, flicker."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.camera_error import camera_error
from ..metrics.lengths import length_errors
from ..pipeline import Made
from ..rivals.ken_burns import ken_burns_steps
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .motion import steps

Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("background/plate step", "px at 1080p", goal=0.25),
    Measure("delivery/frames off", goal=0.0),
    Measure("delivery/sound off", "samples", goal=0.0),
    Measure("delivery/time", "s a clip second"),
    Measure("delivery/own quality score", higher=True),
)


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures of a studio case."""
    if not truth.cuts and "screen" not in truth.tags and "dolly" not in truth.tags:
        _plate(result, truth, made)
    score_delivery(result, made)


def score_delivery(result: CaseResult, made: Made) -> None:
    """Add what every finished file can be asked."""
    off = length_errors(made.video, made.source.info.path)
    result.add("delivery/frames off", OURS, abs(off.frames))
    if made.source.audio:
        result.add("delivery/sound off", OURS, abs(off.samples))
    result.add("delivery/time", OURS, made.seconds / float(made.source.format.duration_s))
    result.add("delivery/own quality score", OURS, made.report.overall)


def _plate(result: CaseResult, truth: Truth, made: Made) -> None:
    views = made.plate.fit.views
    looks = np.array([views[0 if len(views) == 1 else at] for at in range(truth.count)])
    to_first = np.array([frame["far_to_first"] for frame in truth.per_frame])
    wanted = steps(to_first)
    still = np.stack([np.eye(3)] * (truth.count - 1))
    moves = {
        OURS: steps(looks),
        "frozen still": still,
        "Ken Burns": ken_burns_steps(truth.size, truth.count, truth.size),
    }
    for who, found in moves.items():
        result.add("background/plate step", who, camera_error(found, wanted, truth.size).median_px)
