from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from backlot.engine.clip.operations import map_frames, trim
from backlot.engine.clip.pull import pull
from backlot.engine.media.read import open_clip
from backlot.engine.quality.check import check_quality
from backlot.engine.quality.deflicker import deflicker

FOLDER = Path(os.environ.get("BACKLOT_MEDIA", "")) / "matte_gt_video"
SHOTS = sorted(FOLDER.glob("derived_*_alpha.mkv")) if FOLDER.name and FOLDER.is_dir() else []
pytestmark = [
    pytest.mark.media,
    pytest.mark.skipif(not SHOTS, reason="needs real footage: set BACKLOT_MEDIA to its folder"),
]
FRAMES = 36


def opened(context, alpha_path):
    """Composite, matte and plate of a shot."""
    stem = str(alpha_path).removesuffix("_alpha.mkv")
    paths = (Path(f"{stem}.mp4"), alpha_path, Path(f"{stem}_plate.mp4"))
    clips = [trim(open_clip(path, context.store), 0, FRAMES) for path in paths]
    clips[1] = map_frames(
        lambda _, frame: frame if frame.ndim == 2 else np.ascontiguousarray(frame[..., 0]),
        [clips[1]],
        "first/1",
        channels=1,
    )
    return clips


def flickering(clip, amount):
    gains = 1 + amount * np.random.default_rng(0).standard_normal(len(clip))

    def shaken(index, frame):
        return np.clip(np.rint(frame * gains[index]), 0, 255).astype(np.uint8)

    return map_frames(shaken, [clip], "shaken/1", amount)


def checked(clip, context, shot):
    result, alpha, plate = shot
    return check_quality(clip, context, source=result, alpha=alpha, plate=plate, samples=12)


@pytest.mark.parametrize("path", SHOTS, ids=lambda path: path.stem)
def test_a_clean_composite_passes(context, path):
    shot = opened(context, path)
    report = checked(shot[0], context, shot)
    assert report.passed and min(report.scores.values()) >= 0.85
    assert report.scores["flicker_score"] >= 0.9


@pytest.mark.parametrize("path", SHOTS, ids=lambda path: path.stem)
def test_flicker_is_seen_and_taken_out(context, path):
    shot = opened(context, path)
    clean = checked(shot[0], context, shot).details["flicker_codes"]
    shaken = flickering(shot[0], 0.03)
    spoiled = checked(shaken, context, shot)
    steady = deflicker(shaken, strength=1.0, radius_frames=5)
    repaired = checked(steady, context, shot)
    assert spoiled.scores["flicker_score"] < 0.85 < 0.9 <= repaired.scores["flicker_score"]
    assert repaired.details["flicker_codes"] < clean + 0.3


@pytest.mark.parametrize("path", SHOTS, ids=lambda path: path.stem)
def test_a_clean_clip_is_hardly_touched(context, path):
    clip = opened(context, path)[0]
    steady = deflicker(clip, strength=1.0, radius_frames=5)
    worst = [
        np.abs(before.astype(np.int16) - after).mean()
        for before, after in zip(pull(clip), pull(steady), strict=True)
    ]
    assert max(worst) < 0.1
