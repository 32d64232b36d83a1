from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.analysis.camera.solve import CameraMotion, solve_camera
from backlot.engine.analysis.scene.analyze import analyze_scene
from backlot.engine.clip.operations import ArrayClip, convert, still, trim
from backlot.engine.clip.store import Store
from backlot.engine.context import Context
from backlot.engine.errors import Cancelled, ClipMismatchError

SIZE = (480, 270)


def path(shots, kind, count=14):
    shake = np.random.default_rng(3).standard_normal((count, 4)) * (2.0, 2.0, 0.002, 0.15)
    poses = {
        "pan": lambda i: {"x": 4.3 * i},
        "tilt": lambda i: {"y": -3.1 * i},
        "zoom": lambda i: {"zoom": 1.01**i},
        "roll": lambda i: {"roll_deg": 0.6 * i},
        "handheld": lambda i: {
            "x": shake[i, 0],
            "y": shake[i, 1],
            "zoom": 1 + shake[i, 2],
            "roll_deg": shake[i, 3],
        },
        "static": lambda i: {},
    }
    first = np.linalg.inv(shots.pose(SIZE, **poses[kind](0)))
    return [first @ shots.pose(SIZE, **poses[kind](i)) for i in range(count)]


def errors(shots, motion, matrices, size=SIZE):
    return [shots.error(motion.matrix(i), m, size) for i, m in enumerate(matrices)]


@pytest.mark.parametrize("kind", ["pan", "tilt", "zoom", "roll", "handheld"])
def test_names_the_move_and_follows_it(shots, context, kind):
    matrices = path(shots, kind)
    motion = solve_camera(shots.Footage(matrices), context)
    assert motion.kind == kind
    assert np.median(errors(shots, motion, matrices)) < 0.1
    assert max(errors(shots, motion, matrices)) < 0.25
    assert min(motion.confidence) > 0.8
    assert len(motion) == len(motion.curve) == len(matrices)


def test_a_tripod_gives_exactly_the_identity(shots, context):
    motion = solve_camera(shots.Footage(path(shots, "static")), context)
    assert motion.kind == "static"
    assert motion.stability == 1.0
    assert all(np.array_equal(motion.matrix(i), np.eye(3)) for i in range(len(motion)))


def test_a_tripod_stays_still_behind_a_moving_subject(shots, context):
    motion = solve_camera(shots.Footage(path(shots, "static"), cover=0.3), context)
    assert motion.kind == "static"


def test_a_third_of_the_picture_moving_does_not_drag_the_solve(shots, context):
    matrices = path(shots, "handheld")
    motion = solve_camera(shots.Footage(matrices, cover=0.3), context)
    assert np.median(errors(shots, motion, matrices)) < 0.15


def test_a_matte_takes_out_a_subject_that_fills_most_of_the_picture(shots, context):
    matrices = path(shots, "pan")
    footage = shots.Footage(matrices, cover=0.6)
    motion = solve_camera(footage, context, matte=shots.Matte(footage))
    assert motion.kind == "pan"
    assert max(errors(shots, motion, matrices)) < 0.4


def test_does_not_drift_over_many_keyframes(shots, context):
    matrices = [
        shots.pose(SIZE, x=7.0 * i, zoom=1 + 0.002 * i, roll_deg=0.05 * i) for i in range(60)
    ]
    motion = solve_camera(shots.Footage(matrices), context)
    assert errors(shots, motion, matrices)[-1] < 0.5


def test_reduces_large_frames_and_answers_in_their_own_pixels(shots, context):
    size = (1280, 720)
    matrices = [shots.pose(size, x=6.25 * i, roll_deg=0.1 * i) for i in range(4)]
    motion = solve_camera(shots.Footage(matrices, size, margin=40), context)
    assert max(errors(shots, motion, matrices, size)) < 0.2


