"""Whole processes, timed from outside with their peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """One finished process: seconds and peak resident MiB."""

    wall_s: float
    peak_mib: float


def run(command: Sequence[str], log: Path) -> Run:
    """Run a command, its output into ``log``; raise if it fails."""
    start = time.perf_counter()
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[:6])} … failed:\n{log.read_text()[-2000:]}")
    return Run(wall, usage.ru_maxrss / 1024)


def in_turn(
    first: Sequence[str], second: Sequence[str], log: Path, times: int
) -> list[tuple[Run, Run]]:
    """Run two commands alternately, so that a drifting machine hits both."""
    return [(run(first, log), run(second, log)) for _ in range(times)]


def ratio(pairs: Sequence[tuple[Run, Run]]) -> float:
    """Return the median of first over second, pair by pair."""
    return statistics.median(a.wall_s / b.wall_s for a, b in pairs)


def job(name: str, *arguments: str) -> list[str]:
    """Return the command line of one of the benchmark's own jobs."""
    return [sys.executable, "-m", "tests.bench.jobs", name, *arguments]


def ffmpeg() -> str:
    """Return the path of ffmpeg's binary, which only the benchmark needs."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def ffmpeg_overlay(folder: Path) -> list[str]:
    """Return ffmpeg's own overlay of the benchmark's inputs, x264 veryfast."""
    return [
        ffmpeg(), "-y", "-hide_banner", "-loglevel", "error",
        "-i", str(folder / "plate.mp4"), "-i", str(folder / "clip.mp4"),
        "-i", str(folder / "matte.mkv"),
        "-filter_complex", "[1:v][2:v]alphamerge[f];[0:v][f]overlay=format=auto",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "17", str(folder / "overlay.mp4"),
    ]  # fmt: skip
