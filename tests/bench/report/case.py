"""What the page shows of one case: figures, contact sheets, videos, graphs, notes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from ..table import OURS, CaseResult, Measure
from . import wording
from .files import relative
from .graph import line_graph
from .markup import cell, table, text


def words(result: CaseResult) -> str:
    """Return what the filter searches, as the value of an attribute."""
    return text(" ".join((result.name, result.kind, *result.tags)).lower())


def section(
    result: CaseResult,
    at: int,
    measures: Mapping[str, Measure],
    drawn: Sequence[str],
    folder: Path,
) -> str:
    """Return the section of a case.

    Args:
        result: of the case.
        at: its place on the page, which makes its address, ``#case-3``.
        measures: by name.
        drawn: everybody who has a curve on the page, so that all graphs give them the same colour.
        folder: the page's.
    """
    tags = "".join(f'<span class="tag">{text(tag)}</span>' for tag in (result.kind, *result.tags))
    lost = [
        f"{label}: {path.name} was not written."
        for label, path in (*result.pictures.items(), *result.videos.items())
        if not path.is_file()
    ]
    return (
        f'<section class="case" id="case-{at}" data-words="{words(result)}">'
        f"<h2>{text(result.name)}</h2><div>{tags}</div>"
        f"{_notes([*result.notes, *lost])}{_figures(result, measures)}{_sheets(result, folder)}"
        f"{_videos(result, folder)}{_graphs(result, measures, drawn)}</section>"
    )


def _notes(notes: list[str]) -> str:
    items = "".join(f"<li>{text(note)}</li>" for note in notes)
    return f'<h3>Notes</h3><ul class="notes">{items}</ul>' if notes else ""


def _figures(result: CaseResult, measures: Mapping[str, Measure]) -> str:
    """Return a table for each stage: rivals differ from stage to stage."""
    known = [name for name in measures if name in result.figures]
    stages: dict[str, list[Measure]] = {}
    for name in dict.fromkeys([*known, *result.figures]):
        measure = measures.get(name, Measure(name))
        stages.setdefault(measure.stage, []).append(measure)
    tables = "".join(_stage(result, found, measures) for found in stages.values())
    return f'<h3>Figures, the best in bold</h3><div class="tables">{tables}</div>' if tables else ""


def _stage(result: CaseResult, found: Sequence[Measure], known: Mapping[str, Measure]) -> str:
    everybody = {who for measure in found for who in result.figures[measure.name]}
    names = sorted(everybody, key=lambda who: (who != OURS, who))
    headings = [
        (found[0].stage, ""),
        ("unit", "word"),
        ("better", "word"),
        *((n, "") for n in names),
    ]
    return table(headings, [_line(result, one, names, one.name in known) for one in found])


def _line(result: CaseResult, measure: Measure, names: Sequence[str], known: bool) -> str:
    """Return the cells of a measure; of one that is not known nobody can say who is best."""
    figures = result.figures[measure.name]
    finite = [value for value in figures.values() if math.isfinite(value)]
    best = (max if measure.higher else min)(finite, default=None)
    cells = [
        cell(wording.short_name(measure), tag="th"),
        cell(measure.unit, "word"),
        cell(wording.better(measure) if known else wording.NOTHING, "word"),
    ]
    for who in names:
        value = figures.get(who)
        leads = known and value is not None and value == best
        cells.append(cell(wording.figure(value), "best" if leads else ""))
    return "".join(cells)


def _videos(result: CaseResult, folder: Path) -> str:
    shown = "".join(
        f"<figure><figcaption>{text(label)}</figcaption><video controls loop muted playsinline"
        f' preload="metadata" src="{_address(path, folder)}"></video></figure>'
        for label, path in result.videos.items()
        if path.is_file()
    )
    return f'<h3>Videos</h3><div class="grid">{shown}</div>' if shown else ""


def _graphs(result: CaseResult, measures: Mapping[str, Measure], names: Sequence[str]) -> str:
    units = {name: measure.unit for name, measure in measures.items()}
    drawn = "".join(
        f'<div class="graph">{line_graph(name, curves, units.get(name, ""), names)}</div>'
        for name, curves in result.curves.items()
    )
    return f'<h3>Frame by frame</h3><div class="grid">{drawn}</div>' if drawn else ""


def _sheets(result: CaseResult, folder: Path) -> str:
    shown = "".join(
        f'<figure class="sheet"><figcaption>{text(label)}</figcaption>'
        f'<a href="{address}"><img src="{address}" alt="{text(label)}" loading="lazy"></a></figure>'
        for label, path in result.pictures.items()
        if path.is_file() and (address := _address(path, folder))
    )
    return f"<h3>Pictures</h3>{shown}" if shown else ""


def _address(path: Path, folder: Path) -> str:
    return text(quote(relative(path, folder)))
