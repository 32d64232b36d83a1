"""How the plate moves."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.camera_error import camera_error
from ..pipeline import Made
from ..rivals.ken_burns import ken_burns_steps
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .motion import steps

Array = np.ndarray[Any, Any]

MEASURES = (Measure("background/plate step", "px at 1080p", goal=0.25),)


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures of a studio case."""
    if not truth.cuts and "screen" not in truth.tags and "dolly" not in truth.tags:
        _plate(result, truth, made)


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
