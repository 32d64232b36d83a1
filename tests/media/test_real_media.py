"""Every file of a folder of real footage, against a decode that shares no code with ours."""

from __future__ import annotations

import os
import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from backlot.engine.clip.pull import pull
from backlot.engine.media.read import open_clip

SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".gif", ".avi", ".ts"}
FOLDER = os.environ.get("BACKLOT_MEDIA", "")
FILES = sorted(p for p in Path(FOLDER).rglob("*") if p.suffix in SUFFIXES) if FOLDER else []

pytestmark = [
    pytest.mark.media,
    pytest.mark.skipif(not FILES, reason="needs real footage: set BACKLOT_MEDIA to its folder"),
]


def decoded(path):
    """Return times in seconds, thumbnails and one whole frame of the first video stream."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times, thumbnails, frame = [], [], None
        for frame in container.decode(stream):
            times.append(frame.pts * stream.time_base)
            thumbnails.append(thumbnail(frame.to_ndarray(format="rgb24")))
        aspect = stream.sample_aspect_ratio or Fraction(1)
        return times, thumbnails, frame, aspect


def thumbnail(picture):
    """Return the mean colour of the picture's 4 x 4 parts."""
    height, width = (side // 4 * 4 for side in picture.shape[:2])
    parts = picture[:height, :width, :3].reshape(4, height // 4, 4, width // 4, 3)
    return parts.mean((1, 3))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_reads_as_it_plays(path, context):
    times, thumbnails, last, aspect = decoded(path)
    clip = open_clip(path, context.store)
    info = clip.info

    turned = last.rotation % 180 == 90
    size = (round(last.width * aspect), last.height)
    shown = size[::-1] if turned else size
    assert abs(info.width - shown[0]) <= 1 and abs(info.height - shown[1]) <= 1

    length = float(times[-1] - times[0])
    step = float(1 / info.fps)
    if not info.variable_rate:
        assert info.frames == len(times)
        for number, time in enumerate(times):
            assert abs(float(time - times[0]) - number * step) < 0.0021
    assert length - 0.6 * step <= info.frames * step - step <= length + 2.0

    if info.transfer not in ("pq", "hlg") and not info.alpha and not last.rotation:
        check_pictures(clip, times, thumbnails)
    check_random_access(clip)


def check_pictures(clip, times, thumbnails):
    """Each frame shows the picture whose time has come, whatever the colours' exact conversion."""
    starts = [float(time - times[0]) for time in times]
    for number, frame in enumerate(pull(clip)):
        found = thumbnail(frame) / clip.format.max_value * 255
        now = number / float(clip.format.fps)
        near = [k for k, start in enumerate(starts) if abs(start - now) < 0.09] or [
            max(k for k, start in enumerate(starts) if start <= now)
        ]
        errors = [np.abs(found - thumbnails[k]).mean() for k in near]
        assert min(errors) < 12, (number, errors)


def check_random_access(clip):
    """Frames asked for in any order are those of one pass."""
    rng = random.Random(1)
    wanted = sorted(rng.sample(range(len(clip)), min(12, len(clip))))
    last = wanted[-1] + 1
    kept = {n: np.array(f) for n, f in enumerate(pull(clip, range(last))) if n in wanted}
    for number in rng.sample(wanted, len(wanted)):
        assert np.array_equal(clip.frame(number), kept[number]), number
    clip.release()
