"""SAM 2 where one shot ends and another begins."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.matting.cuts import begins_shot
from backlot.engine.matting.networks.found_again import colours_of, found_again, is_lost
from backlot.engine.matting.networks.sam2 import follow_by_sam2
from backlot.engine.matting.networks.sam2_prompts import Mark, Prompt
from backlot.engine.matting.networks.sam2_video import Sam2, Sam2Scan, odds_of

MODEL = "sam2.1-hiera-small"
FPS = Fraction(25)
BOX = (Mark(0.15, 0.2, 2), Mark(0.55, 0.85, 3))
CUT = 6


def shots(frames, first=None):
    """Return a clip of two shots: a disc over a texture, and both turned, over another."""
    first = frames(CUT) if first is None else first
    second = np.ascontiguousarray(frames(5, seed=9)[:, ::-1, ::-1])
    return ArrayClip(np.concatenate([first, second]), FPS)


def codes_of(clip):
    return np.stack([clip.frame(at) for at in range(len(clip))])


def followed(clip, context, folder, *prompts):
    return codes_of(follow_by_sam2(clip, context, folder, MODEL, prompts))


def test_what_was_followed_ends_with_its_shot(sam2_folder, frames, context):
    one = frames(CUT)
    other = np.concatenate([one[:1], one[:0:-1]])
    clips = shots(frames, one), shots(frames, other)
    assert [at for at in range(CUT + 5) if begins_shot(clips[0], at)] == [CUT]
    start = Prompt(0, marks=BOX)
    first, second = (followed(clip, context, sam2_folder, start) for clip in clips)
    assert not np.array_equal(first[CUT - 1], second[CUT - 1]), "memory must matter"
    assert np.array_equal(first[CUT:], second[CUT:]), "the last shot must not be remembered"
    assert not np.array_equal(first[CUT + 1], first[CUT + 2])


def test_what_was_said_is_not_forgotten_at_a_cut(sam2_folder, frames, context):
    mask = np.zeros((90, 160), np.float32)
    mask[10:80, 90:150] = 1
    clip = shots(frames)
    boxed = followed(clip, context, sam2_folder, Prompt(0, marks=BOX))
    masked = followed(clip, context, sam2_folder, Prompt(0, mask))
    assert not np.array_equal(boxed[CUT], masked[CUT])
    told = followed(clip, context, sam2_folder, Prompt(0, marks=BOX), Prompt(CUT, mask))
    assert np.abs(told[CUT] / 1023 - mask).mean() < 0.03


class Blind(Sam2):
    """Sees a subject only where it is told of it, and in the frames of the same shot."""

    said: list[tuple[int, bool]]

    def segment(self, memory, at, pixels, prompt=None, *, corrects=False):
        odds, after = super().segment(memory, at, pixels, prompt, corrects=corrects)
        self.said.append((at, prompt is not None))
        if prompt is not None and prompt.mask is not None:
            seen = cv2.resize(prompt.mask, odds.shape[::-1]) > 0.5
            return np.where(seen, np.float32(8), np.float32(-8)), after
        return np.full_like(odds, -8.0), after


def scanned(folder, clip, mask):
    network = Blind(folder, MODEL, "cpu")
    network.said = []
    scan = Sam2Scan(clip, network, "mark", (Prompt(0, mask),), clip, (0,))
    state, odds, states = scan.start(), [], []
    for at in range(len(clip)):
        codes, state = scan.step(at, scan.look(at), state)
        odds.append(odds_of(codes))
        states.append(state)
    return network, odds, states


@pytest.fixture
def portrait():
    """Return what draws somebody in a red coat, 160 x 90."""

    def draw(x, ground, coat=(200, 40, 50)):
        rng = np.random.default_rng(ground)
        small = rng.integers(0, 255, (5, 8, 3), dtype=np.uint8)
        small[..., 0] //= 3  # nothing else is red
        frame = cv2.resize(small, (160, 90), interpolation=cv2.INTER_CUBIC)
        mask = np.zeros((90, 160), np.uint8)
        cv2.ellipse(mask, (x, 80), (18, 42), 0, 0, 360, 1, -1)
        cv2.circle(mask, (x, 28), 11, 1, -1)
        frame[mask > 0] = coat
        cv2.circle(frame, (x, 28), 11, (210, 160, 130), -1)
        return frame, mask.astype(np.float32)

    return draw


def test_who_is_lost_at_a_cut_is_found_by_the_colours(sam2_folder, portrait):
    (one, mask), (two, there), (three, _) = (portrait(50, 1), portrait(104, 2), portrait(60, 3))
    clip = ArrayClip(np.stack([one] * 5 + [two] * 5 + [three] * 5), FPS)
    network, odds, states = scanned(sam2_folder, clip, mask)
    found = cv2.resize(odds[5], (160, 90)) > 0
    common = (found & (there > 0.5)).sum() / (found | (there > 0.5)).sum()
    assert common > 0.8
    # Told on the first frame, asked on the cut and told there, and in between only asked.
    assert [one for one in network.said if one[1]] == [(0, True), (5, True), (10, True)]
    assert states[7]["prompted"].tolist() == [0, 5]
    assert states[12]["prompted"].tolist() == [0, 10], "a guess ends with its shot"


def test_who_is_not_in_the_new_shot_is_not_invented(sam2_folder, portrait):
    (one, mask), (two, _) = portrait(50, 1), portrait(104, 2, coat=(40, 60, 190))
    two[two[..., 0] > 190] = (60, 200, 180)
    clip = ArrayClip(np.stack([one] * 5 + [two] * 5), FPS)
    network, odds, _ = scanned(sam2_folder, clip, mask)
    assert all(is_lost(said) for said in odds[5:])
    assert [one for one in network.said if one[1]] == [(0, True)]


def test_colours_tell_who_it_was(portrait):
    (one, mask), (two, there) = portrait(50, 1), portrait(104, 2)
    like = colours_of(one, (mask - 0.5) * 8)
    mask = found_again(two, like)
    assert mask is not None and np.abs(mask - there).mean() < 0.05
    assert found_again(two, colours_of(one, np.full((90, 160), -8, np.float32))) is None
