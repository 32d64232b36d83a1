"""The media nodes translate what people type."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from backlot.engine.clip.rates import exact_rate
from backlot.engine.errors import InputError
from backlot.host import clip_of
from backlot.nodes.media import ImagesToClip, JoinClips, ResizeClip, TrimClip


def images(frames=6, height=8, width=12):
    levels = torch.arange(frames).float().div(frames)[:, None, None, None]
    return levels.expand(frames, height, width, 3).contiguous()


def made(node, **inputs):
    return clip_of(node.execute(**inputs).args[0])


def test_images_get_the_exact_rate_and_their_sound():
    audio = {"waveform": torch.zeros(1, 2, 9600), "sample_rate": 48000}
    clip = made(ImagesToClip, images=images(), fps="29.97", audio=audio)
    assert clip.format.fps == Fraction(30000, 1001)
    assert clip.audio[0].duration_s == Fraction(1, 5)


def test_both_ends_of_a_trim_belong_to_it():
    part = made(TrimClip, clip=images(), first_frame=1, last_frame=3)
    assert torch.equal(part.read(0, 3), images()[1:4])


@pytest.mark.parametrize("first, last", [(4, 2), (0, 6), (6, -1)])
def test_a_trim_outside_the_clip_says_what_fits(first, last):
    with pytest.raises(InputError, match=f"between 0 and 5, got {first} and {last}"):
        TrimClip.execute(clip=images(), first_frame=first, last_frame=last)


def test_one_side_of_a_size_follows_the_other():
    clip = made(ResizeClip, clip=images(), width=6, height=0)
    assert (clip.format.width, clip.format.height) == (6, 4)


def test_joined_images_follow_each_other():
    clip = made(JoinClips, first=images(), second=images(2))
    assert len(clip) == 8 and torch.equal(clip.read(6, 8), images(2))


@pytest.mark.parametrize(
    "text, rate",
    [
        ("25", Fraction(25)),
        ("30000/1001", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_reads_a_rate_as_people_write_it(text, rate):
    assert exact_rate(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "0", "-25", "24/0", "1e9"])
def test_refuses_what_is_no_rate(text):
    with pytest.raises(InputError, match="fps must be a number of frames per second"):
        exact_rate(text)
