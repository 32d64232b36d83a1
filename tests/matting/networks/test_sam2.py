from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from backlot.engine.clip.clip import ClipFormat
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import Cancelled, FinalError, InputError
from backlot.engine.matting.networks.pictures import planes
from backlot.engine.matting.networks.sam2 import alpha_of, follow_by_sam2, played_backwards
from backlot.engine.matting.networks.sam2_memory import Memory, memory_of
from backlot.engine.matting.networks.sam2_prompts import (
    Mark,
    Prompt,
    mask_input,
    point_inputs,
    prompts_by_frame,
)
from backlot.engine.matting.networks.sam2_video import Sam2, Sam2Scan, odds_codes, odds_of
from backlot.engine.matting.prompts import MaskPrompt, Point, Prompts, read_prompts

MODEL = "sam2.1-hiera-small"
FORMAT = ClipFormat(160, 90, Fraction(25), 1)
BOX = (Mark(0.15, 0.2, 2), Mark(0.55, 0.85, 3))


@pytest.fixture
def network(sam2_folder):
    return Sam2(sam2_folder, MODEL, "cpu")


def seen(network, frames):
    return [network.prepare(planes(frame, FORMAT)) for frame in frames]


def followed(network, pictures, prompt, through=lambda memory: memory):
    memory, odds = Memory(), []
    for at, pixels in enumerate(pictures):
        said = prompt if at == prompt.frame else None
        found, memory = network.segment(memory, at, pixels, said)
        memory = through(memory)
        odds.append(found)
    return np.stack(odds), memory


def unpruned(folder, pictures, prompt):
    """Return what the library's own session says, with all that it keeps."""
    import transformers

    model = transformers.Sam2VideoModel.from_pretrained(folder).eval()
    session = transformers.Sam2VideoInferenceSession(
        video_height=90, video_width=160, dtype=torch.float32
    )
    number = session.obj_id_to_idx(1)
    side = model.config.image_size
    if prompt.mask is not None:
        session.add_mask_inputs(number, 0, mask_input(prompt.mask, side))
    else:
        session.add_point_inputs(number, 0, point_inputs(prompt.marks, side))
    session.obj_with_new_inputs = [1]
    with torch.inference_mode():
        odds = [model(inference_session=session, frame=one).pred_masks for one in pictures]
    return np.stack([one.reshape(one.shape[-2:]).numpy() for one in odds])


@pytest.mark.parametrize("kind", ["box", "mask"])
def test_masks_are_those_of_a_session_that_keeps_everything(network, sam2_folder, frames, kind):
    mask = np.zeros((90, 160), np.float32)
    mask[20:70, 30:80] = 1
    prompt = Prompt(0, marks=BOX) if kind == "box" else Prompt(0, mask)
    pictures = seen(network, frames(40))
    wanted = unpruned(sam2_folder, pictures, prompt)
    # Written and read on the way, as after a kill.
    found, memory = followed(network, pictures, prompt, lambda one: memory_of(one.state()))
    assert np.array_equal(found, wanted)
    assert np.abs(np.diff(wanted, axis=0)).max() > 0, "memory and movement must matter"
    assert len(memory.prompted) == 1 and len(memory.followed) == 15


def test_what_is_forgotten_matters(network, sam2_folder, frames):
    """Were the last frames not looked at, that nothing is lost by pruning would prove nothing."""
    pictures = seen(network, frames(6))
    prompt = Prompt(0, marks=BOX)
    wanted = unpruned(sam2_folder, pictures, prompt)
    found, _ = followed(network, pictures, prompt, lambda one: Memory(one.prompted, {}, one.places))
    assert not np.array_equal(found, wanted)


def size_of(memory):
    return sum(value.nbytes for value in memory.state().values())


@pytest.mark.slow
def test_memory_is_constant_over_a_thousand_frames(network, frames):
    pictures = seen(network, frames(40))
    memory, sizes = Memory(), []
    for at in range(1000):
        said = Prompt(0, marks=BOX) if at == 0 else None
        _, memory = network.segment(memory, at, pictures[at % 40], said)
        sizes.append(size_of(memory))
    assert max(sizes[16:]) == min(sizes[16:])
    assert sizes[999] < 1 << 20


def test_memory_soon_stops_growing(network, frames):
    sizes = []
    followed(
        network,
        seen(network, frames(24)),
        Prompt(0, marks=BOX),
        lambda one: sizes.append(size_of(one)) or one,
    )
    assert sizes[3] < sizes[10] < sizes[15]
    assert len(set(sizes[15:])) == 1


def test_the_picture_is_a_normalised_square(network):
    grey = torch.full((1, 3, 90, 160), 0.5)
    found = network.prepare(grey)
    assert found.shape == (3, 128, 128)
    assert found[0].mean().item() == pytest.approx((0.5 - 0.485) / 0.229, abs=1e-4)
    assert found[2].mean().item() == pytest.approx((0.5 - 0.406) / 0.225, abs=1e-4)


