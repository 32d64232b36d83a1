"""Run the benchmark: ``backlot bench`` or ``python -m tests.bench [options] [ROW ...]``.

Without rows the quality suite and the matrix of faults run, and a report is written: a table here,
``report.json`` and ``index.html`` with contact sheets, results to play and graphs in the folder.
The other rows measure speed, memory and robustness, and print one JSON line each.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import camera, colour, comfyui, exact, growth, resume, speed
from .jobs import load_pack

ROOT = Path(__file__).parents[2]
ROWS = {
    "composite": speed.composite,
    "workflow": speed.workflow,
    "memory": speed.memory,
    "analysis": speed.analysis,
    "camera": camera.camera,
    "colour": colour.colour,
    "exact": exact.exact,
    "growth": growth.growth,
    "resume": resume.resume,
    "comfyui": comfyui.comfyui,
}
QUALITY = ("suite", "faults")


def main() -> int:
    """Run what is asked for; the exit code is 1 if a case could not be measured."""
    parser = _parser()
    options = parser.parse_args()
    part = options.quick or options.case or options.only or options.size
    if options.remember and part:
        parser.error("--remember needs a whole run: leave --quick, --case, --only, --size out")
    if options.quick and options.size:
        parser.error("--quick has a size of its own: leave --size out")
    here = Path(os.environ.get("BACKLOT_CALLED_FROM", "."))
    folder = here / options.folder if options.folder else _default_folder()
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


def _default_folder() -> Path:
    return Path(tempfile.gettempdir()) / "backlot-bench"


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", text)
    sides = (int(found[1]), int(found[2])) if found else (1, 1)
    if sides[0] % 2 or sides[1] % 2:
        raise argparse.ArgumentTypeError(f"must be even WIDTHxHEIGHT, got {text!r}")
    return sides


def _parser() -> argparse.ArgumentParser:
    load_pack()
    from .suite import STAGES, case_names

    parser = argparse.ArgumentParser(prog="backlot bench", description=__doc__)
    parser.add_argument(
        "rows",
        nargs="*",
        choices=[*QUALITY, *ROWS, []],
        metavar="ROW",
        help=f"of {', '.join([*QUALITY, *ROWS])}; default: suite faults",
    )
    parser.add_argument("--folder", type=Path, help="where inputs and results are made and kept")
    parser.add_argument(
        "--case",
        action="append",
        default=[],
        metavar="NAME",
        choices=case_names(),
        help="only this one; can be said again",
    )
    parser.add_argument("--only", choices=STAGES, default="", help="score only this stage")
    parser.add_argument("--quick", action="store_true", help="a smoke run: few cases, small")
    parser.add_argument(
        "--size", metavar="WxH", type=_size, help="draw the studio's cases in this size"
    )
    parser.add_argument("--remember", action="store_true", help="add a line to HISTORY.md")
    parser.add_argument("--times", type=int, default=3, help="runs of each pair of the speed rows")
    return parser


def _suite(folder: Path, options: argparse.Namespace) -> bool:
    from .report.as_json import write_json
    from .report.machine import facts as machine_facts
    from .report.page import write_page
    from .report.terminal import table
    from .suite import MEASURES, run_suite
    from .table import rows

    results = run_suite(
        folder, names=options.case, only=options.only, quick=options.quick, size=options.size
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

        _say(remember(found, facts, sum(not result.notes for result in results)))
    return any(result.notes for result in results)


def _faults() -> None:
    if find_spec("imageio_ffmpeg") is None:
        _say("faults: needs ffmpeg's banding measure. Install it: pip install -e '.[bench]'")
        return
    from .faults.matrix import make_matrix
    from .faults.text import as_text

    _say(as_text(make_matrix()))


def _say(text: Any) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
