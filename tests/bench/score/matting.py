"""Mattes and foreground colour against the truth, beside what an artist would use today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from ..rivals import MATTES
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .motion import back_motion
from .places import runs

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
    Measure("matting/J", higher=True),
    Measure("matting/F", higher=True),
)
#: Rivals that cost seconds a frame are asked for this many frames.
FEW = {"closed form": 2, "KNN": 1}
Figures = Callable[[Array, Array], Iterator[tuple[str, float]]]
Rival = Callable[[Array, tuple[int, int, int, int], Array], Array | None]


def score(result: CaseResult, truth: Truth, made: Made, box: tuple[int, int, int, int]) -> None:
    """Add all figures of a studio case."""
    for name, figures in _by_run(truth, made):
        for who, values in figures.items():
            result.add(f"matting/{name}", who, float(np.mean(values)))
    score_rivals(
        result, made.source, lambda places: _stack(truth.alpha, places), runs(truth.count), box
    )
    every = range(0, truth.count, 2)
    found = pictures(made.alpha, list(every))
    error = np.abs(found - _stack(truth.alpha, list(every))).mean((1, 2)) * 1e3
    result.curves["matting error (MAD x1e3, every second frame)"] = {OURS: error.tolist()}


def score_rivals(
    result: CaseResult,
    source: Any,
    true_alpha: Callable[[list[int]], Array],
    places: list[list[int]],
    box: tuple[int, int, int, int],
    figures: Figures | None = None,
) -> None:
    """Add the figures of the matte rivals, on as many frames as each can be given time for."""
    for who, rival in MATTES.items():
        groups = [run[:1] for run in places[: FEW[who]]] if who in FEW else places
        found = _rival_figures(rival, source, true_alpha, groups, box, figures or matte_figures)
        for name, value in _means(found).items():
            result.add(f"matting/{name}", who, value)


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
    box: tuple[int, int, int, int],
    figures: Figures,
) -> Iterator[dict[str, float]]:
    for places in groups:
        truth = true_alpha(places)
        frames = [np.asarray(source.frame(at)[..., :3]) for at in places]
        alphas = [rival(frame, box, one) for frame, one in zip(frames, truth, strict=True)]
        if any(alpha is None for alpha in alphas):
            return
        yield dict(figures(np.stack(alphas), truth))


def _means(found: Iterator[dict[str, float]]) -> dict[str, float]:
    gathered: dict[str, list[float]] = {}
    for figures in found:
        for name, value in figures.items():
            gathered.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in gathered.items()}


def _stack(read: Callable[[int, int], Array], places: list[int]) -> Array:
    return np.concatenate([read(at, at + 1) for at in places])