def test_a_flash_is_bridged(shots, context):
    matrices = path(shots, "pan", 10)
    footage = shots.Footage(matrices)
    frames = np.stack([footage.frame(i) for i in range(10)])
    frames[5] = 255
    motion = solve_camera(ArrayClip(frames, footage.format.fps), context)
    assert motion.confidence[5] == 0.0
    assert max(errors(shots, motion, matrices)) < 0.3
    assert motion.cuts == ()
    assert "1 frame " in motion.notes[0]


def test_a_cut_is_noted_and_the_camera_rests_across_it(shots, context):
    matrices = path(shots, "pan", 6)
    here = shots.Footage(matrices)
    there = shots.texture(9, 3 * SIZE[0], SIZE[1])
    other = np.stack([there[:, 200 + 3 * i : 680 + 3 * i] for i in range(6)]).astype(np.uint8)
    frames = np.concatenate([np.stack([here.frame(i) for i in range(6)]), other])
    motion = solve_camera(ArrayClip(frames, here.format.fps), context)
    assert motion.cuts == (6,)
    assert np.allclose(motion.matrix(6), motion.matrix(5))
    assert motion.curve[11].pan_x_px - motion.curve[6].pan_x_px == pytest.approx(15, abs=0.3)
    assert "frame 6" in motion.to_text()
    assert [(shot.first, shot.last) for shot in motion.shots] == [(0, 5), (6, 11)]


def joined(shots, parts):
    """A clip of (T, H, W, 3) parts, one after the other."""
    return ArrayClip(np.concatenate(parts).round().clip(0, 255).astype(np.uint8), shots.FPS)


def panned(shots, seed, count, step_px=3.0, sign=None):
    """Frames of a wall that a camera pans over; ``sign`` is a picture that does not move."""
    wall = shots.texture(seed, 3 * SIZE[0], SIZE[1])
    starts = [round(100 + step_px * at) for at in range(count)]
    frames = np.stack([wall[:, x : x + SIZE[0]] for x in starts])
    if sign is not None:
        frames[:, -60:-12, 20:220] = sign
    return frames


def test_cuts_are_those_of_the_scene(shots, context):
    flash = panned(shots, 3, 24)
    flash[11:13] = 1.5 * flash[11:13] + 120
    first, last = panned(shots, 4, 24)[-1], panned(shots, 5, 24)[0]
    dissolve = [first + (last - first) * share for share in np.linspace(0, 1, 12)]
    clip = joined(shots, [panned(shots, 1, 24), flash, panned(shots, 4, 24), np.stack(dissolve)])
    motion, scene = solve_camera(clip, context), analyze_scene(clip, context)
    assert motion.cuts == scene.cuts == (24, 48)
    assert [shot.first for shot in motion.shots] == [0, 24, 48]


def test_a_sign_over_both_scenes_does_not_hide_a_cut(shots, context):
    sign = shots.texture(8, 200, 48)
    parts = [panned(shots, 1, 20, sign=sign), panned(shots, 2, 20, -2.0, sign=sign)]
    motion = solve_camera(joined(shots, parts), context)
    assert motion.cuts == (20,)
    assert np.allclose(motion.matrix(20), motion.matrix(19))
    assert motion.curve[19].pan_x_px - motion.curve[0].pan_x_px == pytest.approx(57, abs=0.2)
    assert motion.curve[39].pan_x_px - motion.curve[20].pan_x_px == pytest.approx(-38, abs=0.2)


