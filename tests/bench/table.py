"""What the benchmark finds: figures of one case, and rows over all cases."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OURS = "ours"


@dataclass(frozen=True)
class Measure:
    """A quantity that is measured, and what is wanted of it.

    Attributes:
        name: ``stage/what``, for example ``matting/MAD``.
        unit: of the figures, for example ``x1e3``; empty for shares and ratios.
        higher: whether more is better.
        goal: the worst average that passes; None where no goal is set.
        rival: with a goal, the figure is divided by this rival's before it is compared.
        median: whether the cases' median is told, and compared, instead of their mean.
        worst: whether the worst case is told, by name, and compared.
    """

    name: str
    unit: str = ""
    higher: bool = False
    goal: float | None = None
    rival: str = ""
    median: bool = False
    worst: bool = False

    def average(self, figures: Iterable[float]) -> float:
        """Return what a row tells of the cases' figures."""
        if self.worst:
            return (min if self.higher else max)(figures)
        return (statistics.median if self.median else statistics.fmean)(figures)

    @property
    def stage(self) -> str:
        """Return the part of the name before the slash."""
        return self.name.partition("/")[0]


@dataclass
class CaseResult:
    """What was measured on one clip.

    Attributes:
        name: of the case.
        kind: ``studio`` or ``real``.
        tags: words the case is found by.
        figures: measure -> who (``ours`` or a rival) -> figure.
        pairs: measure -> rival -> ours and theirs on the frames that the rival was given.
        curves: name of a graph -> who -> a figure for each frame.
        pictures: label -> PNG, the contact sheets.
        videos: label -> file, to be played.
        notes: what went wrong, in sentences.
    """

    name: str
    kind: str = "studio"
    tags: tuple[str, ...] = ()
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    pairs: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)
    curves: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    pictures: dict[str, Path] = field(default_factory=dict)
    videos: dict[str, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, measure: str, who: str, figure: float | None) -> None:
        """Keep a figure; None is not measurable here and kept out."""
        if figure is not None:
            self.figures.setdefault(measure, {})[who] = float(figure)


@dataclass(frozen=True)
class Row:
    """One line of the table: averages over the cases on which a figure could be measured.

    Attributes:
        measure: what was measured.
        figures: who -> average.
        cases: number of cases behind ours.
        ratios: rival -> average of ours over average of the rival, on the cases, and where it is
            known the frames, that both were measured on.
        passed: whether the goal is met; None without one.
        worst: the case that is told, where the measure tells the worst one; empty otherwise.
    """

    measure: Measure
    figures: dict[str, float]
    cases: int
    ratios: dict[str, float]
    passed: bool | None
    worst: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write."""
        return {
            "measure": self.measure.name,
            "unit": self.measure.unit,
            "better": "higher" if self.measure.higher else "lower",
            "cases": self.cases,
            "figures": self.figures,
            "ratios": self.ratios,
            "goal": self.measure.goal,
            "goal_over": self.measure.rival or None,
            "passed": self.passed,
            "worst_case": self.worst or None,
        }


def rows(measures: Iterable[Measure], results: Iterable[CaseResult]) -> list[Row]:
    """Return a row for every measure that was taken at all."""
    found = list(results)
    made = (_row(measure, found) for measure in measures)
    return [row for row in made if row is not None]


def _row(measure: Measure, results: list[CaseResult]) -> Row | None:
    measured = [r for r in results if measure.name in r.figures]
    if not measured:
        return None
    taken = [r.figures[measure.name] for r in measured]
    every = {who for figures in taken for who in figures}
    names = sorted(every, key=lambda who: (who != OURS, who))
    means = {
        who: measure.average(figures[who] for figures in taken if who in figures) for who in names
    }
    ratios = {who: ratio for who in names if (ratio := _ratio(measured, measure, who)) is not None}
    return Row(
        measure,
        means,
        sum(OURS in figures for figures in taken),
        ratios,
        _passed(measure, means, ratios),
        _worst(measured, measure),
    )


def _worst(measured: list[CaseResult], measure: Measure) -> str:
    found = {r.name: r.figures[measure.name] for r in measured}
    ours = {name: figures[OURS] for name, figures in found.items() if OURS in figures}
    if not measure.worst or not ours:
        return ""
    return (min if measure.higher else max)(ours, key=ours.__getitem__)


def _ratio(measured: list[CaseResult], measure: Measure, who: str) -> float | None:
    pairs = [pair for r in measured if (pair := _pair(r, measure.name, who)) is not None]
    if who == OURS or not pairs:
        return None
    theirs = measure.average(rival for _, rival in pairs)
    return measure.average(ours for ours, _ in pairs) / theirs if theirs else None


def _pair(result: CaseResult, name: str, who: str) -> tuple[float, float] | None:
    figures = result.figures[name]
    whole = (figures[OURS], figures[who]) if OURS in figures and who in figures else None
    return result.pairs.get(name, {}).get(who, whole)


def _passed(measure: Measure, means: dict[str, float], ratios: dict[str, float]) -> bool | None:
    figure = ratios.get(measure.rival) if measure.rival else means.get(OURS)
    if measure.goal is None or figure is None:
        return None
    return figure >= measure.goal if measure.higher else figure <= measure.goal
