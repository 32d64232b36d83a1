"""Mattes and foreground colour against the truth, beside what an artist would use today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..metrics.alpha_stability import alpha_stability
from ..metrics.conn import conn
from ..metrics.dtssd import dtssd
from ..metrics.foreground_error import foreground_error
from ..metrics.grad import grad_hr
from ..metrics.hair import hair
from ..metrics.mad import mad
from ..metrics.mse import mse
from ..metrics.overlap import boundary_f, region_j
from ..metrics.sad_unknown import mse_unknown, sad_unknown
from ..pipeline import Made, pictures
from ..rivals import MATTES, foreground_ml, plain_despill
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from . import clicks
from .motion import back_motion
from .places import layer, runs
from .prompt import prompt_box

Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("matting/MAD", "x1e3"),
    Measure("matting/MSE", "x1e3"),
    Measure("matting/Grad", "/1000"),
    Measure("matting/Conn", "/1000"),
    Measure("matting/dtSSD", "x1e2"),
    Measure("matting/SAD unknown", "/1000"),
    Measure("matting/MSE unknown", "x1e3"),
    Measure("matting/hair recall", higher=True),
    Measure("matting/strand precision", higher=True),
    Measure("matting/stability", "x1e2"),
    Measure("matting/outline jitter", "px"),
    Measure("matting/foreground colour", "x1e3"),
)
#: Rivals that cost seconds a frame are asked for this many frames; the others for this many runs.
FEW, RUNS = {"closed form": 2, "KNN": 1}, 2
Figures = Callable[[Array, Array], Iterator[tuple[str, float]]]
Box = tuple[int, int, int, int]
Rival = Callable[[Array, Box, Array], Array | None]


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures of a studio case."""
    for name, figures in _by_run(truth, made):
        for who, values in figures.items():
            result.add(f"matting/{name}", who, float(np.mean(values)))
    score_rivals(
        result,
        made,
        lambda places: layer(truth.alpha, places),
        runs(truth.count, truth.cuts),
        lambda at: prompt_box(truth, at),
        slow="hair" in truth.tags,
    )
    _score_colour_rivals(result, truth, made)
    _score_stabilized(result, truth, made)
    every = range(0, truth.count, 2)
    found = pictures(made.alpha, list(every))
    error = np.abs(found - layer(truth.alpha, list(every))).mean((1, 2)) * 1e3
    result.curves["matting error (MAD x1e3, every second frame)"] = {OURS: error.tolist()}
    clicks.score(result, truth, made)