def test_confidence_falls_where_half_of_the_picture_moves_otherwise(shots, context):
    left, right = panned(shots, 1, 20, 3.0), panned(shots, 2, 20, -2.0)
    alone = solve_camera(joined(shots, [left]), context)
    left[:, :, SIZE[0] // 2 :] = right[:, :, SIZE[0] // 2 :]
    half = solve_camera(joined(shots, [left]), context)
    assert np.median(alone.confidence) > 0.95
    assert np.median(half.confidence[1:]) < 0.75


def test_every_shot_has_its_kind(shots, context):
    pan, rest = shots.Footage(path(shots, "pan", 12)), shots.Footage(path(shots, "static", 12))
    other = shots.texture(9, *SIZE)
    still_frames = [other + rest.frame(i) * np.float32(0.02) for i in range(12)]
    frames = [pan.frame(i) for i in range(12)]
    clip = ArrayClip(np.stack([*frames, *still_frames]).clip(0, 255).astype(np.uint8), shots.FPS)
    motion = solve_camera(clip, context)
    assert [shot.kind for shot in motion.shots] == ["pan", "static"]
    assert motion.kind == "mixed"
    assert np.array_equal(motion.matrix(12), motion.matrix(23))


def test_without_texture_the_camera_rests_and_says_so(shots, context):
    grey = np.full((90, 160, 3), 90, np.uint8)
    footage = shots.Footage(path(shots, "static", 5))
    motion = solve_camera(still(grey, footage.format), context)
    assert motion.kind == "static"
    assert set(motion.confidence) == {0.0}
    assert "no texture" in motion.notes[0]


@pytest.mark.parametrize("bits", [10, 16, 32])
def test_bit_depth_changes_nothing(shots, tmp_path, bits):
    footage = shots.Footage(path(shots, "pan", 5))
    eight = solve_camera(footage, Context(store=Store(tmp_path / "a")))
    deep = solve_camera(convert(footage, bits), Context(store=Store(tmp_path / "b")))
    for index in range(5):
        assert shots.error(deep.matrix(index), eight.matrix(index), SIZE) < 0.05


def test_one_frame_is_a_resting_camera(shots, context):
    motion = solve_camera(shots.Footage(path(shots, "pan", 1)), context)
    assert motion.kind == "static"
    assert len(motion) == 1


def test_is_solved_once_and_kept(shots, context):
    footage = shots.Footage(path(shots, "pan", 6))
    first = solve_camera(footage, context)
    read = footage.read
    assert solve_camera(footage, context) == first
    assert footage.read == read


def test_the_same_frames_give_the_same_solve(shots, tmp_path):
    matrices = path(shots, "handheld", 8)
    one = solve_camera(shots.Footage(matrices), Context(store=Store(tmp_path / "a")))
    two = solve_camera(shots.Footage(matrices), Context(store=Store(tmp_path / "b"), workers=1))
    assert one == two


def test_goes_through_json(shots, context):
    motion = solve_camera(shots.Footage(path(shots, "roll", 6)), context)
    assert CameraMotion.from_json(json.loads(json.dumps(motion.to_json()))) == motion


def test_a_matte_of_another_length_is_refused(shots, context):
    footage = shots.Footage(path(shots, "pan", 6), cover=0.2)
    with pytest.raises(ClipMismatchError, match="one length"):
        solve_camera(footage, context, matte=trim(shots.Matte(footage), 0, 4))


def test_stops_on_request(shots, tmp_path):
    context = Context(store=Store(tmp_path), is_cancelled=lambda: True)
    with pytest.raises(Cancelled):
        solve_camera(shots.Footage(path(shots, "pan", 6)), context)


def test_reports_progress_for_every_frame(shots, tmp_path):
    told = []
    context = Context(store=Store(tmp_path), progress=lambda *step: told.append(step))
    solve_camera(shots.Footage(path(shots, "pan", 4)), context)
    assert told == [("analysis", i + 1, 4, "Solving the camera") for i in range(4)]


def test_noise_on_a_plain_screen_is_no_texture(shots, context):
    rng = np.random.default_rng(5)
    grey = 120 + 2 * rng.standard_normal((5, 270, 480, 3))
    motion = solve_camera(ArrayClip(np.rint(grey).astype(np.uint8), Fraction(25)), context)
    assert motion.kind == "static"
    assert "no texture" in motion.notes[0]
