"""The composite against the true answer: the whole pipeline's, and this stage's by itself.

Both are laid over the true answer's plate, so that what is judged is the subject, its edge, its
light and its shadow, and not which part of a still a moving camera was given. How well the plate
follows the camera is measured apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from ..metrics.ciede2000 import ciede2000
from ..metrics.composite_error import composite_error
from ..metrics.lab import to_lab
from ..metrics.shadow_error import balanced_error
from ..pipeline import Made, clip_of, pictures, recompute
from ..rivals import COMPOSITES
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from . import colour_fit, edge, fringe, steady, texture
from .layers import opened, video
from .places import layer, middles

Array = np.ndarray[Any, Any]

REGIONS = ("frame", "subject", "edge", "shadow")
#: In no case may a region be further from the truth than this, times plain over.
NEVER_WORSE = 1.05
MEASURES = (
    *(
        Measure(f"{stage}/{region} CIEDE2000", goal=goal, rival="plain over")
        for stage, goal in (("answer", 0.5), ("answer, true layers", 1 / 3))
        for region in REGIONS
    ),
    *(
        measure
        for stage in ("answer", "answer, true layers")
        for measure in (
            Measure(f"{stage}/frame PSNR", "dB", higher=True),
            Measure(f"{stage}/frame SSIM", higher=True),
            Measure(f"{stage}/shadow BER", goal=0.2),
            *(
                Measure(f"{stage}/worst {region} over plain over", goal=NEVER_WORSE, worst=True)
                for region in REGIONS[1:]
            ),
        )
    ),
    *fringe.MEASURES,
    *edge.MEASURES,
    *steady.MEASURES,
    *texture.MEASURES,
    *colour_fit.MEASURES,
)
#: Alpha from which on a pixel is subject, and the band's reach, px at 540 lines.
SUBJECT, BAND_PX = 0.97, 3
#: Light a shadow takes at least.
SHADE = 0.04


Outputs = dict[str, tuple[Any, ...]]


def score(result: CaseResult, truth: Truth, made: Made) -> dict[str, Array]:
    """Add all figures; return the composites of the whole pipeline by who made them."""
    plate = (video(opened(truth, "answer_plate")),)
    given = {**made.outputs, "Animate Plate": plate}
    given["Match Texture"] = plate
    for title in ("Match Color", "Relight Subject", "Cast Shadow", "Composite"):
        del given[title]
    shown = _score_layers(result, "answer", truth, given)
    true = {**given, **_true_layers(truth, made)}
    both = shown, _score_layers(result, "answer, true layers", truth, true)
    for outputs, found, *stages in zip(
        (given, true), both, edge.STAGES, steady.STAGES, strict=True
    ):
        _score_edge(result, stages[0], truth, outputs, found[OURS])
        steady.score(result, stages[1], truth, outputs)
    _score_fringe(result, truth, given, shown[OURS])
    texture.score(result, truth, made)
    colour_fit.score(result, truth, made)
    return shown


def _score_edge(result: CaseResult, stage: str, truth: Truth, given: Outputs, ours: Array) -> None:
    places = middles(truth.count, truth.cuts)
    ((_, mask, *_),) = recompute(given, "Composite")
    source = pictures(clip_of(given["Load Clip"][0]), places)
    edge.score(result, stage, truth, places, (ours, source, pictures(mask.alpha, places)))


def _score_fringe(result: CaseResult, truth: Truth, given: Outputs, ours: Array) -> None:
    places = middles(truth.count, truth.cuts)
    if not fringe.shows_fringe(truth, places):
        return
    source, refined = pictures(clip_of(given["Load Clip"][0]), places), given["Refine Matte"][0]
    fringe.score_answer(result, truth, places, ours, source, pictures(refined.alpha, places))
    true = replace(refined, alpha=opened(truth, "alpha", matte=True))
    asked = {title: made for title, made in given.items() if title != "Foreground Colour"}
    ((colour, *_),) = recompute({**asked, "Refine Matte": (true,)}, "Foreground Colour")
    fringe.score_own_light(result, truth, places, colour, source)


def _true_layers(truth: Truth, made: Made) -> Outputs:
    """Return what a perfect cut and perfect eyes for light would have given this stage."""
    from backlot.engine.matting.matte import Matte

    middle = truth.per_frame[truth.count // 2]
    lit = [
        _truly_lit(made.lighting, middle["light"]),
        _truly_lit(made.plate_lighting, truth.per_frame[0]["answer_light"]),
    ]
    camera, _, *rest = made.outputs["Analyze Clip"]
    return {
        "Refine Matte": (Matte(opened(truth, "alpha", matte=True), method="truth"),),
        "Foreground Colour": (video(opened(truth, "foreground")),),
        "Analyze Clip": (camera, lit[0], *rest),
        "Background Light": (lit[1],),
    }


def _truly_lit(found: Any, true: Any) -> Any:
    """Return a light that was found with the true direction and colour."""
    way = tuple(true["direction"])
    known: dict[str, Any] = {"direction": way, "direction_sigma_deg": 0.0}
    curve = tuple(one._replace(**known) for one in found.curve)
    return replace(found, **known, temperature_k=true["kelvin"], temperature_confidence=1.0,
                   curve=curve)  # fmt: skip


def _score_layers(result: CaseResult, stage: str, truth: Truth, given: Outputs) -> dict[str, Array]:
    places = middles(truth.count, truth.cuts)
    answer = layer(truth.answer, places)
    regions = _regions(truth, places)
    (comp, *_), (shadow, *_) = recompute(given, "Composite", "Cast Shadow")
    plain = (
        clip_of(given["Foreground Colour"][0]),
        given["Refine Matte"][0].alpha,
        clip_of(given["Animate Plate"][0]),
    )
    layered = list(zip(*(pictures(clip, places) for clip in plain), strict=True))
    found = {
        OURS: pictures(clip_of(comp), places),
        **{
            who: _rounded(np.stack([composite(*one) for one in layered]))
            for who, composite in COMPOSITES.items()
        },
    }
    for who, frames in found.items():
        whole = composite_error(frames, answer)
        result.add(f"{stage}/frame PSNR", who, whole.psnr_db)
        result.add(f"{stage}/frame SSIM", who, whole.ssim)
        result.add(f"{stage}/frame CIEDE2000", who, whole.ciede2000)
        for name, where in regions.items():
            if where.sum() > 50 * len(places):
                result.add(f"{stage}/{name} CIEDE2000", who, _colour_error(frames, answer, where))
    for name in REGIONS[1:]:
        figures = result.figures.get(f"{stage}/{name} CIEDE2000", {})
        if figures.get("plain over"):
            ratio = figures[OURS] / figures["plain over"]
            result.add(f"{stage}/worst {name} over plain over", OURS, ratio)
    _score_shadow(result, stage, truth, places, pictures(shadow.alpha, places))
    return found


def _rounded(frames: Array) -> Array:
    """Return what 8 bits hold, as ours is: over a whole frame rounding is not nothing."""
    return np.asarray(np.rint(frames * 255.0) / 255.0, np.float32)


def _colour_error(frames: Array, answer: Array, where: Array) -> float:
    """Return the mean CIEDE2000 of a region, the pixels of all frames pooled."""
    labs = (to_lab(clip[where], np.float32) for clip in (frames, answer))
    return float(ciede2000(*labs).mean(dtype=np.float64))


def _regions(truth: Truth, places: list[int]) -> dict[str, Array]:
    alpha, shadow = layer(truth.alpha, places), layer(truth.answer_shadow, places)
    reach = max(1, round(BAND_PX * truth.size[1] / 540))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    soft = ((alpha > 0.02) & (alpha < 0.98)).astype(np.uint8)
    band = np.stack([cv2.dilate(one, disc) for one in soft]) > 0
    return {
        "subject": (alpha > SUBJECT) & ~band,
        "edge": band,
        "shadow": (shadow < 1 - SHADE) & (alpha < 0.02) & ~band,
    }


def _score_shadow(
    result: CaseResult, stage: str, truth: Truth, places: list[int], density: Array
) -> None:
    alpha, shadow = layer(truth.alpha, places), layer(truth.answer_shadow, places)
    ground = alpha < 0.02
    wanted = shadow < 1 - SHADE
    if (wanted & ground).sum() > 50 * len(places):
        error = balanced_error(density > SHADE, wanted, ground)
        result.add(f"{stage}/shadow BER", OURS, error)