def test_a_clip_is_followed_and_kept_soft(sam2_folder, clip_of, context):
    clip = clip_of(6)
    alpha = follow_by_sam2(clip, context, sam2_folder, MODEL, (Prompt(0, marks=BOX),))
    assert alpha.format.channels == 1 and alpha.format.bits == 10
    assert (alpha.format.width, alpha.format.height, len(alpha)) == (160, 90, 6)
    codes = np.stack([alpha.frame(at) for at in range(6)])
    assert len(np.unique(codes)) > 50, "alpha must stay soft"
    again = follow_by_sam2(clip, context, sam2_folder, MODEL, (Prompt(0, marks=BOX),))
    assert again.fingerprint == alpha.fingerprint
    other = (Prompt(0, marks=(Mark(0.4, 0.5, 1),)),)
    assert follow_by_sam2(clip, context, sam2_folder, MODEL, other).fingerprint != alpha.fingerprint


def test_a_killed_run_goes_on_to_the_same_bytes(sam2_folder, clip_of, context, tmp_path):
    from dataclasses import replace

    from backlot.engine.clip.store import Store

    clip, prompts = clip_of(100), (Prompt(0, marks=BOX),)
    asked = []

    def killed():
        asked.append(1)
        return len(asked) > 150

    with pytest.raises(Cancelled):
        follow_by_sam2(clip, replace(context, is_cancelled=killed), sam2_folder, MODEL, prompts)
    resumed = follow_by_sam2(clip, context, sam2_folder, MODEL, prompts)
    fresh = replace(context, store=Store(tmp_path / "fresh"))
    whole = follow_by_sam2(clip, fresh, sam2_folder, MODEL, prompts)
    for at in range(100):
        assert np.array_equal(resumed.frame(at), whole.frame(at))


def test_a_later_mask_speaks_for_the_frames_before_it(sam2_folder, clip_of, context):
    clip, start = clip_of(8), Prompt(0, marks=BOX)
    mask = np.zeros((90, 160), np.float32)
    mask[10:80, 90:150] = 1
    plain = follow_by_sam2(clip, context, sam2_folder, MODEL, (start,))
    told = follow_by_sam2(clip, context, sam2_folder, MODEL, (start, Prompt(5, mask)))
    assert not np.array_equal(plain.frame(3), told.frame(3))
    assert not np.array_equal(plain.frame(7), told.frame(7))
    assert np.abs(told.frame(5) / 1023 - mask).mean() < 0.03


def test_a_correcting_click_is_heard_with_the_memory_of_the_subject(network, frames):
    pictures = seen(network, frames(5))
    click = Prompt(4, marks=(Mark(0.8, 0.5, 0),))
    _, memory = followed(network, pictures[:4], Prompt(0, marks=BOX))
    alone, _ = network.segment(Memory(), 4, pictures[4], click)
    heard, after = network.segment(memory, 4, pictures[4], click, corrects=True)
    plain, _ = network.segment(memory, 4, pictures[4])
    assert not np.array_equal(heard, plain)
    assert not np.array_equal(heard, alone)
    assert list(after.prompted) == [0, 4], "a correction must not be forgotten"


def test_a_correction_reaches_both_directions_and_is_shown_as_it_was_found(
    sam2_folder, clip_of, context
):
    clip, start = clip_of(8), Prompt(0, marks=BOX)
    click = Prompt(5, marks=(Mark(0.8, 0.5, 1), Mark(0.1, 0.1, 0)))
    plain = follow_by_sam2(clip, context, sam2_folder, MODEL, (start,))
    told = follow_by_sam2(clip, context, sam2_folder, MODEL, (start, click))
    for at in (2, 4, 5, 7):
        assert not np.array_equal(plain.frame(at), told.frame(at))
    network = Sam2(sam2_folder, MODEL, "cpu")
    pictures = seen(network, [clip.frame(at) for at in range(6)])
    _, memory = followed(network, pictures[:5], start)
    heard, _ = network.segment(memory, 5, pictures[5], click, corrects=True)
    wanted = alpha_of(ArrayClip(odds_codes(heard)[None], clip.format.fps), clip).frame(0)
    assert np.array_equal(told.frame(5), wanted)


def test_frames_before_the_first_prompt_are_followed_backwards(sam2_folder, clip_of, context):
    clip = clip_of(9)
    late = (Prompt(4, marks=BOX),)
    alpha = follow_by_sam2(clip, context, sam2_folder, MODEL, late)
    turned = ArrayClip(np.stack([clip.frame(4 - at) for at in range(5)]), clip.format.fps)
    wanted = follow_by_sam2(turned, context, sam2_folder, MODEL, (Prompt(0, marks=BOX),))
    assert len(alpha) == 9
    for at in range(5):
        assert np.array_equal(alpha.frame(at), wanted.frame(4 - at))


