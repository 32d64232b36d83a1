"""The studio's own promises: if these fail, no number of the benchmark means anything."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.bench.studio import CASES, case_named, load_case, render_case, with_size
from tests.bench.studio.color import decode_srgb, encode_srgb
from tests.bench.studio.frame import render, stages
from tests.bench.studio.geometry import geometry

WIDTH, HEIGHT, FRAMES = 160, 90, 3


def small(name, frames=FRAMES):
    return with_size(case_named(name), WIDTH, HEIGHT, frames)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return render_case(small("two_cross"), tmp_path_factory.mktemp("studio") / "case")


@pytest.fixture(scope="module")
def truth(folder):
    return load_case(folder)


@pytest.fixture(scope="module")
def moving():
    """Two frames of a pan and the true motion of its plate between them."""
    case = small("walk_pan")
    frames = [render(case, k) for k in range(2)]
    shape = geometry(case, 0, stages(case, 0)[0], frames[0].hair)
    return case, frames, shape


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_files_are_the_same_for_any_number_of_workers(folder, tmp_path):
    case = with_size(case_named("two_cross"), WIDTH, HEIGHT, FRAMES)
    assert digests(render_case(case, tmp_path / "again", workers=2)) == digests(folder)


def test_a_finished_folder_is_left_alone(folder):
    before = (folder / "clean.nut").stat().st_mtime_ns
    render_case(small("two_cross"), folder)
    assert (folder / "clean.nut").stat().st_mtime_ns == before


def test_the_law_of_the_composite(truth):
    alpha, shadow = truth.alpha()[..., None], truth.shadow()[..., None]
    fore, plate = decode_srgb(truth.foreground()), decode_srgb(truth.plate())
    comp = encode_srgb(alpha * fore + (1 - alpha) * plate * shadow)
    assert np.abs(comp - truth.clean()).max() <= 0.5 / 255


@pytest.mark.parametrize("name", ["glass_bottle", "green_half"])
def test_the_law_holds_for_glass_and_hair(name):
    frame = render(small(name), 1)
    alpha, shadow = frame.alpha[..., None], frame.shadow[..., None]
    fore, plate = decode_srgb(frame.foreground), decode_srgb(frame.plate)
    comp = encode_srgb(alpha * fore + (1 - alpha) * plate * shadow)
    assert np.abs(comp - frame.clean).max() <= 0.5 / 255


def test_alpha_has_many_levels_and_holds_hair(truth):
    alpha, hair = truth.alpha(), truth.hair()
    assert alpha.min() == 0.0 and alpha.max() == 1.0
    assert len(np.unique(alpha)) > 500
    assert (hair <= alpha + 1e-4).all() and hair.max() > 0.5
    people = sum(truth.person_alpha(k) for k in range(len(truth.people)))
    assert np.abs(people - alpha).max() < 1e-4


def test_plate_motion_warps_the_plate_onto_the_next(moving):
    _, frames, shape = moving
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    at_x, at_y = x + shape.plate_motion[..., 0], y + shape.plate_motion[..., 1]
    back = cv2.remap(frames[1].plate, at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = (at_x > 1) & (at_x < WIDTH - 2) & (at_y > 1) & (at_y < HEIGHT - 2)
    still = np.abs(frames[1].plate - frames[0].plate)[inside].mean()
    moved = np.abs(back - frames[0].plate)[inside].mean()
    assert np.abs(shape.plate_motion).max() > 0.5
    assert moved < 0.4 * still and moved < 0.02


def test_true_motion_is_what_registration_finds():
    case = with_size(replace(case_named("walk_pan"), noise=0.0), 320, 180, 2)
    place = stages(case, 0)[0]
    shape = geometry(case, 0, place, np.zeros((180, 320), np.float32))
    plates = []
    for index in range(2):
        total = 0.0
        for dx, dy in np.mgrid[-3:4, -3:4].reshape(2, -1).T / 7.0:
            time_s = case.time_s(index)
            view = case.camera.view(time_s, 320, 180, (float(dx), float(dy)))
            total = total + place.draw(view, time_s)[..., :3]
        plates.append(cv2.cvtColor(np.float32(total / 49), cv2.COLOR_RGB2GRAY)[100:, :])
    # All of this is one plane, the ground, whose motion a homography describes.
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-7)
    start = np.eye(3, dtype=np.float32)
    start[:2, 2] = shape.plate_motion[140, 160]
    found = cv2.findTransformECC(*plates, start, cv2.MOTION_HOMOGRAPHY, criteria)[1]
    x, y = np.meshgrid(np.arange(40, 280), np.arange(20, 60))
    there = np.stack([x, y, np.ones_like(x)], -1) @ found.T
    motion = there[..., :2] / there[..., 2:] - np.stack([x, y], -1)
    error = np.linalg.norm(motion - shape.plate_motion[100:][20:60, 40:280], axis=-1)
    assert np.median(error) < 0.05


def test_motion_follows_projected_points(moving):
    case, _, shape = moving
    views = [case.camera.view(case.time_s(k), WIDTH, HEIGHT) for k in range(2)]
    c, x, y = views[0].rays()
    for row, column in ((50, 20), (70, 140), (85, 80)):
        near = shape.plate_nearness[row, column]
        point = views[0].position + (c + column * x + row * y) / near
        there = views[1].project(point[None])[0, :2]
        assert np.allclose(there - [column, row], shape.plate_motion[row, column], atol=0.01)


def test_the_camera_in_the_facts_projects_the_joints(truth):
    frame = truth.per_frame[1]
    case = small("two_cross")
    view = case.camera_of(1).view(case.time_s(1), WIDTH, HEIGHT)
    assert np.allclose(frame["camera"]["projection"], view.projection)
    for person in frame["people"]:
        x0, y0, x1, y1 = person["box"]
        head = person["joints"]["head"]
        assert x0 <= head[0] <= x1 and y0 <= head[1] <= y1


def test_double_size_shows_the_same_picture():
    case = case_named("talk_room")
    one = render(with_size(case, WIDTH, HEIGHT, 3), 2)
    two = render(with_size(case, 2 * WIDTH, 2 * HEIGHT, 3), 2)
    for name, most in (("clean", 0.03), ("alpha", 0.01)):
        half = cv2.resize(getattr(two, name), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        assert np.abs(half - getattr(one, name)).mean() < most


def test_the_answer_is_the_same_performance_elsewhere():
    case = small("talk_room")
    frame = render(case, 1)
    solid, empty = frame.alpha > 0.999, frame.alpha == 0
    assert np.abs(frame.answer - frame.clean)[solid].mean() > 0.01
    plate = decode_srgb(frame.answer_plate) * frame.answer_shadow[..., None]
    assert np.allclose(encode_srgb(plate)[empty], frame.answer[empty], atol=1e-3)
    same = render(replace(case, answer_scene="room"), 1)
    assert np.allclose(same.answer, same.clean, atol=1e-6)


def test_the_shadow_darkens_only_the_ground(truth):
    shadow = truth.shadow()
    assert shadow.min() < 0.8 and shadow.max() == 1.0
    assert (shadow[:, : HEIGHT // 4] == 1.0).all()


def test_what_stands_still_is_the_same_in_every_frame():
    first, second = (render(small("talk_room"), k) for k in range(2))
    assert np.array_equal(first.plate, second.plate)
    assert not np.array_equal(first.alpha, second.alpha)


def test_the_clip_is_the_clean_frames_with_noise(truth):
    assert truth.frames().shape == (FRAMES, HEIGHT, WIDTH, 3)
    assert 0.001 < np.abs(truth.frames() - truth.clean()).mean() < 0.03


def test_cases_are_distinct_and_cover_what_is_promised():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 24
    assert len({case.fingerprint for case in CASES}) == len(names)
    tags = {tag for case in CASES for tag in case.tags}
    wanted = "locked pan tilt roll dolly zoom handheld green blue glass two three leaves cut"
    assert set(wanted.split()) | {"camouflage", "blur", "ramp", "step", "defocus"} <= tags
