"""Lazy clips against IMAGE batches in real ComfyUI, through its HTTP API.

COMFYUI_DIR is a checkout of ComfyUI, COMFYUI_PYTHON the Python that has its requirements.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .inputs import ROOT, make_inputs

FRAMES = 150
Prompt = dict[str, dict[str, Any]]


def comfyui(folder: Path, times: int) -> dict[str, Any]:
    """Load Video -> trim, resize, resize -> Save Video: our nodes over core's IMAGE nodes.

    The steps are small on purpose: a composite of 150 IMAGE frames of 1080p alone needs more
    than 24 GiB.
    """
    if "COMFYUI_DIR" not in os.environ:
        return {"skipped": "set COMFYUI_DIR and COMFYUI_PYTHON to a ComfyUI and its Python"}
    inputs = folder / f"{FRAMES}"
    make_inputs(inputs, FRAMES)
    base = folder / "comfyui"
    _make_base(base, inputs)
    runs: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for _ in range(times):
        runs.append((_measure(base, _lazy()), _measure(base, _images())))
    return {
        "frames": FRAMES,
        "time_ratio": round(statistics.median(a[0] / b[0] for a, b in runs), 2),
        "memory_ratio": round(statistics.median(a[1] / b[1] for a, b in runs), 2),
        "lazy_s_mib": [round(x, 1) for x in runs[-1][0]],
        "images_s_mib": [round(x, 1) for x in runs[-1][1]],
    }


def _lazy() -> Prompt:
    return {
        "1": _node("LoadVideo", file="clip.mp4"),
        "2": _node("BacklotTrimClip", clip=["1", 0], first_frame=0, last_frame=FRAMES - 1),
        "3": _node("BacklotResizeClip", clip=["2", 0], width=1280, height=720),
        "4": _node("BacklotResizeClip", clip=["3", 0], width=1920, height=1080),
        "5": _save(["4", 0]),
    }


def _images() -> Prompt:
    return {
        "1": _node("LoadVideo", file="clip.mp4"),
        "2": _node("GetVideoComponents", video=["1", 0]),
        "3": _node("ImageFromBatch", image=["2", 0], batch_index=0, length=FRAMES),
        "4": _scale(["3", 0], "area", 1280, 720),
        "5": _scale(["4", 0], "bicubic", 1920, 1080),
        "6": _node("CreateVideo", images=["5", 0], audio=["2", 1], fps=30.0),
        "7": _save(["6", 0]),
    }


def _scale(image: list[Any], method: str, width: int, height: int) -> dict[str, Any]:
    size = {"width": width, "height": height, "crop": "disabled"}
    return _node("ImageScale", image=image, upscale_method=method, **size)


def _node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def _save(video: list[Any]) -> dict[str, Any]:
    return _node("SaveVideo", video=video, filename_prefix="bench", format="auto", codec="auto")


def _make_base(base: Path, inputs: Path) -> None:
    for name in ("custom_nodes", "input", "output", "user"):
        (base / name).mkdir(parents=True, exist_ok=True)
    link = base / "custom_nodes" / "ComfyUI-Backlot"
    if not link.exists():
        link.symlink_to(ROOT, target_is_directory=True)
    shutil.copy(inputs / "clip.mp4", base / "input" / "clip.mp4")


def _measure(base: Path, prompt: Prompt) -> tuple[float, float]:
    """Return (seconds, peak resident MiB) of one prompt in a fresh ComfyUI with an empty store."""
    shutil.rmtree(base / "user" / "backlot", ignore_errors=True)
    with server(base) as (address, process):
        start = time.perf_counter()
        queue(address, prompt)
        seconds = time.perf_counter() - start
        peak = Path(f"/proc/{process.pid}/status").read_text().split("VmHWM:")[1].split()[0]
    return seconds, int(peak) / 1024


@contextmanager
def server(base: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start ComfyUI on ``base`` and yield its address and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [os.environ["COMFYUI_PYTHON"], "main.py", "--cpu", "--disable-api-nodes"]
    command += ["--base-directory", str(base), "--port", str(port)]
    with (base / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=os.environ["COMFYUI_DIR"], stdout=log, stderr=subprocess.STDOUT
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address, process, base / "server.log")
            yield address, process
        finally:
            process.terminate()
            process.wait()


def queue(address: str, prompt: Prompt) -> dict[str, Any]:
    """Queue a prompt, wait until it is done, and return its history entry."""
    body = json.dumps({"prompt": prompt}).encode()
    asked = urllib.request.Request(f"{address}/prompt", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        number = json.load(answer)["prompt_id"]
    while True:
        with urllib.request.urlopen(f"{address}/history/{number}") as answer:
            entry = json.load(answer).get(number)
        if entry and entry["status"]["completed"]:
            return dict(entry)
        if entry and entry["status"]["status_str"] == "error":
            raise RuntimeError(json.dumps(entry["status"], indent=1)[-3000:])
        time.sleep(0.1)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"ComfyUI did not start:\n{log.read_text()[-2000:]}")
        try:
            urllib.request.urlopen(f"{address}/system_stats").close()
            return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("ComfyUI did not answer within 150 s")
