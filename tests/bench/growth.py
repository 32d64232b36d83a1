"""How time and memory grow with size and length: each stage against decoding and encoding."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from .inputs import make_sized
from .process import ffmpeg, job, run

#: (height, seconds) of the clips: length at a small size, size at a short length.
STEPS = ((540, 5), (540, 20), (540, 60), (1080, 5), (1080, 20), (2160, 5))
FPS = 30
BOX = "0.2,0.02,0.8,1.0"


def growth(folder: Path, times: int) -> dict[str, Any]:
    """Run the whole workflow at each step; times are ms a frame, ratios to ffmpeg's transcode.

    One run a step: what is asked is how figures grow, not what they are.
    """
    found = {}
    for height, seconds in STEPS:
        found[f"{height}p {seconds} s"] = _step(folder, height, seconds)
        # An hour's work is not lost with the last step.
        (folder / "growth-steps.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


def _step(folder: Path, height: int, seconds: int) -> dict[str, Any]:
    inputs = folder / f"growth-{height}-{seconds}"
    frames = make_sized(inputs, height, seconds * FPS)
    log = folder / "growth.log"
    log.unlink(missing_ok=True)
    base = run(_transcode(inputs), log)
    shutil.rmtree(folder / "store", ignore_errors=True)
    output = folder / "growth.mp4"
    ours = run(job("debug", str(inputs), str(folder / "store"), str(output), BOX), log)
    stages = dict(re.findall(r"node \S+ \((.+?)\): ([\d.]+) s", log.read_text()))
    per_frame = {
        title: round(1000 * float(spent) / frames, 1)
        for title, spent in stages.items()
        if float(spent) >= 0.1
    }
    return {
        "frames": frames,
        "ratio": round(ours.wall_s / base.wall_s, 2),
        "ms_a_frame": round(1000 * ours.wall_s / frames, 1),
        "transcode_ms_a_frame": round(1000 * base.wall_s / frames, 1),
        "peak_mib": round(ours.peak_mib),
        "stages_ms_a_frame": per_frame,
    }


def _transcode(inputs: Path) -> list[str]:
    return [
        ffmpeg(), "-y", "-hide_banner", "-loglevel", "error",
        "-i", str(inputs / "clip.mp4"), "-c:v", "libx264", "-preset", "veryfast", "-crf", "17",
        str(inputs / "transcoded.mp4"),
    ]  # fmt: skip
