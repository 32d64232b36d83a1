"""Perturb and recover on real footage: a subject under the wrong light in the scene it stood in."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from backlot.engine.clip.operations import map_frames, trim
from backlot.engine.color import kelvin_to_rgb, linear_to_srgb, luma, srgb_to_linear
from backlot.engine.compositing.colour.match_color import match_color
from backlot.engine.media.read import open_clip

FOLDER = Path(os.environ.get("BACKLOT_MEDIA", "")) / "matte_gt_video"
PAIRS = [
    ("davis_tennis.mp4", "davis_tennis_mask.mp4"),
    ("davis_kite_walk.mp4", "davis_kite_walk_mask_01.mp4"),
]

pytestmark = [
    pytest.mark.media,
    pytest.mark.skipif(
        not all((FOLDER / name).is_file() for pair in PAIRS for name in pair),
        reason="needs real footage: set BACKLOT_MEDIA to its folder",
    ),
]


def opened(pair, context):
    clip, mask = (trim(open_clip(FOLDER / name, context.store), 0, 24) for name in pair)
    alpha = map_frames(lambda _, m: (m.max(axis=-1) > 128) * np.uint8(255), [mask], "m", channels=1)
    return clip, alpha


def subject_error(got, truth, alpha) -> float:
    inside = alpha.frame(0) == 255
    difference = got.frame(0)[inside].astype(float) - truth.frame(0)[inside]
    return float(np.sqrt((difference**2).mean()))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_a_subject_in_its_own_scene_is_left_alone(pair, context):
    clip, alpha = opened(pair, context)
    matched = match_color(clip, alpha, clip, context, strength=0.3)
    assert subject_error(matched, clip, alpha) < 2.0


@pytest.mark.parametrize("kelvin", [3200, 3800])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_a_wrong_light_is_partly_taken_back(pair, kelvin, context):
    clip, alpha = opened(pair, context)
    light = kelvin_to_rgb(kelvin) / kelvin_to_rgb(6504)
    light = light / luma(light)

    def relit(_, frame):
        linear = (srgb_to_linear(frame / 255.0) * light).clip(0, 1)
        return np.rint(linear_to_srgb(linear) * 255).astype(np.uint8)

    wrong = map_frames(relit, [clip], "relit", kelvin)
    matched = match_color(wrong, alpha, clip, context, strength=0.3)
    assert subject_error(matched, clip, alpha) < 0.97 * subject_error(wrong, clip, alpha)
