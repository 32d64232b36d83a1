"""Whether compositing makes the picture flicker: tiles' brightness along the true motion.

On the subject along its own motion, against the source; on the ground where the camera stands
still, against the true answer, whose light may change. Of each step the flicker without it is told.
A subject that is made brighter flickers by more codes and looks the same: so it is told as a share
of its brightness too.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from ..metrics.arrays import erode, luma_codes
from ..metrics.tile_flicker import tile_flicker
from ..pipeline import clip_of, pictures, recompute
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .motion import back_motion
from .places import row

Array = np.ndarray[Any, Any]
Outputs = Mapping[str, tuple[Any, ...]]

SOURCE, ANSWER = "source", "true answer"
STAGES = ("steadiness", "steadiness, true layers")
MEASURES = tuple(
    measure
    for stage in STAGES
    for measure in (
        Measure(f"{stage}/subject flicker", "codes", goal=1.1, rival=SOURCE),
        Measure(f"{stage}/worst subject flicker over source", goal=1.1, worst=True),
        Measure(f"{stage}/subject flicker of its brightness", "%", goal=1.1, rival=SOURCE),
        Measure(f"{stage}/ground flicker", "codes"),
        Measure(f"{stage}/worst ground flicker over answer", goal=1.1, worst=True),
    )
)
#: Frames in a row that are looked at.
FRAMES = 12
#: From this alpha on a pixel is subject, below that it is ground; and the distance to its edge, px.
SUBJECT, GROUND, FROM_EDGE_PX = 0.98, 0.02, 4
#: With less of it, share of the picture, a subject is not judged.
LEAST = 0.004
#: Flicker of less is none, codes.
NONE = 0.05


def score(result: CaseResult, stage: str, truth: Truth, given: Outputs) -> None:
    """Add all figures of one of STAGES; ``given`` is laid over the true answer's plate."""
    places = row(truth.count, truth.cuts, FRAMES)
    if len(places) < 3:
        return
    first, stop = places[0], places[-1] + 1
    alpha = truth.alpha(first, stop)
    ways = {OURS: given, **_without(given)}
    shown = {who: _composite(outputs, places) for who, outputs in ways.items()}
    flow, agree = back_motion(truth.motion(first, stop - 1))
    subject = [erode(one > SUBJECT, FROM_EDGE_PX) for one in alpha]
    source = pictures(clip_of(given["Load Clip"][0]), places)
    where = agree & _both(subject)
    _add(result, stage, "subject", SOURCE, {**shown, SOURCE: source}, flow, where)
    for who, flicker in result.figures.get(f"{stage}/subject flicker", {}).items():
        bright = luma_codes({**shown, SOURCE: source}[who][1:][where]).mean()
        result.add(f"{stage}/subject flicker of its brightness", who, 100 * flicker / bright)
    if truth.facts["camera_moves"] == ["locked"]:
        answer = truth.answer(first, stop)
        ground = [erode(one < GROUND, FROM_EDGE_PX) for one in alpha]
        _add(result, stage, "ground", ANSWER, {**shown, ANSWER: answer}, 0 * flow, _both(ground))


def _add(
    result: CaseResult,
    stage: str,
    what: str,
    rival: str,
    shown: dict[str, Array],
    flow: Array,
    where: Array,
) -> None:
    if where.mean() < LEAST:
        return
    found = {who: tile_flicker(frames, flow, where).overall for who, frames in shown.items()}
    for who, flicker in found.items():
        result.add(f"{stage}/{what} flicker", who, flicker)
    over = found[OURS] / max(found[rival], NONE)
    name = rival.removeprefix("true ")
    result.add(f"{stage}/worst {what} flicker over {name}", OURS, over)


def _without(given: Outputs) -> dict[str, Outputs]:
    """Return what is given to the composite when a step is left out, by who that is."""
    from backlot.engine.compositing.edges import nothing
    from backlot.engine.matting.matte import Matte

    (matched,) = recompute(given, "Match Color")
    none = (Matte(nothing(given["Refine Matte"][0].alpha), method="none"),)
    return {
        "no relighting": {**given, "Match Color": matched, "Relight Subject": (matched[0],)},
        "no colour match": {**given, "Match Color": given["Foreground Colour"]},
        "no shadow": {**given, "Cast Shadow": none},
    }


def _composite(given: Outputs, places: list[int]) -> Array:
    ((comp, *_),) = recompute(given, "Composite")
    return pictures(clip_of(comp), places)


def _both(parts: list[Array]) -> Array:
    return np.stack([one & other for one, other in pairwise(parts)])