def _score_stabilized(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add what Stabilize Matte makes of our matte: true motion must stay, jitter must not."""
    from backlot.engine.matting.matte import Matte
    from backlot.engine.matting.stabilize import stabilize_matte

    steady = stabilize_matte(made.source, Matte(made.alpha), strength=1.0, radius_frames=2)
    rows: dict[str, list[tuple[float, float]]] = {}
    for run in _spread(runs(truth.count, truth.cuts), RUNS):
        true_alpha = truth.alpha(run[0], run[-1] + 1)
        plain = dict(matte_figures(pictures(made.alpha, run), true_alpha))
        for name, value in matte_figures(pictures(steady.alpha, run), true_alpha):
            rows.setdefault(name, []).append((plain[name], value))
    for name in ("MAD", "dtSSD"):
        if name in rows:
            ours, theirs = (float(value) for value in np.mean(rows[name], axis=0))
            result.add(f"matting/{name}", "stabilised", theirs)
            result.pairs.setdefault(f"matting/{name}", {})["stabilised"] = (ours, theirs)


def _score_colour_rivals(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add what others make of the edge's colour from our matte, on a frame of a few runs."""
    rows: dict[str, list[tuple[float, float]]] = {}
    for run in _spread(runs(truth.count, truth.cuts), RUNS):
        at = run[0]
        true_alpha, true_colour = truth.alpha(at, at + 1)[0], truth.foreground(at, at + 1)[0]
        band = np.where((true_alpha > 0.05) & (true_alpha < 0.95), true_alpha, 0)
        if not band.any():
            continue
        ours = foreground_error(pictures(made.foreground, [at])[0], true_colour, band)
        frame = np.asarray(made.source.frame(at)[..., :3]) / np.float32(255)
        for who, colour in _colour_rivals(truth, frame, pictures(made.alpha, [at])[0]):
            error = foreground_error(colour, true_colour, band)
            rows.setdefault(who, []).append((ours, error))
    for who, pairs in rows.items():
        ours, theirs = (float(value) for value in np.mean(pairs, axis=0))
        result.add("matting/foreground colour", who, theirs)
        result.pairs.setdefault("matting/foreground colour", {})[who] = (ours, theirs)


def _colour_rivals(truth: Truth, frame: Array, alpha: Array) -> Iterator[tuple[str, Array]]:
    if foreground_ml.available():
        yield "multi-level", foreground_ml.foreground_ml(frame, alpha)
    for channel, screen in ((1, "green"), (2, "blue")):
        if "screen" in truth.tags and screen in truth.tags:
            yield "plain despill", plain_despill.plain_despill(frame, channel)


def score_rivals(
    result: CaseResult,
    made: Made,
    true_alpha: Callable[[list[int]], Array],
    places: list[list[int]],
    box: Callable[[int], Box],
    figures: Figures | None = None,
    stage: str = "matting",
    slow: bool = True,
) -> None:
    """Add the figures of the matte rivals, on as many frames as each can be given time for.

    Those that cost seconds a frame are asked only where ``slow`` says that it tells something.

    Each is given the subject's box in every frame, as its users would. One that cannot solve a
    frame is noted. Ours is kept for the same frames beside each, so that ratios compare like.
    """
    take = figures or matte_figures
    for who, rival in MATTES.items():
        if who in FEW and not slow:
            continue
        groups = _spread(places, FEW.get(who, RUNS))
        groups = [run[:1] for run in groups] if who in FEW else groups
        try:
            theirs = _means(_rival_figures(rival, made.source, true_alpha, groups, box, take))
        except ValueError as error:
            result.notes.append(f"{who} failed: {error}")
            continue
        ours = _means(dict(take(pictures(made.alpha, run), true_alpha(run))) for run in groups)
        for name, value in theirs.items():
            result.add(f"{stage}/{name}", who, value)
            result.pairs.setdefault(f"{stage}/{name}", {})[who] = (ours[name], value)


def _spread(places: list[list[int]], count: int) -> list[list[int]]:
    """Return ``count`` of the runs, from the middle of the clip outward."""
    middle = len(places) // 2
    return sorted(places, key=lambda run: abs(places.index(run) - middle))[:count]


def matte_figures(alpha: Array, truth: Array) -> Iterator[tuple[str, float]]:
    """Yield what can be measured of a run of mattes, (T, H, W) float32."""
    yield "MAD", mad(alpha, truth)
    yield "MSE", mse(alpha, truth)
    yield "Grad", grad_hr(alpha, truth)
    yield "Conn", conn(alpha, truth)
    if len(alpha) > 1:
        # The definition counts frame 0 of a clip as 0; a run has no such frame.
        yield "dtSSD", dtssd(alpha, truth) * len(alpha) / (len(alpha) - 1)
    yield "SAD unknown", sad_unknown(alpha, truth)
    yield "MSE unknown", mse_unknown(alpha, truth)
    strands = hair(alpha, truth)
    if strands is not None:
        yield "hair recall", strands.recall
        yield "strand precision", strands.precision


def overlap_figures(alpha: Array, truth: Array) -> Iterator[tuple[str, float]]:
    """Yield DAVIS' J and F of mattes against binary masks."""
    yield "J", region_j(alpha > 0.5, truth > 0.5)
    yield "F", boundary_f(alpha > 0.5, truth > 0.5)


def _by_run(truth: Truth, made: Made) -> Iterator[tuple[str, dict[str, list[float]]]]:
    gathered: dict[str, dict[str, list[float]]] = {}
    for run in runs(truth.count, truth.cuts):
        alpha, true_alpha = pictures(made.alpha, run), truth.alpha(run[0], run[-1] + 1)
        values = dict(matte_figures(alpha, true_alpha))
        steady = _stability(alpha, true_alpha, truth.motion(run[0], run[-1]))
        values["stability"], values["outline jitter"] = steady.pixels, steady.shift_px
        colour = pictures(made.foreground, run)
        band = (true_alpha > 0.05) & (true_alpha < 0.95)
        if band.any():
            values["foreground colour"] = foreground_error(
                colour, truth.foreground(run[0], run[-1] + 1), np.where(band, true_alpha, 0)
            )
        for name, value in values.items():
            gathered.setdefault(name, {}).setdefault(OURS, []).append(value)
    yield from gathered.items()


def _stability(alpha: Array, true_alpha: Array, forth: Array) -> Any:
    return alpha_stability(alpha, true_alpha, *back_motion(forth))


def _rival_figures(
    rival: Rival,
    source: Any,
    true_alpha: Callable[[list[int]], Array],
    groups: list[list[int]],
    box: Callable[[int], Box],
    figures: Figures,
) -> Iterator[dict[str, float]]:
    for places in groups:
        truth = true_alpha(places)
        frames = {at: np.asarray(source.frame(at)[..., :3]) for at in places}
        alphas = [rival(frames[at], box(at), truth[k]) for k, at in enumerate(places)]
        if any(alpha is None for alpha in alphas):
            return
        yield dict(figures(np.stack(alphas), truth))


def _means(found: Iterable[dict[str, float]]) -> dict[str, float]:
    gathered: dict[str, list[float]] = {}
    for figures in found:
        for name, value in figures.items():
            gathered.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in gathered.items()}
