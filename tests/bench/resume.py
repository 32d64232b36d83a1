"""Kill the whole workflow at random moments; the result must not differ by a byte."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from .inputs import make_inputs
from .process import ROOT, job, run

FRAMES = 150
KILLS = 10


def resume(folder: Path, times: int) -> dict[str, Any]:
    """Run undisturbed, then again on an empty store with ten SIGKILLs, and compare the files.

    What one run put into the store the later ones must find: a file that is gone or has another
    time was computed twice.
    """
    inputs = folder / f"{FRAMES}"
    make_inputs(inputs, FRAMES)
    log, store, output = folder / "resume.log", folder / "store-resume", folder / "resumed.mp4"
    command = job("workflow", str(inputs), str(store), str(output), "0.2,0.02,0.8,1.0")
    shutil.rmtree(store, ignore_errors=True)
    whole = run(command, log)
    undisturbed = _digest(output)
    shutil.rmtree(store)
    output.unlink()
    draw = random.Random(1)
    rewritten, kept = 0, _kept(store)
    with log.open("ab") as sink:
        for _ in range(KILLS):
            process = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=ROOT)
            time.sleep(draw.uniform(2.0, 2.0 + whole.wall_s / 4))
            process.kill()
            process.wait()
            before, kept = kept, _kept(store)
            rewritten += sum(kept.get(path) != written for path, written in before.items())
    run(command, log)
    return {
        "frames": FRAMES,
        "kills": KILLS,
        "byte_identical": _digest(output) == undisturbed,
        "computed_twice": rewritten,
        "left_behind": [path.name for path in _hidden(store, "*/") + _hidden(folder)],
    }


def _kept(store: Path) -> dict[Path, int]:
    """Return the finished files of a store with the time they were written."""
    files = [path for path in store.glob("*/*") if not path.name.startswith(".")]
    return {path: path.stat().st_mtime_ns for path in files}


def _hidden(folder: Path, *deeper: str) -> list[Path]:
    """Return the temporary files of a folder: deliveries' and the store's begin with a dot."""
    return sorted(path for depth in ("", *deeper) for path in folder.glob(f"{depth}.*"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
