from __future__ import annotations

import json
from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.camera.motion import CameraMotion, CameraPose, as_matrix
from backlot.engine.analysis.depth.depth_given import depth_of_pictures
from backlot.engine.analysis.depth.depth_map import SceneryClip
from backlot.engine.analysis.depth.depth_pass import looked_at
from backlot.engine.analysis.depth.depth_scenery import Anchor, Scenery, Standing
from backlot.engine.analysis.depth.estimate import DepthInfo, describe, estimate_depth
from backlot.engine.clip.clip import Clip, ClipFormat
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import ClipMismatchError, InputError

FPS = Fraction(25)
SIZE = (640, 360)
#: Focal length in pixels, row of the horizon, height of the camera in metres.
FOCAL, HORIZON, EYE = 640.0, 130.0, 1.5


class Street(Clip):
    """A textured ground, a wall far behind and a post half way, from a camera that goes right."""

    def __init__(self, shots, count=24, step_m=0.05):
        super().__init__(ClipFormat(*SIZE, FPS, count), f"street-{count}-{step_m}")
        self.ground = shots.texture(3, 1200, 1200)
        self.wall = shots.texture(4, 1400, 500)
        self.post = shots.texture(5, 60, 400)
        self.step_m = step_m
        self.read = 0

    def projection(self, index):
        """From (x, y up, distance) in metres to pixels."""
        x = self.step_m * (index - len(self) / 2)
        k = np.array([[FOCAL, 0, SIZE[0] / 2], [0, FOCAL, HORIZON], [0, 0, 1]])
        return k @ np.array([[1, 0, 0, -x], [0, -1, 0, EYE], [0, 0, 1, 0.0]])

    def layers(self):
        """Yield texture, and the (4, 3) matrix from texture pixels to metres."""
        yield self.wall, np.array([[0.025, 0, -17.5], [0, -0.02, 8.0], [0, 0, 14.0], [0, 0, 1]])
        yield self.ground, np.array([[0.02, 0, -12.0], [0, 0, 0.0], [0, -0.011, 14.2], [0, 0, 1]])
        yield self.post, np.array([[0.01, 0, 0.8], [0, -0.008, 2.6], [0, 0, 5.0], [0, 0, 1]])

    def nearness(self, index):
        """True inverse depth (H, W)."""
        found = np.zeros(SIZE[::-1], np.float32)
        for texture, place in self.layers():
            matrix = self.projection(index) @ place
            inside = self._seen(np.ones(texture.shape[:2], np.float32), matrix) > 0.99
            x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
            back = np.linalg.inv(matrix) @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
            depth = 1.0 / np.maximum(back[2], 1e-9)
            found[inside] = (1.0 / depth).reshape(inside.shape)[inside]
        return found

    def _seen(self, texture, matrix):
        return cv2.warpPerspective(texture, matrix, SIZE, flags=cv2.INTER_LINEAR)

    def _render(self, index):
        self.read += 1
        frame = np.zeros((*SIZE[::-1], 3), np.float32)
        for texture, place in self.layers():
            matrix = self.projection(index) @ place
            inside = self._seen(np.ones(texture.shape[:2], np.float32), matrix) > 0.99
            frame[inside] = self._seen(texture, matrix)[inside]
        noise = np.random.default_rng((3, index)).normal(0, 1.5, frame.shape)
        return np.rint((frame + noise).clip(0, 255)).astype(np.uint8)


def order(found, true):
    """Share of pairs of pixels in the true order."""
    first, second = np.random.default_rng(5).integers(0, true.size, (2, 20000))
    a, b = true.ravel()[first], true.ravel()[second]
    apart = np.abs(a - b) > 0.1 * np.maximum(a, b)
    f = found.ravel().astype(np.float64)
    return (np.sign(f[first] - f[second]) == np.sign(a - b))[apart].mean()


def resting(count, cuts=()):
    rest = as_matrix(np.eye(3))
    return CameraMotion(
        "static", (rest,) * count, (CameraPose(0, 0, 1, 0),) * count, 1.0, (1.0,) * count, cuts
    )


def matte_of(box, count):
    plane = np.zeros((count, *SIZE[::-1]), np.uint8)
    x0, y0, x1, y1 = box
    plane[:, y0:y1, x0:x1] = 255
    return ArrayClip(plane, FPS)


