from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from backlot.engine.clip.clip import AudioTrack, Clip, ClipFormat, trimmed_audio, with_audio
from backlot.engine.errors import InputError


class Numbered(Clip):
    """Frame i is filled with i; counts how often each is made."""

    def __init__(self, frames=20, bits=8, channels=1, **options):
        super().__init__(ClipFormat(4, 3, Fraction(25), frames, channels, bits), "n", **options)
        self.made = []
        self.closed = 0

    def _render(self, index):
        self.made.append(index)
        return np.full(self.format.shape, index % 256, self.format.dtype)

    def _close(self):
        self.closed += 1


@pytest.mark.parametrize(("bits", "top"), [(8, 255.0), (10, 1023.0), (16, 65535.0), (32, 1.0)])
def test_the_format_tells_what_frames_look_like(bits, top):
    fmt = ClipFormat(4, 3, Fraction(30000, 1001), 30, 3, bits)
    assert fmt.max_value == top
    assert fmt.shape == (3, 4, 3)
    assert fmt.duration_s == Fraction(1001, 1000)


def test_frames_are_read_only_and_remembered():
    clip = Numbered()
    frame = clip.frame(3)
    with pytest.raises(ValueError, match="read-only"):
        frame[0, 0] = 9
    clip.frame(3)
    assert clip.made == [3]


def test_a_frame_outside_is_refused():
    for index in (-1, 20):
        with pytest.raises(InputError, match="between 0 and 19"):
            Numbered().frame(index)


def test_read_gives_floats_with_a_channel_axis():
    batch = Numbered(bits=10).read(2, 5)
    assert tuple(batch.shape) == (3, 3, 4, 1)
    assert batch[:, 0, 0, 0].tolist() == pytest.approx([2 / 1023, 3 / 1023, 4 / 1023])


def test_a_clip_that_breaks_its_promise_is_told():
    class Wrong(Numbered):
        def _render(self, index):
            return np.zeros((3, 4), np.uint16)

    with pytest.raises(TypeError, match="Wrong promised"):
        Wrong().frame(0)


def test_a_failed_frame_can_be_asked_for_again():
    class Flaky(Numbered):
        def _render(self, index):
            super()._render(index)
            if len(self.made) == 1:
                raise OSError("busy")
            return np.zeros((3, 4), np.uint8)

    clip = Flaky()
    with pytest.raises(OSError, match="busy"):
        clip.frame(0)
    assert clip.frame(0).shape == (3, 4)


def test_readers_of_one_frame_at_once_share_its_making():
    entered, go = threading.Event(), threading.Event()

    class Slow(Numbered):
        def _render(self, index):
            entered.set()
            go.wait(5)
            return super()._render(index)

    clip = Slow()
    threads = [threading.Thread(target=clip.frame, args=(1,)) for _ in range(4)]
    [thread.start() for thread in threads]
    entered.wait(5)
    go.set()
    [thread.join() for thread in threads]
    assert clip.made == [1]


def test_memory_does_not_grow_with_the_clip():
    clip = Numbered(frames=500)
    for index in range(500):
        clip.frame(index)
    assert len(clip._slots) <= 3


def test_release_forgets_and_closes_down_to_the_source():
    source = Numbered()
    clip = with_audio(source, ())
    clip.frame(0)
    clip.release()
    clip.frame(0)
    assert source.made == [0, 0]
    assert source.closed == 1


def test_other_sound_leaves_the_frames():
    source = Numbered()
    track = AudioTrack(path=Path("music.wav"))
    clip = with_audio(source, (track,))
    assert clip.audio == (track,)
    assert clip.fingerprint == source.fingerprint
    assert np.array_equal(clip.frame(7), source.frame(7))


def test_sound_is_trimmed_across_tracks_at_exact_times():
    first = AudioTrack(path=Path("a"), start_s=Fraction(2), duration_s=Fraction(3))
    silence = AudioTrack(duration_s=Fraction(1))
    rest = AudioTrack(path=Path("b"))
    kept = trimmed_audio((first, silence, rest), Fraction(5, 2), Fraction(7, 3))
    assert [(track.path, track.start_s, track.duration_s) for track in kept] == [
        (Path("a"), Fraction(9, 2), Fraction(1, 2)),
        (None, Fraction(0), Fraction(1)),
        (Path("b"), Fraction(0), Fraction(5, 6)),
    ]


def test_trimming_beyond_the_sound_gives_what_there_is():
    track = AudioTrack(path=Path("a"), duration_s=Fraction(1))
    assert trimmed_audio((track,), Fraction(2), Fraction(1)) == ()
    (kept,) = trimmed_audio((track,), Fraction(1, 2), Fraction(9))
    assert kept.duration_s == Fraction(1, 2)
