"""Run the benchmark: ``backlot bench`` or ``python -m tests.bench [options] [ROW ...]``.

Without rows the quality suite and the matrix of faults run, and a report is written: a table here,
``report.json`` and ``index.html`` with contact sheets, results to play and graphs in the folder.
The other rows measure speed, memory and robustness, and print one JSON line each.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import comfyui, growth, resume, speed
from .jobs import load_pack

ROOT = Path(__file__).parents[2]
ROWS = {
    "composite": speed.composite,
    "workflow": speed.workflow,
    "memory": speed.memory,
    "growth": growth.growth,
    "resume": resume.resume,
    "comfyui": comfyui.comfyui,
}
QUALITY = ("suite", "faults")


def main() -> int:
    """Run what is asked for; the exit code is 1 if a case could not be measured."""
    options = _parser().parse_args()
    folder = options.folder or Path(tempfile.gettempdir()) / "backlot-bench"
    folder.mkdir(parents=True, exist_ok=True)
    failed = False
    for name in options.rows or QUALITY:
        if name == "suite":
            failed |= _suite(folder, options)
        elif name == "faults":
            _faults()
        else:
            _say(json.dumps({"row": name, **ROWS[name](folder, options.times)}))
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    from .suite import STAGES

    parser = argparse.ArgumentParser(prog="backlot bench", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*QUALITY, *ROWS, []], help="default: quality")
    parser.add_argument("--folder", type=Path, help="where inputs and results are made and kept")
    parser.add_argument("--case", action="append", default=[], metavar="NAME", help="only this one")
    parser.add_argument("--only", choices=STAGES, default="", help="score only this stage")
    parser.add_argument("--quick", action="store_true", help="a smoke run: few cases, small")
    parser.add_argument("--size", metavar="WxH", help="draw the studio's cases in this size")
    parser.add_argument("--remember", action="store_true", help="add a line to HISTORY.md")
    parser.add_argument("--times", type=int, default=3, help="runs of each pair of the speed rows")
    return parser


def _suite(folder: Path, options: argparse.Namespace) -> bool:
    load_pack()
    from .report.as_json import write_json
    from .report.machine import facts as machine_facts
    from .report.page import write_page
    from .report.terminal import table
    from .suite import MEASURES, run_suite
    from .table import rows

    size = tuple(int(side) for side in options.size.split("x")) if options.size else None
    results = run_suite(
        folder, names=options.case, only=options.only, quick=options.quick, size=size
    )
    found, facts = rows(MEASURES, results), machine_facts(ROOT)
    write_json(folder / "report.json", found, results, facts)
    page = write_page(folder, found, results, facts)
    _say(table(found))
    for result in results:
        for note in result.notes:
            _say(f"{result.name}: {note}")
    _say(f"report  {page}")
    if options.remember:
        from .history import remember

        _say(remember(found, facts, len(results)))
    return any(result.notes for result in results)


def _faults() -> None:
    from .faults.matrix import make_matrix
    from .faults.text import as_text

    _say(as_text(make_matrix()))


def _say(text: Any) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