def test_frames_before_the_first_prompt_hear_of_later_ones(sam2_folder, clip_of, context):
    clip, first = clip_of(9), Prompt(4, marks=BOX)
    mask = np.zeros((90, 160), np.float32)
    mask[10:80, 90:150] = 1
    alone = follow_by_sam2(clip, context, sam2_folder, MODEL, (first,))
    told = follow_by_sam2(clip, context, sam2_folder, MODEL, (first, Prompt(6, mask)))
    assert not np.array_equal(told.frame(3), alone.frame(3))
    assert np.abs(told.frame(6) / 1023 - mask).mean() < 0.03
    assert np.abs(told.frame(2) / 1023 - mask).mean() > 0.03, "time must be turned round"


def test_a_clip_played_backwards_is_the_same_in_any_order(clip_of):
    clip = clip_of(21)
    back = played_backwards(clip)
    for at in (20, 0, 7, 8, 9, 1, 19):
        assert np.array_equal(back.frame(at), clip.frame(20 - at))


def test_log_odds_survive_as_codes_and_become_alpha_at_full_size():
    odds = np.linspace(-20, 20, 64 * 64, dtype=np.float32).reshape(64, 64)
    back = odds_of(odds_codes(odds))
    assert np.abs(back - odds.clip(-16, 16)).max() < 3e-4
    edge = np.full((8, 8), -6, np.float32)
    edge[:, 4:] = 6
    clip = ArrayClip(odds_codes(edge)[None], Fraction(25))
    like = ArrayClip(np.zeros((1, 160, 160), np.uint8), Fraction(25))
    alpha = alpha_of(clip, like).frame(0) / 1023
    assert alpha.shape == (160, 160)
    assert alpha[80, 5] < 0.01 and alpha[80, 155] > 0.99
    # The contour lies between the cells, and alpha crosses it smoothly.
    assert alpha[80, 79] == pytest.approx(1 - alpha[80, 80], abs=2e-3)
    assert 0.3 < alpha[80, 79] < 0.5


def test_prompts_come_by_frame_and_as_shares(clip_of):
    fmt = clip_of(5).format
    said = read_prompts("16,9,80,45", "40,45 -8,9 120,45@3", fmt)
    first, later = prompts_by_frame(said, fmt)
    assert first.frame == 0 and later.frame == 3
    inputs = point_inputs(first.marks, 100)
    assert inputs["point_coords"].shape == (1, 1, 4, 2)
    assert inputs["point_coords"][0, 0].tolist() == [[10, 10], [50, 50], [25, 50], [5, 10]]
    assert inputs["point_labels"].tolist() == [[[2, 3, 1, 0]]]
    assert inputs["point_labels"].dtype == torch.int32


def test_without_a_prompt_the_coarse_matte_says_what_is_meant(clip_of):
    clip = clip_of(3)
    coarse = np.zeros((3, 90, 160), np.uint16)
    coarse[:, 30:60] = 1023
    (found,) = prompts_by_frame(Prompts(), clip.format, ArrayClip(coarse, clip.format.fps, bits=10))
    assert found.frame == 0
    assert found.mask.mean() == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        (Prompts(), "must be told what the subject is"),
        (Prompts(points=(Point(5, 5, 0, False),)), "must be told what the subject is"),
        (Prompts(masks=(MaskPrompt(1, np.zeros((90, 160))),)), "mask on frame 1 .* empty"),
        (
            Prompts(points=(Point(5, 5, 2, True),), masks=(MaskPrompt(2, np.ones((90, 160))),)),
            "a mask or points on a frame, got both on frame 2",
        ),
    ],
)
def test_prompts_that_do_not_fit_are_explained(clip_of, prompts, said):
    with pytest.raises(InputError, match=said):
        prompts_by_frame(prompts, clip_of(3).format)


def test_a_mask_is_hard_at_the_networks_size():
    mask = np.zeros((90, 160), np.float32)
    mask[:45] = 0.8
    found = mask_input(mask, 64)
    assert found.shape == (1, 1, 64, 64)
    assert set(found.unique().tolist()) == {0.0, 1.0}
    assert found.mean().item() == pytest.approx(0.5, abs=0.02)


def test_wrong_files_say_what_to_do(tmp_path, clip_of, context):
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(FinalError, match=f"backlot models get {MODEL}"):
        follow_by_sam2(clip_of(2), context, tmp_path, MODEL, (Prompt(0, marks=BOX),))


def test_what_was_said_is_part_of_the_fingerprint(network, clip_of):
    clip = clip_of(3)
    marks = {
        Sam2Scan(clip, network, mark, said, clip, (0,)).fingerprint
        for mark in ("a", "b")
        for said in ((Prompt(0, marks=BOX),), (Prompt(0, np.ones((90, 160))),))
    }
    assert len(marks) == 4
