"""A case rendered into a folder: parts of a few frames, each by one process, then joined."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .case import Case
from .color import encode_srgb
from .describe import describe_case, describe_frame
from .files import PICTURE_BITS, join, read_lossless, write_clip, write_lossless
from .frame import Frame, render, stages
from .geometry import Geometry, geometry
from .sampling import samples
from .sensor import noisy, voice

DONE = "done"
#: Layers of display-referred RGB: twelve bits are plenty beside an 8-bit clip.
PICTURES = ("clean", "plate", "foreground", "answer", "answer_plate")
PICTURE_MAX = 2**PICTURE_BITS - 1
#: Frames a part; the same for any number of workers, so that the files are too.
PART = 6
#: Codes a pixel of motion, around 32768; and codes of a nearness of 1 / metre.
MOTION_CODES, NEARNESS_CODES = 64.0, 16384.0


def render_case(case: Case, folder: Path | str, workers: int = 1) -> Path:
    """Render a case with all its truth into ``folder``, unless it is there already.

    Args:
        case: the clip.
        folder: is replaced as a whole, when everything is written.
        workers: processes; the result does not depend on it.
    """
    folder = Path(folder)
    if is_rendered(folder, case):
        return folder
    work = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(work, ignore_errors=True)
    (work / "parts").mkdir(parents=True)
    try:
        _write_all(case, work, workers)
        shutil.rmtree(folder, ignore_errors=True)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def is_rendered(folder: Path, case: Case) -> bool:
    """Return whether ``folder`` holds the case as it is described today."""
    marker = folder / DONE
    return marker.is_file() and marker.read_text(encoding="utf-8") == case.fingerprint


def _write_all(case: Case, work: Path, workers: int) -> None:
    starts = list(range(0, case.frames, PART))
    tasks = [(case, start, min(start + PART, case.frames), work / "parts") for start in starts]
    if workers <= 1:
        described = [render_part(*task) for task in tasks]
    else:
        # What is painted before the fork is shared by all.
        stages(case, 0)
        kind = "fork" if sys.platform == "linux" else "spawn"
        context = multiprocessing.get_context(kind)
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            described = list(pool.map(render_part, *zip(*tasks, strict=True)))
    for first in sorted((work / "parts").glob("*.00000.nut")):
        name = first.name.split(".")[0]
        join([work / "parts" / f"{name}.{k:05d}.nut" for k in starts], work / f"{name}.nut")
    shutil.rmtree(work / "parts")
    _write_clip(case, work)
    _write_background(case, work / "background.png")
    facts = describe_case(case, [frame for part in described for frame in part])
    (work / "truth.json").write_text(json.dumps(facts), encoding="utf-8")
    (work / DONE).write_text(case.fingerprint, encoding="utf-8")


def render_part(case: Case, start: int, stop: int, parts: Path) -> list[dict[str, Any]]:
    """Render some frames into one file a layer; return their descriptions."""
    cv2.setNumThreads(1)
    layers: dict[str, list[np.ndarray]] = {}
    described = []
    for index in range(start, stop):
        frame = render(case, index)
        shape = geometry(case, index, stages(case, index)[0], frame.hair)
        pictures = {name: _codes(getattr(frame, name), PICTURE_BITS) for name in PICTURES}
        for name, codes in {**pictures, **_factors(frame), **_shapes(shape)}.items():
            layers.setdefault(name, []).append(codes)
        described.append(describe_frame(case, index, frame))
    for name, frames in layers.items():
        bits = PICTURE_BITS if name in PICTURES else 16
        write_lossless(parts / f"{name}.{start:05d}.nut", frames, case.fps, bits)
    return described


def _factors(frame: Frame) -> dict[str, np.ndarray]:
    names = ("alpha", "hair", "shadow", "answer_shadow")
    layers = {name: _codes(getattr(frame, name)) for name in names}
    if len(frame.alphas) > 1:
        for number, alpha in enumerate(frame.alphas):
            layers[f"alpha_{number}"] = _codes(alpha)
    return layers


def _shapes(shape: Geometry) -> dict[str, np.ndarray]:
    seen = (shape.normal != 0).any(-1, keepdims=True)
    return {
        "plate_motion": _motion_codes(shape.plate_motion, shape.plate_nearness),
        "motion": _motion_codes(shape.motion, shape.nearness),
        "normals": _codes(np.where(seen, shape.normal * 0.5 + 0.5, 0)),
    }


def _motion_codes(motion: np.ndarray, nearness: np.ndarray) -> np.ndarray:
    codes = np.dstack([motion * MOTION_CODES + 32768, nearness * NEARNESS_CODES])
    return np.rint(codes).clip(0, 65535).astype(np.uint16)


def _codes(values: np.ndarray, bits: int = 16) -> np.ndarray:
    return np.rint(np.clip(values, 0, 1) * (2**bits - 1)).astype(np.uint16)


def _write_clip(case: Case, work: Path) -> None:
    clean = read_lossless(work / "clean.nut", 0, case.frames)
    frames = (
        noisy(codes.astype(np.float32) / PICTURE_MAX, case.noise, case.seed, index)
        for index, codes in enumerate(clean)
    )
    sound = voice(float(case.frames / case.fps), case.seed) if case.sound else None
    write_clip(work / "clip.mp4", frames, case.fps, case.crf, sound)


def _write_background(case: Case, path: Path) -> None:
    """Write the answer's scene as the first frame's camera sees it, still and sharp."""
    answer = stages(case, 0)[1]
    views = [
        case.camera.view(0.0, case.width, case.height, (float(x), float(y)))
        for x, y, _ in samples(16)
    ]
    total = sum(answer.draw(view, 0.0)[..., :3] for view in views) / len(views)
    still = np.rint(encode_srgb(total) * 255).astype(np.uint8)
    cv2.imwrite(str(path), still[..., ::-1])
