"""How figures, goals and verdicts are worded, the same in the terminal and on the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ..table import OURS, Measure, Row

NOTHING = "-"


def figure(value: float | None) -> str:
    """Return a figure with three significant digits, or a dash; hundreds keep what they have."""
    if value is None:
        return NOTHING
    if not math.isfinite(value) or value == 0.0:
        return f"{value:g}"
    if 100 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:#.3g}".rstrip(".")


def ratio(row: Row, rival: str) -> str:
    """Return our figure over the rival's, ``0.85x``, or nothing."""
    found = row.ratios.get(rival)
    if found is None:
        return ""
    return f"{found:.2f}x" if 0.1 <= abs(found) < 100 else f"{figure(found)}x"


def better(measure: Measure) -> str:
    """Return which way is good."""
    return "higher" if measure.higher else "lower"


def goal(measure: Measure) -> str:
    """Return what passes, for example ``<= 0.5 x plain over``, or a dash."""
    if measure.goal is None:
        return NOTHING
    over = f" x {measure.rival}" if measure.rival else ""
    return f"{'>=' if measure.higher else '<='} {measure.goal:g}{over}"


def verdict(row: Row) -> str:
    """Return pass, FAIL, or a dash where no goal is set or nothing could be measured.

    Where a row tells the worst case, its name follows.
    """
    said = {True: "pass", False: "FAIL", None: NOTHING}[row.passed]
    return f"{said}: {row.worst}" if row.worst else said


def short_name(measure: Measure) -> str:
    """Return the measure's name without its stage, under whose heading it stands."""
    return measure.name.removeprefix(f"{measure.stage}/")


def totals(rows: Iterable[Row]) -> str:
    """Return how many goals are met, in a sentence."""
    every = list(rows)
    judged = [row for row in every if row.passed is not None]
    missed = sum(not row.passed for row in judged)
    words = [f"{len(judged) - missed} of {len(judged)} goals met"]
    words += [f"{missed} missed"] if missed else []
    words += [f"{len(every) - len(judged)} measured without a verdict"]
    return ", ".join(words) + "."


def by_stage(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each stage, stages in the order of their first rows."""
    stages: dict[str, list[Row]] = {}
    for row in rows:
        stages.setdefault(row.measure.stage, []).append(row)
    return stages


def rivals(rows: Sequence[Row]) -> list[str]:
    """Return everybody but us who has a figure in these rows, sorted: nobody keeps an order."""
    return sorted({who for row in rows for who in row.figures} - {OURS})
