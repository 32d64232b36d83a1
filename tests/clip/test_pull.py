from __future__ import annotations

import threading
import time
from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.clip import Clip, ClipFormat
from backlot.engine.clip.operations import ArrayClip, map_frames, window_frames
from backlot.engine.clip.pull import pull
from backlot.engine.errors import Cancelled


class Watched(Clip):
    """Frame i is filled with i; notes which frames are being made at once."""

    def __init__(self, frames=40, fail_at=None):
        super().__init__(ClipFormat(4, 3, Fraction(25), frames, 1, 8), "watched")
        self.begun, self.threads, self.closed = [], set(), 0
        self.fail_at = fail_at

    def _render(self, index):
        self.begun.append(index)
        self.threads.add(threading.get_ident())
        if index == self.fail_at:
            raise RuntimeError(f"frame {index}")
        time.sleep(0.001 * (index % 3))
        return np.full((3, 4), index, np.uint8)

    def _close(self):
        self.closed += 1


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_frames_come_in_order(workers):
    assert [int(frame[0, 0]) for frame in pull(Watched(), workers=workers)] == list(range(40))


def test_any_frames_can_be_asked_for():
    wanted = [5, 5, 39, 0, 7]
    assert [int(frame[0, 0]) for frame in pull(Watched(), wanted)] == wanted


def test_frames_are_made_in_several_threads():
    clip = Watched()
    list(pull(clip, workers=3))
    assert len(clip.threads) > 1
    assert threading.get_ident() not in clip.threads


def test_no_more_is_made_ahead_than_the_workers_need():
    clip = Watched()
    frames = pull(clip, workers=2)
    next(frames)
    time.sleep(0.05)
    assert max(clip.begun) <= 3
    frames.close()
    assert max(clip.begun) <= 3


def test_each_frame_is_made_once_however_many_look_at_it():
    clip = Watched()
    doubled = map_frames(lambda _, a, b: a // 2 + b // 2, [clip, clip], "both/1")
    blurred = window_frames(lambda _, frames: np.max(frames, axis=0), doubled, 3, "max/1")
    list(pull(blurred))
    assert sorted(clip.begun) == list(range(40))


def test_an_error_arrives_at_its_frame_and_ends_the_threads():
    clip = Watched(fail_at=9)
    seen = []
    with pytest.raises(RuntimeError, match="frame 9"):
        seen += [int(frame[0, 0]) for frame in pull(clip)]
    alive = [t for t in threading.enumerate() if t.name.startswith("backlot_")]
    assert alive == []
    assert max(clip.begun) <= 12


def test_everything_is_released_at_the_end():
    clip = Watched()
    list(pull(map_frames(lambda _, frame: frame, [clip], "same/1")))
    assert clip.closed == 1
    assert not clip._slots


def test_stops_within_a_long_chain():
    """One frame at the end of a chain can cost many frames before it; each of them asks."""
    asked = []

    def check():
        asked.append(1)
        if len(asked) > 3:
            raise Cancelled("stopped")

    clip = ArrayClip(np.zeros((20, 4, 4, 3), np.uint8), Fraction(25))
    long = window_frames(lambda _, frames: frames[0], clip, 8, "test-window/1")
    with pytest.raises(Cancelled):
        list(pull(long, [9], workers=1, check=check))
    assert len(asked) == 4


def test_a_cancelled_pull_does_not_stop_later_readers():
    def stop():
        raise Cancelled("stop")

    source = Watched()
    clip = map_frames(lambda _, frame: frame, [source], "same/1")
    with pytest.raises(Cancelled):
        list(pull(clip, check=stop))
    assert int(clip.frame(7)[0, 0]) == 7
