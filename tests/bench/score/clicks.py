"""Whether Segment Subject knows where it is wrong, and what an artist's clicks there mend.

The artist is played by the truth: he goes to the least sure place, says which side it is on where
the matte is wrong there, passes on to the next where it is right, and runs the node again.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..pipeline import Made, context, pictures
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .prompt import as_text, prompt_box

Array = np.ndarray[Any, Any]

CONFIDENCE, BEFORE, AFTER = (
    "matting/confidence rank correlation",
    "matting/MAD before clicks",
    "matting/MAD after three clicks",
)
MEASURES = (
    Measure(CONFIDENCE, higher=True),
    Measure(BEFORE, "x1e3"),
    Measure(AFTER, "x1e3"),
)
#: Each click costs a run of the node: these cases, in which a box leaves much to mend.
CASES, CLICKS = ("two_cross", "turn_head", "walk_pan", "shallow_focus"), 3
TIME = "time since the prompt"


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add how confidence ranks the frames by their error and, in a few cases, what clicks mend."""
    matte, told = made.outputs["Segment Subject"][:2]
    every = list(range(truth.count))
    true_alpha = truth.alpha(0, truth.count)
    found = pictures(matte.alpha, every)
    error = np.abs(found - true_alpha).mean((1, 2)) * 1e3
    sure = json.loads(told)
    result.add(CONFIDENCE, OURS, rank_correlation(-np.array(sure["frames"]), error))
    result.add(CONFIDENCE, TIME, rank_correlation(np.arange(len(error)), error))
    if result.name in CASES and matte.method == "segment":
        result.add(BEFORE, OURS, float(error.mean()))
        box = as_text(prompt_box(truth))
        result.add(AFTER, OURS, _after_clicks(made.source, box, true_alpha, found, sure))


def _after_clicks(source: Any, box: str, truth: Array, found: Array, sure: dict[str, Any]) -> float:
    """Return the error after the clicks of an artist who corrects where the matte is unsure."""
    from backlot.engine.matting.frame_confidence import frame_confidence
    from backlot.engine.matting.segment import segment_subject

    points: list[str] = []
    for _ in range(CLICKS):
        point = next_click(sure["least_sure"], found, truth, points)
        if point is None:
            break
        points.append(point)
        matte = segment_subject(
            source, context(), box=box, points=" ".join(points), method="segment"
        )
        found = pictures(matte.alpha, list(range(len(truth))))
        sure = frame_confidence(source, matte, context()).to_json()
    return float(np.abs(found - truth).mean() * 1e3)


def next_click(
    places: list[dict[str, Any]], found: Array, truth: Array, before: list[str]
) -> str | None:
    """Return the first of ``places`` that is wrong, with its sign; None where none is."""
    for place in places:
        at = place["frame"], place["y"], place["x"]
        point = ("" if truth[at] > 0.5 else "-") + place["point"]
        if abs(found[at] - truth[at]) > 0.5 and point not in before:
            return point
    return None


def rank_correlation(one: Array, other: Array) -> float:
    """Return Spearman's coefficient; equal values share their mean rank, and constants have none.

    Args:
        one: (N,).
        other: (N,).
    """
    ranks = [_ranks(np.round(values, 6)) for values in (one, other)]
    if any(values.std() == 0 for values in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def _ranks(values: Array) -> Array:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse])
