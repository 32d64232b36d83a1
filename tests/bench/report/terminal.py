"""The table in the terminal: a block of fixed-width lines for each stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..table import OURS, Row
from . import wording

_WIDEST = 140
_GAP = "  "
#: Headings of the columns that hold words.
_WORDS = ("measure", "unit", "better", "goal", "verdict")
#: A column: its heading, and below it a cell a row.
_Column = list[str]


def table(rows: Iterable[Row]) -> str:
    """Return the rows as text, grouped by stage, with the number of goals met at the end.

    Each stage has the columns of its own rivals. Where they would be wider than 140 characters,
    the rivals that are left follow in a block of their own.
    """
    every = list(rows)
    parts = [_stage(name, found) for name, found in wording.by_stage(every).items()]
    return "\n\n".join([*parts, wording.totals(every)])


def _stage(name: str, rows: Sequence[Row]) -> str:
    rest = [_rival(rows, who) for who in wording.rivals(rows)]
    lines = [name.upper()]
    head, tail = [_names(rows), *_plain(rows), _ours(rows)], _judged(rows)
    while True:
        fits = _how_many(rest, _WIDEST - _width([*head, *tail]))
        lines += _lines([*head, *rest[:fits], *tail])
        rest = rest[fits:]
        if not rest:
            return "\n".join(lines)
        # What follows repeats only what rivals are compared with.
        head, tail = [_names(rows), _ours(rows)], []
        lines.append("")


def _names(rows: Sequence[Row]) -> _Column:
    return ["measure", *(wording.short_name(row.measure) for row in rows)]


def _ours(rows: Sequence[Row]) -> _Column:
    return ["ours", *(wording.figure(row.figures.get(OURS)) for row in rows)]


def _plain(rows: Sequence[Row]) -> list[_Column]:
    return [
        ["unit", *(row.measure.unit for row in rows)],
        ["better", *(wording.better(row.measure) for row in rows)],
        ["cases", *(str(row.cases) for row in rows)],
    ]


def _judged(rows: Sequence[Row]) -> list[_Column]:
    return [
        ["goal", *(wording.goal(row.measure) for row in rows)],
        ["verdict", *(wording.verdict(row) for row in rows)],
    ]


def _rival(rows: Sequence[Row], who: str) -> _Column:
    """Return a rival's figures with our ratios, both flush."""
    figures = [wording.figure(row.figures.get(who)) for row in rows]
    ratios = [f"({found})" if (found := wording.ratio(row, who)) else "" for row in rows]
    wide = max(len(found) for found in ratios)
    cells = [f"{one} {other:>{wide}}" for one, other in zip(figures, ratios, strict=True)]
    return [who, *cells] if wide else [who, *figures]


def _how_many(columns: Sequence[_Column], left: int) -> int:
    """Return how many of the columns fit into ``left`` characters; one always does."""
    count = 0
    for column in columns:
        left -= _width([column]) + len(_GAP)
        if left < 0 and count:
            break
        count += 1
    return count


def _width(columns: Sequence[_Column]) -> int:
    return sum(max(map(len, column)) for column in columns) + len(_GAP) * (len(columns) - 1)


def _lines(columns: Sequence[_Column]) -> list[str]:
    """Return the lines of a block: words flush left, figures flush right."""
    padded = []
    for column in columns:
        wide = max(map(len, column))
        words = column[0] in _WORDS
        padded.append([cell.ljust(wide) if words else cell.rjust(wide) for cell in column])
    lines = [_GAP.join(cells).rstrip() for cells in zip(*padded, strict=True)]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]
