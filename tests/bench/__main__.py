"""Run the benchmark: ``python -m tests.bench [--frames N] [--folder DIR] [ROW ...]``."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from . import comfyui, resume, speed

ROWS = {
    "composite": speed.composite,
    "workflow": speed.workflow,
    "memory": speed.memory,
    "resume": resume.resume,
    "comfyui": comfyui.comfyui,
}


def main() -> None:
    """Run the chosen rows and print one JSON line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help="default: all")
    parser.add_argument("--folder", type=Path, help="where inputs are made and kept")
    parser.add_argument("--times", type=int, default=3, help="runs of each pair")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.gettempdir()) / "backlot-bench"
    folder.mkdir(parents=True, exist_ok=True)
    for name in options.rows or ROWS:
        print(json.dumps({"row": name, **ROWS[name](folder, options.times)}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
