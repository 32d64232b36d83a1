"""Repair and steadiness: flicker of known size taken out, mattes of a scene that stands still."""

from __future__ import annotations

from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np

from ..faults.flicker_global import apply as add_flicker
from ..metrics.composite_error import composite_error
from ..metrics.flow_epe import flow_epe
from ..metrics.static_noise import static_noise
from ..metrics.tile_flicker import tile_flicker
from ..pipeline import context, pictures
from ..rivals import DEFLICKERS
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .motion import back_motion
from .prompt import Box, as_text

Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("quality/flicker left", "codes", goal=0.35, rival="none"),
    Measure("quality/deflickered PSNR", "dB", higher=True),
    Measure("quality/clean PSNR", "dB", higher=True),
    Measure("quality/flow EPE", "px"),
    Measure("quality/still matte noise"),
    Measure("quality/still matte dtSSD", "x1e2"),
)
#: Cases that are asked: a still camera, and one that moves.
CASES = ("talk_room", "turn_yard", "handheld_park")
FRAMES, STILLS = 16, 8
#: Shorter side of the pictures that motion is found in.
FLOW_PX = 270
#: Flicker put in, per cent, and the sensor's noise on a scene that stands still, codes.
FLICKER, NOISE = 2.0, 2.0


def score(result: CaseResult, truth: Truth, box: Box) -> None:
    """Add all figures of a studio case that is asked."""
    if truth.name not in CASES:
        return
    _deflicker(result, truth)
    _flow(result, truth)
    _standing_still(result, truth, box)


def _deflicker(result: CaseResult, truth: Truth) -> None:
    count = min(FRAMES, truth.count)
    clean = truth.clean(0, count)
    flows, visible = back_motion(truth.motion(0, count - 1))
    spoilt = _bytes(add_flicker(clean, FLICKER, 1))
    steadied = {
        "none": spoilt,
        OURS: _ours(spoilt, truth.fps),
        **_rivals(spoilt),
    }
    for who, frames in steadied.items():
        left = tile_flicker(frames, flows, visible, clean)
        result.add("quality/flicker left", who, left.shared)
        result.add("quality/deflickered PSNR", who, composite_error(frames, clean).psnr_db)
    steady = _bytes(clean)
    untouched = {OURS: _ours(steady, truth.fps), **_rivals(steady)}
    for who, frames in untouched.items():
        result.add("quality/clean PSNR", who, composite_error(frames, clean).psnr_db)


def _flow(result: CaseResult, truth: Truth) -> None:
    """Compare the motion that steadiness is judged along, at its own small size."""
    from backlot.engine.clip.operations import ArrayClip
    from backlot.engine.quality.motion import find_motion, small_luma, small_size

    count = min(FRAMES, truth.count)
    frames = _bytes(truth.clean(0, count))
    fmt = ArrayClip(frames, truth.fps).format
    size = small_size(fmt, FLOW_PX)
    lumas = [small_luma(frame, fmt, size) for frame in frames]
    shrink = size[0] / truth.size[0]
    flows, agree = back_motion(truth.motion(0, count - 1))
    errors: dict[str, list[float]] = {OURS: [], "no motion": []}
    for at in range(1, count):
        wanted = cv2.resize(flows[at - 1], size, interpolation=cv2.INTER_AREA) * shrink
        seen = cv2.resize(agree[at - 1].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        found = find_motion(lumas[at], lumas[at - 1])
        grid = np.dstack(np.meshgrid(np.arange(size[0]), np.arange(size[1])))
        where = (seen > 0) & found.visible
        errors[OURS].append(flow_epe(found.where - grid, wanted, where))
        errors["no motion"].append(flow_epe(np.zeros_like(wanted), wanted, where))
    for who, values in errors.items():
        result.add("quality/flow EPE", who, float(np.mean(values)))


def _rivals(frames: Array) -> dict[str, Array]:
    if find_spec("imageio_ffmpeg") is None:
        return {}
    return {who: deflicker(frames) for who, deflicker in DEFLICKERS.items()}


def _ours(frames: Array, fps: Fraction) -> Array:
    from backlot.engine.clip.operations import ArrayClip
    from backlot.engine.quality.deflicker import deflicker

    steady = deflicker(ArrayClip(frames, fps), strength=1.0, radius_frames=5)
    return np.stack([steady.frame(at) for at in range(len(frames))])


def _standing_still(result: CaseResult, truth: Truth, box: Box) -> None:
    """Cut the subject out of one frame with fresh noise each time."""
    from backlot.engine.clip.operations import ArrayClip
    from backlot.engine.matting.refine import refine_matte
    from backlot.engine.matting.segment import segment_subject

    draw = np.random.default_rng(1)
    still = truth.clean(0, 1)[0]
    noise = draw.normal(0.0, NOISE / 255.0, (STILLS, *still.shape)).astype(np.float32)
    clip = ArrayClip(_bytes(still + noise), truth.fps)
    coarse = segment_subject(clip, context(), box=as_text(box), points="", method="auto")
    alpha = refine_matte(clip, coarse, radius_px=12.0, detail=1.0).alpha
    found = static_noise(pictures(alpha, list(range(STILLS))), truth.alpha(0, 1)[0])
    result.add("quality/still matte noise", OURS, found.std)
    result.add("quality/still matte dtSSD", OURS, found.dtssd)


def _bytes(frames: Array) -> Array:
    return np.rint(np.clip(frames, 0.0, 1.0) * 255.0).astype(np.uint8)
