"""The quality suite: every case through the whole product, scored against the truth.

Studio cases are rendered once and kept; real footage is used where BACKLOT_MEDIA names its folder.
"""

from __future__ import annotations

import atexit
import subprocess
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .pipeline import Made, pictures, replace_background
from .process import ROOT, job
from .real import MEASURES as REAL_MEASURES
from .real import RealCase, real_cases, score_real
from .report.progress import Progress
from .report.sheet import contact_sheet, error_x4
from .score import analysis, background, clicks, compositing, delivery, matting, quality
from .score.places import layer, middles
from .score.prompt import Box, as_text, prompt_box
from .studio import CASES, Case, Truth, is_rendered, load_case, with_size
from .table import CaseResult, Measure

Array = np.ndarray[Any, Any]

MEASURES: tuple[Measure, ...] = (
    *matting.MEASURES,
    *clicks.MEASURES,
    *analysis.MEASURES,
    *background.MEASURES,
    *delivery.MEASURES,
    *compositing.MEASURES,
    *quality.MEASURES,
    *REAL_MEASURES,
)
STAGES = ("matting", "analysis", "background", "compositing", "quality", "delivery")
#: The smoke run: a few cases, small and short.
QUICK = ("talk_room", "handheld_park", "green_half")
QUICK_SIZE = (320, 180, 12)


def run_suite(
    folder: Path,
    *,
    names: list[str],
    only: str,
    quick: bool,
    size: tuple[int, int] | None = None,
    on_case: Callable[[CaseResult], None] = lambda result: None,
) -> list[CaseResult]:
    """Return what was measured on every case that is asked for.

    Args:
        folder: where clips are rendered and kept, and results are written.
        names: of cases; empty is all.
        only: one of STAGES; empty is all.
        quick: the smoke run.
        size: (width, height) instead of the cases' own.
        on_case: told each result when it is there.
    """
    chosen = [_sized(case, quick, size) for case in CASES if _wanted(case.name, names, quick)]
    # Of real footage only the matte is known.
    asked = [] if quick or only not in ("", "matting") else real_cases()
    real = [case for case in asked if _wanted(case.name, names, False)]
    unknown = set(names) - {case.name for case in [*chosen, *real]}
    if unknown:
        raise ValueError(
            f"case must be one of {', '.join(case_names())}, got {', '.join(sorted(unknown))}. "
            "Correct the name."
        )
    progress = Progress(len(chosen) + len(real))
    results = []
    atexit.register(_stop_drawing)
    for case, following in zip(chosen, [*chosen, None][1:], strict=True):
        result = CaseResult(case.name, "studio", case.tags)
        work = _studio(folder, case, following, only)
        results.append(_case(result, work, progress, on_case))
    for footage in real:
        result = CaseResult(footage.name, "real", footage.tags)
        results.append(_case(result, _real(folder, footage), progress, on_case))
    progress.close()
    return results


def _case(
    result: CaseResult,
    work: Callable[[CaseResult], None],
    progress: Progress,
    on_case: Callable[[CaseResult], None],
) -> CaseResult:
    progress.begin(result.name)
    _guarded(result, lambda: work(result))
    on_case(result)
    progress.advance()
    return result


def case_names() -> list[str]:
    """Return the names of all cases that can be run here."""
    return [case.name for case in (*CASES, *real_cases())]


def _wanted(name: str, names: list[str], quick: bool) -> bool:
    if names:
        return name in names
    return name in QUICK if quick else True


def _sized(case: Case, quick: bool, size: tuple[int, int] | None) -> Case:
    if quick:
        return with_size(case, *QUICK_SIZE)
    return case if size is None else with_size(case, *size, case.frames)


def _guarded(result: CaseResult, measure: Callable[[], Any]) -> None:
    """Take a measure; one that fails is noted and does not end the suite."""
    try:
        measure()
    except Exception as error:  # noqa: BLE001 - the other measures still count
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        result.notes.append(f"Failed with {type(error).__name__}: {error} ({where})")