def test_a_travelling_camera_measures_depth_and_horizon(shots, context):
    clip = Street(shots)
    depth = estimate_depth(clip, context, method="parallax")
    assert depth.info.method == "parallax"
    assert depth.info.confidence > 0.8
    for index in (2, 12, 21):
        assert order(depth.nearness.frame(index), clip.nearness(index)) > 0.93
        assert depth.info.horizons[index].y_px == pytest.approx(HORIZON, abs=0.03 * SIZE[1])
    assert depth.info.horizon.tilt_deg == pytest.approx(0.0, abs=1.5)
    assert depth.info.horizon_confidence > 0.5
    assert depth.info.ground.normal[1] > 0.95


def test_the_post_is_nearer_than_the_wall_around_it(shots, context):
    clip = Street(shots)
    nearness = estimate_depth(clip, context, method="parallax").nearness.frame(12)
    true = clip.nearness(12)
    post = (np.abs(true - 1 / 5.0) < 1e-3) & (np.mgrid[: SIZE[1], : SIZE[0]][0] < 200)
    wall = np.abs(true - 1 / 14.0) < 1e-3
    assert np.median(nearness[post]) > 1.4 * np.median(nearness[wall])


def test_ground_and_camera_height_agree_with_the_map(shots, context):
    clip = Street(shots)
    depth = estimate_depth(clip, context, method="parallax")
    ground, index = depth.info.ground, 0
    x, y = SIZE[0] / 2, 330.0
    focal = ground.focal_px
    ray = np.array([(x - (SIZE[0] - 1) / 2) / focal, -(y - (SIZE[1] - 1) / 2) / focal, -1.0])
    expected = -float(np.dot(ground.normal, ray)) / ground.height
    found = depth.nearness.frame(index)[int(y), int(x)] / 65535
    assert found == pytest.approx(expected, rel=0.1)


def test_a_resting_camera_reads_the_picture_as_a_stage_and_says_so(shots, context):
    clip = Street(shots, step_m=0.0)
    depth = estimate_depth(clip, context, method="parallax")
    assert depth.info.method == "ground"
    assert depth.info.confidence < 0.5
    assert "measured" in depth.info.notes[0]
    nearness = depth.nearness.frame(3)
    assert order(nearness, clip.nearness(3)) > 0.8
    assert nearness[350, 100] > 3 * nearness[60, 100]
    assert np.array_equal(nearness, depth.nearness.frame(20))


def test_only_a_few_frames_are_read_and_once(shots, context):
    clip = Street(shots, count=80, step_m=0.0)
    first = estimate_depth(clip, context, method="parallax", camera=resting(80))
    assert clip.read <= 14
    again = estimate_depth(clip, context, method="parallax", camera=resting(80))
    assert clip.read <= 14
    assert again.info == first.info
    assert again.nearness.fingerprint == first.nearness.fingerprint


def test_looks_cover_short_and_long_clips():
    assert list(looked_at(1)) == [0]
    assert list(looked_at(3)) == [0, 1, 2]
    for count in (30, 100, 1000):
        looks = list(looked_at(count))
        assert looks[0] == 0 and looks[-1] == count - 1
        assert max(np.diff(looks)) <= 7
        assert len(looks) >= 7


def test_the_subject_is_a_slab_where_its_feet_stand(shots, context):
    clip = Street(shots)
    matte = matte_of((300, 120, 340, 300), 24)
    depth = estimate_depth(clip, context, method="parallax", matte=matte)
    true = clip.nearness(12)
    found = depth.nearness.frame(12).astype(np.float64)
    slab = found[130:290, 305:335]
    assert slab.std() < 0.01 * slab.mean()
    foot = np.median(found[301:304, 290:350])
    assert slab.mean() == pytest.approx(foot, rel=0.12)
    true[120:300, 300:340] = true[300, 320]
    assert order(found, true) > 0.92
    assert depth.info.subject == pytest.approx(slab.mean() / 65535, rel=0.05)
    assert depth.info.separation < depth.info.subject


def scenery():
    ramp = np.linspace(0.2, 0.6, 108)[:, None] * np.ones((1, 192))
    anchors = tuple(
        Anchor(at, (factor * ramp).astype(np.float32), (0.0, 0.0, 0.6), 0.0, 0.1, "a guess", 0, 1)
        for at, factor in ((2, 1.0), (8, 1.5))
    )
    return Scenery(anchors, (Standing(2, 0.4, 0.6, 0.9, 0.7),))


