"""Speed and memory against ffmpeg's own overlay on the same files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from .inputs import make_inputs, repeat_clip
from .process import ffmpeg_overlay, in_turn, job, ratio, run

#: Frames of the throughput rows at 1080p.
FRAMES = 300
#: Box around the sample's figure in the enlarged sample, as fractions.
BOX = "0.2,0.02,0.8,1.0"


def composite(folder: Path, times: int) -> dict[str, Any]:
    """Load Clip -> Composite -> Deliver Clip over ffmpeg overlay, x264 veryfast, 1080p.

    The seconds our process needs to import torch and start are shown apart and taken off.
    """
    inputs = folder / f"{FRAMES}"
    make_inputs(inputs, FRAMES)
    log = folder / "composite.log"
    start_s = min(run(job("imports"), log).wall_s for _ in range(2))
    result: dict[str, Any] = {"frames": FRAMES, "imports_s": round(start_s, 2)}
    for light in ("display", "linear"):
        pairs = in_turn(job("composite", str(inputs), light), ffmpeg_overlay(inputs), log, times)
        net = sorted((a.wall_s - start_s) / b.wall_s for a, b in pairs)
        result[light] = {
            "ratio": round(net[len(net) // 2], 2),
            "ratio_whole_process": round(ratio(pairs), 2),
            "ffmpeg_ms_per_frame": round(1000 * pairs[0][1].wall_s / FRAMES, 1),
        }
    return result


def workflow(folder: Path, times: int) -> dict[str, Any]:
    """Run the whole default workflow with a ready box over the same ffmpeg overlay."""
    inputs = folder / f"{FRAMES}"
    make_inputs(inputs, FRAMES)
    log = folder / "workflow.log"
    start_s = run(job("imports"), log).wall_s
    ratios = []
    for _ in range(times):
        shutil.rmtree(folder / "store", ignore_errors=True)
        ours = run(_workflow(folder, inputs), log)
        theirs = run(ffmpeg_overlay(inputs), log)
        ratios.append((ours.wall_s - start_s) / theirs.wall_s)
    return {"frames": FRAMES, "ratio": round(sorted(ratios)[len(ratios) // 2], 2)}


def analysis(folder: Path, times: int) -> dict[str, Any]:
    """Analyze Clip over decoding what it reads, 1080p: the clip alone, and with a ready matte.

    The seconds a process needs to import everything are taken off both.
    """
    inputs = folder / f"{FRAMES}"
    make_inputs(inputs, FRAMES)
    log = folder / "analysis.log"
    start_s = min(run(job("imports"), log).wall_s for _ in range(2))
    result: dict[str, Any] = {"frames": FRAMES}
    for what in ("clip", "clip and matte"):
        ours, decoding = (job(name, str(inputs), what) for name in ("analysis", "decode"))
        pairs = in_turn(ours, decoding, log, times)
        net = sorted((a.wall_s - start_s) / (b.wall_s - start_s) for a, b in pairs)
        result[what] = {
            "ratio": round(net[len(net) // 2], 2),
            "decode_ms_a_frame": round(1000 * (pairs[0][1].wall_s - start_s) / FRAMES, 1),
            "peak_mib": round(max(a.peak_mib for a, _ in pairs)),
            "decode_peak_mib": round(max(b.peak_mib for _, b in pairs)),
        }
    return result


def memory(folder: Path, times: int) -> dict[str, Any]:
    """Peak resident memory of the whole workflow on 300 and on 3000 frames of 1080p."""
    log = folder / "memory.log"
    imports = run(job("imports"), log).peak_mib
    peaks = {}
    make_inputs(folder / f"{FRAMES}", FRAMES)
    repeat_clip(folder / f"{FRAMES}" / "clip.mp4", folder / "3000" / "clip.mp4", 3000 // FRAMES)
    for frames in (FRAMES, 3000):
        inputs = folder / f"{frames}"
        shutil.rmtree(folder / "store", ignore_errors=True)
        peaks[frames] = run(_workflow(folder, inputs), log).peak_mib
    return {
        "imports_mib": round(imports),
        "peak_mib": {frames: round(peak) for frames, peak in peaks.items()},
        "growth_mib": round(peaks[3000] - peaks[300]),
    }


def _workflow(folder: Path, inputs: Path) -> list[str]:
    return job("workflow", str(inputs), str(folder / "store"), str(folder / "workflow.mp4"), BOX)
