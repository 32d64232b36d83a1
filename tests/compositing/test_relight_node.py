from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.color import linear_to_srgb
from backlot.engine.errors import InputError
from backlot.host import clip_of, video_of
from backlot.nodes.compositing_light import RelightSubject

HEIGHT, WIDTH = 90, 120


@pytest.fixture(autouse=True)
def _own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("BACKLOT_STORE", str(tmp_path / "store"))


def subject():
    frames = np.full((1, HEIGHT, WIDTH, 3), 118, np.uint8)
    mask = torch.zeros(1, HEIGHT, WIDTH)
    mask[:, 10:, 40:80] = 1.0
    return video_of(ArrayClip(frames, Fraction(25))), mask


def sides(output) -> tuple[float, float]:
    frame = clip_of(output.args[0], Fraction(25)).frame(0).astype(float)
    return frame[30:70, 42:50].mean(), frame[30:70, 70:78].mean()


def surroundings(height: int, width: int, lamp: int) -> np.ndarray:
    """A dim room, linear, with a lamp in one column of pixels or so."""
    light = np.full((height, width, 3), 0.05)
    light[height // 3 : height // 2, lamp - 3 : lamp + 4] = 20.0
    return light


@pytest.mark.parametrize("display", [False, True], ids=["linear", "display"])
def test_a_panorama_lights_the_side_its_lamp_is_on(display):
    video, mask = subject()
    # The middle is what the camera looks at: a lamp at three eighths of the width is ahead, left.
    light = surroundings(64, 128, 28)
    picture = linear_to_srgb(light.clip(0, 1)) if display else light
    left, right = sides(RelightSubject.execute(video, mask, probe=torch.from_numpy(picture[None])))
    assert left > right + 8


def test_a_ball_may_be_a_little_off_square():
    video, mask = subject()
    ball = surroundings(100, 96, 20)
    left, right = sides(RelightSubject.execute(video, mask, probe=torch.from_numpy(ball[None])))
    assert left > right + 8


def test_a_picture_of_one_side_is_no_probe():
    video, mask = subject()
    with pytest.raises(InputError, match="panorama must be"):
        RelightSubject.execute(video, mask, probe=torch.zeros(1, 90, 120, 3))


def test_words_light_the_side_they_name():
    video, mask = subject()
    left, right = sides(RelightSubject.execute(video, mask, light="right 20°"))
    assert right > left + 8
