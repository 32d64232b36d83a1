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
    """Run undisturbed, then again on an empty store with ten SIGKILLs, and compare the files."""
    inputs = folder / f"{FRAMES}"
    make_inputs(inputs, FRAMES)
    log = folder / "resume.log"
    whole = run(_workflow(folder, inputs, "whole"), log)
    draw = random.Random(1)
    shutil.rmtree(folder / "store-killed", ignore_errors=True)
    with log.open("ab") as sink:
        for _ in range(KILLS):
            process = subprocess.Popen(
                _workflow(folder, inputs, "killed"), stdout=sink, stderr=sink, cwd=ROOT
            )
            time.sleep(draw.uniform(2.0, 2.0 + whole.wall_s / 2))
            process.kill()
            process.wait()
    run(_workflow(folder, inputs, "killed"), log)
    same = _digest(folder / "whole.mp4") == _digest(folder / "killed.mp4")
    left = [p.name for p in folder.glob(".*part*")]
    return {"frames": FRAMES, "kills": KILLS, "byte_identical": same, "left_behind": left}


def _workflow(folder: Path, inputs: Path, name: str) -> list[str]:
    if name == "whole":
        shutil.rmtree(folder / "store-whole", ignore_errors=True)
    box = "0.2,0.02,0.8,1.0"
    return job(
        "workflow", str(inputs), str(folder / f"store-{name}"), str(folder / f"{name}.mp4"), box
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
