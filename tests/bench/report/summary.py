"""The head of the page: goals met, facts, and a table for each stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..table import OURS, Row
from . import wording
from .markup import cell, table, text

_VERDICT_KINDS = {True: "pass", False: "fail", None: "none"}


def head(rows: Sequence[Row], facts: Mapping[str, Any]) -> str:
    """Return the heading, the number of goals met with the names of those missed, and the facts."""
    missed = ", ".join(row.measure.name for row in rows if row.passed is False)
    told = "".join(
        f"<div><dt>{text(name.replace('_', ' '))}</dt><dd>{text(fact)}</dd></div>"
        for name, fact in facts.items()
    )
    return (
        f'<h1>Benchmark</h1><p class="total">{text(wording.totals(rows))}'
        f"{f' Missed: {text(missed)}.' if missed else ''}</p>"
        f'<dl class="facts">{told}</dl>'
    )


def stages(rows: Sequence[Row]) -> str:
    """Return a table for each stage, with the columns of its own rivals."""
    return "".join(
        f"<h2>{text(name.capitalize())}</h2>{_stage(found)}"
        for name, found in wording.by_stage(rows).items()
    )


def _stage(rows: Sequence[Row]) -> str:
    names = wording.rivals(rows)
    # The verdict comes early: on a telephone the last columns must be scrolled to.
    headings = [
        ("measure", ""),
        ("verdict", "none"),
        ("unit", "word"),
        *((who, "") for who in (OURS, *names)),
        ("goal", "word"),
        ("better", "word"),
        ("cases", ""),
    ]
    return table(headings, [_line(row, names) for row in rows])


def _line(row: Row, names: Sequence[str]) -> str:
    measure = row.measure
    cells = [
        cell(wording.short_name(measure), tag="th"),
        cell(wording.verdict(row), _VERDICT_KINDS[row.passed]),
        cell(measure.unit, "word"),
        cell(wording.figure(row.figures.get(OURS))),
    ]
    cells += [
        cell(wording.figure(row.figures.get(who)), detail=wording.ratio(row, who)) for who in names
    ]
    cells += [
        cell(wording.goal(measure), "word"),
        cell(wording.better(measure), "word"),
        cell(row.cases),
    ]
    return "".join(cells)
