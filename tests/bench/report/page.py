"""The benchmark as one HTML page that needs nothing else but the pictures beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..table import CaseResult, Row
from . import case, summary
from .files import write_whole
from .markup import text

_HERE = Path(__file__).parent


def write_page(
    folder: Path, rows: Iterable[Row], results: Iterable[CaseResult], facts: Mapping[str, Any]
) -> Path:
    """Write ``index.html`` and return its path.

    Args:
        folder: where the page goes. Pictures and videos are named relative to it, so they travel
            with it when they lie in it.
        rows: as ``table.rows`` returns them.
        results: shown sorted by name.
        facts: shown at the top.
    """
    every = list(rows)
    cases = sorted(results, key=lambda result: result.name)
    measures = {row.measure.name: row.measure for row in every}
    drawn = sorted({who for one in cases for curves in one.curves.values() for who in curves})
    sections = (case.section(one, at, measures, drawn, folder) for at, one in enumerate(cases))
    body = (
        summary.head(every, facts),
        summary.stages(every),
        _finder(cases),
        *sections,
        f"<script>{_asset('page.js')}</script>",
    )
    return write_whole(folder / "index.html", _HEAD + "\n".join(body) + "</body></html>\n")


def _finder(cases: list[CaseResult]) -> str:
    """Return the filter's box and a link to every case."""
    links = "".join(
        f'<li data-words="{case.words(one)}"><a href="#case-{at}">{text(one.name)}</a></li>'
        for at, one in enumerate(cases)
    )
    return (
        '<h2>Cases</h2><div class="filter"><input id="find" type="search" '
        'placeholder="name or tag" aria-label="Show only the cases with these words">'
        '<span id="count" class="faint" role="status"></span></div>'
        f'<ul class="jump">{links}</ul>'
    )


def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_HEAD = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    # An empty icon: without one, browsers ask the server for it.
    '<title>Backlot benchmark</title><link rel="icon" href="data:,">'
    f"<style>{_asset('page.css')}</style></head><body>\n"
)
