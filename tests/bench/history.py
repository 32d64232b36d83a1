"""HISTORY.md: one line for each remembered run, the newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .table import OURS, Row

HISTORY = Path(__file__).with_name("HISTORY.md")
#: What a line tells, in this order.
TOLD = (
    "matting/MAD",
    "matting/dtSSD",
    "matting/hair recall",
    "camera/step",
    "light/direction",
    "background/plate step",
    "answer/subject CIEDE2000",
    "answer/edge CIEDE2000",
    "answer/frame PSNR",
    "answer, true layers/edge CIEDE2000",
    "delivery/time",
)
_HEAD = ("| date | commit | cases | " + " | ".join(TOLD) + " |", "| --- " * (3 + len(TOLD)) + "|")


def line(rows: list[Row], facts: dict[str, Any], cases: int) -> str:
    """Return the run as one row of a Markdown table."""
    figures = {row.measure.name: row.figures.get(OURS) for row in rows}
    told = [figures.get(name) for name in TOLD]
    cells = ["-" if figure is None else f"{figure:.3g}" for figure in told]
    date = str(facts["date"])[:10]
    return "| " + " | ".join([date, str(facts["commit"]), str(cases), *cells]) + " |"


def remember(rows: list[Row], facts: dict[str, Any], cases: int, path: Path = HISTORY) -> str:
    """Put the run's line first and return it."""
    new = line(rows, facts, cases)
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    older = [one for one in kept if one.startswith("| 2")]
    path.write_text("\n".join([*_HEAD, new, *older]) + "\n", encoding="utf-8")
    return new
