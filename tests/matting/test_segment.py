from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.clip.render import render_scan
from backlot.engine.clip.store import Store
from backlot.engine.context import Context
from backlot.engine.errors import Cancelled, FinalError, InputError
from backlot.engine.matting.prompts import MaskPrompt
from backlot.engine.matting.propagate import Propagation
from backlot.engine.matting.segment import segment_subject

BOX = "26,32,84,92"


def test_box_is_followed_through_the_clip(walk, context, mad):
    matte = segment_subject(walk.clip, context, box=BOX, points="", method="auto")
    assert matte.method == "segment"
    assert mad(matte.alpha, walk.alpha) < 14


def test_moving_subject_is_found_without_prompts(walk, context, mad):
    matte = segment_subject(walk.clip, context, box="", points="", method="auto")
    assert mad(matte.alpha, walk.alpha) < 25


def test_points_choose_the_subject(walk, context, mad):
    points = "55,62 45,52 65,72 -10,10 -120,60"
    matte = segment_subject(walk.clip, context, box="", points=points, method="segment")
    assert mad(matte.alpha, walk.alpha) < 30


def test_screen_is_keyed(greenscreen, context, mad):
    matte = segment_subject(greenscreen.clip, context, box="", points="", method="auto")
    assert matte.method == "key" and matte.screen is not None
    assert mad(matte.alpha, greenscreen.alpha) < 6


def test_segment_leaves_the_screen_unkeyed(greenscreen, context):
    matte = segment_subject(greenscreen.clip, context, box=BOX, points="", method="segment")
    assert matte.screen is None


def test_key_without_a_screen_is_refused(walk, context):
    with pytest.raises(InputError, match="screen"):
        segment_subject(walk.clip, context, box="", points="", method="key")


def test_unknown_method_is_refused(walk, context):
    with pytest.raises(InputError, match="method"):
        segment_subject(walk.clip, context, box="", points="", method="magic")


def test_step_is_pure(walk):
    scan = Propagation(walk.clip, walk.alpha[0] > 0.5)
    state = scan.start()
    before = {name: value.copy() for name, value in state.items()}
    first, after = scan.step(0, scan.look(0), state)
    again, _ = scan.step(0, scan.look(0), state)
    assert np.array_equal(first, again)
    assert all(np.array_equal(before[name], state[name]) for name in before)
    kept = {name: value.copy() for name, value in after.items()}
    one, _ = scan.step(1, scan.look(1), after)
    two, _ = scan.step(1, scan.look(1), kept)
    assert np.array_equal(one, two)


def test_correction_on_a_later_frame_changes_it(walk):
    from backlot.engine.matting.prompts import Point

    first = walk.alpha[0] > 0.5
    plain = Propagation(walk.clip, first)
    clicked = Propagation(walk.clip, first, clicks=(Point(57, 62, 1, False),))
    assert plain.fingerprint != clicked.fingerprint
    alphas = []
    for scan in (plain, clicked):
        _, state = scan.step(0, scan.look(0), scan.start())
        alphas.append(scan.step(1, scan.look(1), state)[0])
    assert alphas[0][62, 57] > 900
    assert alphas[1][62, 57] < 400


def test_resumed_run_gives_the_same_bytes(walk, tmp_path):
    from fractions import Fraction

    frames = np.concatenate([walk.frames, walk.frames[::-1], walk.frames])[:56]
    clip = ArrayClip(frames, Fraction(25))
    scan = Propagation(clip, walk.alpha[0] > 0.5)
    whole = render_scan(scan, Context(Store(tmp_path / "whole")), "matting", "test")
    store = Store(tmp_path / "cut")
    calls = iter(range(10_000))
    stopped = Context(store, is_cancelled=lambda: next(calls) > 52)
    with pytest.raises(Cancelled):
        render_scan(scan, stopped, "matting", "test")
    resumed = render_scan(scan, Context(store), "matting", "test")
    assert all(np.array_equal(whole.frame(i), resumed.frame(i)) for i in range(len(frames)))


def test_a_mask_on_a_later_frame_is_followed_both_ways(walk, context, mad):
    last = len(walk.clip) - 1
    masks = (MaskPrompt(last // 2, walk.alpha[last // 2]),)
    matte = segment_subject(walk.clip, context, masks=masks)
    assert len(matte.alpha) == len(walk.clip)
    assert mad(matte.alpha, walk.alpha) < 8
    drawn = matte.alpha.frame(last // 2) / matte.alpha.format.max_value
    assert np.abs(drawn - walk.alpha[last // 2]).mean() < 0.01


def test_a_correction_on_the_last_frame_reaches_the_frames_before(walk, context):
    last = len(walk.clip) - 1
    first = walk.alpha[0].copy()
    first[60:] = 0  # half of the subject is missed
    half = (MaskPrompt(0, first),)
    plain = segment_subject(walk.clip, context, masks=half)
    both = segment_subject(walk.clip, context, masks=(*half, MaskPrompt(last, walk.alpha[last])))
    errors = [
        np.abs(matte.alpha.frame(last - 1) / 1023 - walk.alpha[last - 1]).mean()
        for matte in (plain, both)
    ]
    assert errors[1] < 0.7 * errors[0]
    assert np.array_equal(both.alpha.frame(0), plain.alpha.frame(0))


def test_text_without_networks_says_what_to_do(walk, context):
    with pytest.raises(InputError, match="text must be read by SAM 2"):
        segment_subject(walk.clip, context, text="person", model="auto")


def test_a_model_that_is_not_there_says_what_to_do(walk, context):
    with pytest.raises(InputError, match="model must be one of"):
        segment_subject(walk.clip, context, model="magic")
    with pytest.raises(FinalError, match="backlot models get"):
        segment_subject(walk.clip, context, model="rvm")
