"""What is delivered: length, sound and its sync, banding, and joints where work was cut up."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ..metrics.banding import banding
from ..metrics.lengths import length_errors, lip_sync_s, tracks
from ..metrics.seam import seam
from ..pipeline import Made, context, pictures
from ..studio import Truth
from ..studio.files import write_clip
from ..table import OURS, CaseResult, Measure
from .motion import back_motion

Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("delivery/frames off", goal=0.0),
    Measure("delivery/sound off", "samples", goal=0.0),
    Measure("delivery/lip sync off", "ms", goal=1.0),
    Measure("delivery/CAMBI", goal=5.0),
    Measure("delivery/joint", goal=1.5),
    Measure("delivery/time", "s a clip second"),
    Measure("delivery/own quality score", higher=True),
)
#: libvmaf looks for bands in pictures with a side of this length at least.
LEAST_CAMBI_PX = 216
#: Frames on each side of a joint that say what is usual.
AROUND = 7
#: Alpha from which on a pixel is subject: its true motion is that of the delivered picture.
SUBJECT = 0.97
#: The clip whose sound clicks when its picture flashes: seconds between, how often.
FLASH_EVERY_S, FLASHES = 0.8, 3


def score(result: CaseResult, made: Made, truth: Truth, folder: Path) -> None:
    """Add all figures of a studio case."""
    off = length_errors(made.video, made.source.info.path)
    result.add("delivery/frames off", OURS, abs(off.frames))
    if made.source.audio:
        result.add("delivery/sound off", OURS, abs(off.samples))
        result.add("delivery/lip sync off", OURS, _lip_sync_ms(truth, folder))
    result.add("delivery/time", OURS, made.seconds / float(made.source.format.duration_s))
    result.add("delivery/own quality score", OURS, made.report.overall)
    if max(truth.size) >= LEAST_CAMBI_PX and find_spec("imageio_ffmpeg") is not None:
        result.add("delivery/CAMBI", OURS, banding(made.video))
        result.add("delivery/CAMBI", "source clip", banding(truth.clip))
    _joints(result, truth, made)


def _joints(result: CaseResult, truth: Truth, made: Made) -> None:
    """Look at the subject across the joints of the segments that clips are kept in."""
    from backlot.engine.clip.render import SEGMENT_FRAMES
    from backlot.engine.media.read import open_clip

    delivered = open_clip(made.video, context().store)
    ratios = []
    for joint in range(SEGMENT_FRAMES, truth.count, SEGMENT_FRAMES):
        start, stop = max(0, joint - AROUND), min(truth.count, joint + AROUND)
        back, visible = back_motion(truth.motion(start, stop - 1))
        solid = truth.alpha(start, stop) > SUBJECT
        visible &= solid[1:] & solid[:-1]
        if visible[joint - 1 - start].sum() > 0.002 * visible[0].size:
            frames = pictures(delivered, list(range(start, stop)))
            ratios.append(seam(frames, joint - start, back, visible).ratio)
    if ratios:
        result.add("delivery/joint", OURS, float(np.mean(ratios)))


def _lip_sync_ms(truth: Truth, folder: Path) -> float:
    """Deliver a clip that clicks and flashes; return by how much sound and picture move apart."""
    from backlot.engine.media.read import open_clip
    from backlot.engine.media.write import EncodeSettings, deliver

    clip, delivered = folder / "flash.mp4", folder / "flash-delivered.mp4"
    fps = float(truth.fps)
    times = [FLASH_EVERY_S * (at + 1) for at in range(FLASHES)]
    flashes = [round(time * fps) for time in times]
    picture = np.full((180, 320, 3), 0.2, np.float32)
    count = flashes[-1] + round(fps)
    frames = (picture + 0.6 * (at in flashes) for at in range(count))
    sound = np.zeros(round(48000 * count / fps), np.float32)
    for flash in flashes:
        sound[round(48000 * flash / fps) :][:240] = 0.8 * np.sin(np.arange(240) * 0.6)
    write_clip(clip, frames, truth.fps, 18, sound)
    deliver(open_clip(clip, context().store), delivered, context(), EncodeSettings())
    before, after = (lip_sync_s(*tracks(path)) for path in (clip, delivered))
    return abs(after - before) * 1000