def grey(count=10):
    return ArrayClip(np.full((count, *SIZE[::-1], 3), 99, np.uint8), FPS)


def test_anchors_are_mixed_evenly_between_them_and_not_across_a_cut():
    plain = SceneryClip(grey(), scenery(), resting(10))
    rows = [float(plain.frame(index)[180, 320]) for index in range(10)]
    assert rows[0] == rows[1] == rows[2]
    assert np.diff(rows[2:9]) == pytest.approx((rows[8] - rows[2]) / 6, abs=2)
    cut = SceneryClip(grey(), scenery(), resting(10, cuts=(5,)))
    assert [float(cut.frame(index)[180, 320]) for index in (4, 5)] == [rows[2], rows[8]]


def test_background_moves_with_the_camera():
    shift = np.eye(3)
    shift[1, 2] = 60.0  # frame 5 looks 60 px lower into frame 0
    moves = tuple(as_matrix(shift if index == 5 else np.eye(3)) for index in range(10))
    camera = CameraMotion("tilt", moves, (CameraPose(0, 0, 1, 0),) * 10, 1.0, (1.0,) * 10)
    one = Scenery(scenery().anchors[:1])
    clip = SceneryClip(grey(), one, camera)
    assert clip.frame(5)[100, 320] == pytest.approx(int(clip.frame(2)[160, 320]), abs=150)
    info = describe(grey(), one, camera)
    assert info.horizons[5].y_px == pytest.approx(info.horizons[2].y_px - 60.0)


def test_frames_are_the_same_in_any_order():
    first, second = (SceneryClip(grey(), scenery(), resting(10)) for _ in range(2))
    forward = [first.frame(index).copy() for index in range(10)]
    for index in (7, 1, 9, 3):
        assert np.array_equal(second.frame(index), forward[index])


def test_what_does_not_fit_is_refused(context):
    with pytest.raises(ClipMismatchError, match="camera must have 10 frames"):
        SceneryClip(grey(), scenery(), resting(9))
    with pytest.raises(ClipMismatchError):
        SceneryClip(grey(), scenery(), resting(10), matte_of((0, 0, 5, 5), 9))
    with pytest.raises(InputError, match="method must be one of"):
        estimate_depth(grey(), context, method="sonar")


def test_goes_through_json(shots, context):
    found = scenery()
    back = Scenery.from_json(json.loads(json.dumps(found.to_json())))
    assert back == found
    assert back.anchors[0].nearness == pytest.approx(found.anchors[0].nearness, abs=1e-4)
    depth = estimate_depth(Street(shots, 8), context, method="parallax")
    assert DepthInfo.from_json(json.loads(json.dumps(depth.info.to_json()))) == depth.info
    assert "horizon at" in depth.info.to_text()


def test_clips_without_anything_to_see_have_depth_too(context):
    for count in (1, 2):
        depth = estimate_depth(grey(count), context, method="parallax")
        assert depth.nearness.frame(count - 1).shape == SIZE[::-1]
        assert depth.info.method == "ground"


def test_given_depth_is_taken_as_it_is_or_turned_round():
    ramp = np.linspace(0, 1, 32, dtype=np.float32)[None, :, None, None] * np.ones((10, 1, 40, 3))
    pictures = ArrayClip(ramp.astype(np.float32), FPS)
    depth = depth_of_pictures(pictures, grey())
    assert depth.nearness.format.shape == SIZE[::-1]
    assert depth.nearness.frame(4)[-1, 5] == 65535
    assert depth.nearness.frame(4)[0, 5] == 0
    turned = depth_of_pictures(pictures, grey(), invert=True)
    assert turned.nearness.frame(4)[0, 5] == 65535
    assert depth.info.method == "given"
    assert depth.info.separation == pytest.approx(0.5, abs=0.05)
    mask = ArrayClip(ramp[:1, :, :, 0].astype(np.float32), FPS)
    assert depth_of_pictures(mask, grey()).nearness.frame(9) == pytest.approx(
        depth.nearness.frame(4), abs=1
    )
    with pytest.raises(InputError, match="one picture or 10"):
        depth_of_pictures(ArrayClip(ramp[:3, :, :, 0].astype(np.float32), FPS), grey())