def _studio(
    folder: Path, case: Case, following: Case | None, only: str
) -> Callable[[CaseResult], None]:
    def score(result: CaseResult) -> None:
        truth = load_case(_draw(folder, case))
        box = prompt_box(truth)
        made = _run(folder, case.name, truth.clip, truth.folder / "background.png", box)
        # Only now: what is timed above has the machine to itself.
        if following is not None:
            _begin_to_draw(folder, following)
        result.videos = {"source": truth.clip, "result": made.video}
        composites: dict[str, Array] = {}
        stages: dict[str, Callable[[], Any]] = {
            "matting": lambda: matting.score(result, truth, made),
            "analysis": lambda: analysis.score(result, truth, made),
            "background": lambda: background.score(result, truth, made),
            "compositing": lambda: composites.update(compositing.score(result, truth, made)),
            "quality": lambda: quality.score(result, truth, box),
            "delivery": lambda: delivery.score(result, made, truth, folder),
        }
        for stage in STAGES:
            if only in ("", stage):
                _guarded(result, stages[stage])
        result.pictures = dict(_sheets(folder, truth, made, composites))

    return score


#: Cases that are being drawn while another is scored.
_drawing: dict[Path, subprocess.Popen[bytes]] = {}


def _kept(folder: Path, case: Case) -> Path:
    return folder / "studio" / f"{case.name}-{case.width}x{case.height}-{case.frames}"


def _begin_to_draw(folder: Path, case: Case) -> None:
    """Start a process that draws a case where it is not there yet.

    Its own processes are forked before it has threads, which is not so here.
    """
    kept = _kept(folder, case)
    if kept in _drawing or is_rendered(kept, case):
        return
    size = (str(case.width), str(case.height), str(case.frames))
    with (folder / "render.log").open("ab") as log:
        _drawing[kept] = subprocess.Popen(
            job("render", case.name, *size, str(kept)), stdout=log, stderr=log, cwd=ROOT
        )


def _stop_drawing() -> None:
    for process in _drawing.values():
        process.terminate()


def _draw(folder: Path, case: Case) -> Path:
    """Return the folder of a case when it is drawn.

    Raises:
        RuntimeError: if it could not be.
    """
    _begin_to_draw(folder, case)
    kept = _kept(folder, case)
    process = _drawing.pop(kept, None)
    if process is not None and process.wait() != 0:
        raise RuntimeError(f"{case.name} could not be drawn: see {folder / 'render.log'}")
    return kept


def _real(folder: Path, footage: RealCase) -> Callable[[CaseResult], None]:
    def score(result: CaseResult) -> None:
        made = _run(folder, footage.name, footage.video, footage.background, footage.box())
        result.videos = {"source": footage.video, "result": made.video}
        score_real(result, footage, made, folder / "sheets")

    return score


def _run(folder: Path, name: str, video: Path, still: Path, box: Box) -> Made:
    output = folder / "results" / f"{name}.mp4"
    output.parent.mkdir(parents=True, exist_ok=True)
    store = folder / "store-suite"
    return replace_background(video, still, output, box=as_text(box), store=store)


def _sheets(
    folder: Path, truth: Truth, made: Made, composites: dict[str, Array]
) -> Iterator[tuple[str, Path]]:
    places = middles(truth.count, truth.cuts)
    source, alpha = pictures(made.source, places), pictures(made.alpha, places)
    true_alpha = layer(truth.alpha, places)
    path = folder / "sheets" / f"{truth.name}-matte.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [[s, t, a, error_x4(a, t)] for s, t, a in zip(source, true_alpha, alpha, strict=True)]
    contact_sheet(path, rows, ["source", "true matte", "ours", "error x4"])
    yield "matte", path
    if composites:
        answer = layer(truth.answer, places)
        path = folder / "sheets" / f"{truth.name}-composite.png"
        ours, plain = composites["ours"], composites["plain over"]
        rows = [[t, p, o, error_x4(o, t)] for t, p, o in zip(answer, plain, ours, strict=True)]
        contact_sheet(path, rows, ["true answer", "plain over", "ours", "error x4"])
        yield "composite", path
