"""The camera solve on clips that try it hardest: long ones, and ones full of people.

No matte is given: what moves must be told from the background by how it moves.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .metrics.camera_error import camera_error
from .process import job, run
from .rivals import CAMERAS
from .score.motion import steps
from .studio import CAMERA_CASES, Case, Truth, is_rendered, load_case

Array = np.ndarray[Any, Any]


def camera(folder: Path, times: int) -> dict[str, Any]:
    """Error to the truth in px at 1080p, beside rivals, and ms a frame beside decoding."""
    return {case.name: _case(folder, case) for case in CAMERA_CASES}


def _case(folder: Path, case: Case) -> dict[str, Any]:
    kept = folder / "studio" / f"{case.name}-{case.width}x{case.height}-{case.frames}"
    if not is_rendered(kept, case):
        kept.parent.mkdir(parents=True, exist_ok=True)
        size = (str(case.width), str(case.height), str(case.frames))
        run(job("render", case.name, *size, str(kept)), folder / "render.log")
    truth = load_case(kept)
    wanted = steps(np.array([frame["far_to_first"] for frame in truth.per_frame]))
    start = time.perf_counter()
    greys = _greys(truth)
    decode_s = time.perf_counter() - start
    start = time.perf_counter()
    found = {"ours": steps(_solved(truth, folder / "store-camera"))}
    solve_s = time.perf_counter() - start
    everywhere = np.zeros_like(greys)
    found |= {who: of(greys, everywhere) for who, of in CAMERAS.items()}
    covered = np.mean([(truth.alpha(at, at + 1) > 0.5).mean() for at in range(0, truth.count, 8)])
    return {
        "frames": truth.count,
        "covered": round(float(covered), 2),
        "ms_a_frame": round(1000 * solve_s / truth.count, 1),
        "decode_ms_a_frame": round(1000 * decode_s / truth.count, 1),
        **{who: _figures(of, wanted, truth) for who, of in found.items()},
    }


def _figures(found: Array, wanted: Array, truth: Truth) -> dict[str, float]:
    error = camera_error(found, wanted, truth.size)
    return {
        "median_px": round(error.median_px, 3),
        "worst_px": round(float(np.percentile(error.steps_px, 95)), 3),
        "drift_px": round(error.largest_drift_px, 2),
    }


def _solved(truth: Truth, store: Path) -> Array:
    from backlot.engine.analysis.camera.solve import solve_camera
    from backlot.engine.clip.store import Store
    from backlot.engine.context import Context
    from backlot.engine.media.read import open_clip

    shutil.rmtree(store, ignore_errors=True)
    context = Context(store=Store(store))
    motion = solve_camera(open_clip(truth.clip, context.store), context)
    return np.array([motion.matrix(at) for at in range(truth.count)])


def _greys(truth: Truth) -> Array:
    import av

    with av.open(str(truth.clip)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    return np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])
