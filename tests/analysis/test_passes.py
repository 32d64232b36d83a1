"""One pass answers every question, and each answer is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from backlot.engine.analysis.passes import Question, ask, ask_one
from backlot.engine.clip.operations import ArrayClip, convert
from backlot.engine.errors import Cancelled, ClipMismatchError


@dataclass(frozen=True)
class Seen:
    """What an observer was shown."""

    frames: list[int]
    brightness: float

    def to_json(self):
        return {"frames": self.frames, "brightness": self.brightness}


class Watcher:
    made = 0

    def __init__(self, footage):
        type(self).made += 1
        self.footage, self.frames, self.sum = footage, [], 0.0

    def see(self, look):
        assert look.rgb.shape == (self.footage.size.height, self.footage.size.width, 3)
        assert look.grey.shape == look.rgb.shape[:2]
        if look.alpha is not None:
            assert look.alpha.shape == look.grey.shape
            assert look.alpha.max() == 255
        self.frames.append(look.index)
        self.sum += float(look.rgb.mean())

    def answer(self):
        return Seen(self.frames, self.sum / max(len(self.frames), 1))


def question(name, frames=range):
    return Question(name, Watcher, lambda value: Seen(**value), frames)


@pytest.fixture
def footage(shots):
    return shots.Footage([np.eye(3)] * 6, (192, 108), cover=0.1)


def test_questions_asked_together_share_one_pass(footage, context):
    found = ask(footage, context, [question("a/1"), question("b/1")], matte=None, message="Looking")
    assert [one.frames for one in found] == [list(range(6))] * 2
    assert footage.read == 6


def test_an_answer_is_kept_and_only_what_is_missing_is_looked_for(footage, context):
    first = ask_one(footage, context, question("a/1"), matte=None, message="Looking")
    made, read = Watcher.made, footage.read
    again = ask_one(footage, context, question("a/1"), matte=None, message="Looking")
    assert again == first
    assert (Watcher.made, footage.read) == (made, read)
    both = ask(footage, context, [question("a/1"), question("c/1")], matte=None, message="Looking")
    assert both[0] == first
    assert Watcher.made == made + 1


def test_another_matte_is_another_answer(shots, footage, context):
    ask_one(footage, context, question("a/1"), matte=None, message="Looking")
    made = Watcher.made
    ask_one(footage, context, question("a/1"), matte=shots.Matte(footage), message="Looking")
    assert Watcher.made == made + 1


def test_only_the_frames_that_are_wanted_are_read(footage, context):
    ends = question("ends/1", lambda count: [0, count - 1])
    middle = question("middle/1", lambda count: [count // 2])
    found = ask(footage, context, [ends, middle], matte=None, message="Looking")
    assert [one.frames for one in found] == [[0, 5], [3]]
    assert footage.read == 3


@pytest.mark.parametrize("bits", [8, 10, 16, 32])
def test_any_depth_is_shown_in_eight_bits(footage, context, bits):
    clip = footage if bits == 8 else convert(footage, bits)
    found = ask_one(clip, context, question(f"depth/{bits}"), matte=None, message="Looking")
    plain = np.mean([footage.frame(at).mean() for at in range(6)])
    assert found.brightness == pytest.approx(plain, abs=1.0)


def test_grey_and_alpha_clips_are_shown_in_colour(context):
    grey = ArrayClip(np.full((2, 90, 160), 90, np.uint8), 25)
    four = ArrayClip(np.full((2, 90, 160, 4), 90, np.uint8), 25)
    for name, clip in (("grey", grey), ("four", four)):
        found = ask_one(clip, context, question(f"{name}/1"), matte=None, message="Looking")
        assert found.brightness == pytest.approx(90)


def test_a_matte_of_another_length_is_refused(shots, footage, context):
    short = shots.Footage([np.eye(3)] * 3, (192, 108), cover=0.1)
    with pytest.raises(ClipMismatchError):
        ask_one(footage, context, question("a/1"), matte=shots.Matte(short), message="Looking")


def test_a_cancelled_pass_keeps_nothing(footage, context):
    stopped = replace(context, is_cancelled=lambda: footage.read > 2)
    with pytest.raises(Cancelled):
        ask_one(footage, stopped, question("a/1"), matte=None, message="Looking")
    made = Watcher.made
    assert ask_one(footage, context, question("a/1"), matte=None, message="Looking").frames
    assert Watcher.made == made + 1
