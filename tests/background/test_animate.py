from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest
from backlot.engine.background.animate import animate_plate
from backlot.engine.clip.clip import ClipFormat
from backlot.engine.errors import InputError

FPS = Fraction(30000, 1001)
WIDTH, HEIGHT = 320, 180
LIKE = ClipFormat(WIDTH, HEIGHT, FPS, 20, bits=10)
STILL = {"motion": 1.0, "life": 0.0, "overscan": 1.6, "seed": 3}


@dataclass
class Path:
    kind: str
    matrices: list[np.ndarray]

    def matrix(self, index: int) -> np.ndarray:
        return self.matrices[index]


def shift(x: float, y: float = 0.0) -> np.ndarray:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def handheld(frames: int = 20) -> Path:
    matrices = []
    for i in range(frames):
        angle, zoom = 0.02 * np.sin(i / 3), 1 + 0.03 * np.sin(i / 5)
        turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = np.eye(3)
        middle = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
        matrix[:2, :2] = turn
        matrix[:2, 2] = middle - turn @ middle + (9 * np.sin(i / 2), 5 * np.cos(i / 4))
        matrix[2, 0] = 2e-5 * np.sin(i / 3)
        matrices.append(matrix)
    matrices[0] = np.eye(3)
    return Path("handheld", matrices)


def texture(width: int, height: int, seed: int = 1, sigma: float = 3.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (height, width, 3)), (0, 0), sigma)
    return np.clip(noise / noise.std() * 40 + 128, 0, 255).astype(np.uint8)


def meadow(width: int, height: int) -> np.ndarray:
    """Green texture on the left, a grey house with straight edges on the right."""
    picture = texture(width, height, sigma=2.0).astype(float)
    picture = picture.mean(axis=-1, keepdims=True) * np.array([0.55, 0.9, 0.3])
    house = picture[:, width * 6 // 10 :]
    house[:] = 170
    house[height // 4 :: 24] = 60
    house[:, ::20] = 90
    return picture.clip(0, 255).astype(np.uint8)


def framed(width: int, height: int) -> np.ndarray:
    """A picture whose outermost pixels are pure red: what must not come near a frame's border."""
    picture = np.full((height, width, 3), 128, np.uint8)
    picture[:, :, 1:] += texture(width, height)[:, :, 1:] // 8
    picture[0] = picture[-1] = picture[:, 0] = picture[:, -1] = (255, 0, 0)
    return picture


@pytest.mark.parametrize("size", [(320, 180), (1300, 700), (200, 300), (3000, 900), (90, 80)])
def test_the_plate_is_exactly_as_the_clip(size):
    plate = animate_plate(texture(*size), LIKE, handheld(), **STILL)
    assert plate.format == ClipFormat(WIDTH, HEIGHT, FPS, 20, 3, 8)
    assert plate.frame(19).shape == (HEIGHT, WIDTH, 3)


def test_a_picture_of_the_frames_size_comes_through_as_it_is():
    picture = texture(WIDTH, HEIGHT, sigma=1.5)
    plate = animate_plate(picture, LIKE, None, **STILL)
    difference = plate.frame(7).astype(int) - picture
    assert np.sqrt((difference**2).mean()) < 1.5
    assert plate.fit.zoom == 1.0


def test_a_wide_picture_is_cropped_evenly_not_squeezed():
    picture = np.zeros((HEIGHT, 3 * WIDTH, 3), np.uint8)
    picture[:, WIDTH : 2 * WIDTH] = texture(WIDTH, HEIGHT)
    frame = animate_plate(picture, LIKE, None, **STILL).frame(0)
    expected = picture[:, WIDTH : 2 * WIDTH]
    assert np.abs(frame[:, 4:-4].astype(int) - expected[:, 4:-4]).mean() < 2


def test_a_large_picture_is_filtered_and_stays_sharp():
    """Detail beyond the frame's must vanish, detail within must stay."""
    x = np.arange(WIDTH * 6)
    fine = 128 + 100 * np.sin(2 * np.pi * x / 6 * 0.85)  # above the frame's limit
    coarse = 128 + 100 * np.sin(2 * np.pi * x / 6 * 0.2)  # 5 frame pixels a wave
    for wave, low, high in ((fine, 0, 22), (coarse, 50, 72)):
        picture = np.repeat(wave[None, :, None], HEIGHT * 6, 0).repeat(3, 2).astype(np.uint8)
        frame = animate_plate(picture, LIKE, None, **STILL).frame(0)
        assert low <= frame[20:-20, 20:-20].std() <= high


def test_the_plate_follows_the_camera_exactly():
    """What lies at x in frame t lies at H x in frame 0, perspective included."""
    camera = handheld()
    plate = animate_plate(texture(900, 600), LIKE, camera, **STILL)
    assert plate.fit.motion == 1.0 and plate.fit.perspective
    first = plate.frame(0)
    for index in (5, 13, 19):
        back = cv2.warpPerspective(
            first, camera.matrix(index), (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC | 16
        )
        inside = np.s_[30:-30, 30:-30]
        got = cv2.cvtColor(plate.frame(index), cv2.COLOR_RGB2GRAY)[inside].astype(np.float32)
        want = cv2.cvtColor(back, cv2.COLOR_RGB2GRAY)[inside].astype(np.float32)
        (dx, dy), _ = cv2.phaseCorrelate(want, got, cv2.createHanningWindow(want.shape[::-1], 5))
        assert np.hypot(dx, dy) < 0.1
        assert np.abs(got - want).mean() < 2.5


@pytest.mark.parametrize("size", [(320, 180), (400, 240), (1500, 1100), (160, 90)])
@pytest.mark.parametrize("overscan", [1.0, 1.1, 1.6])
def test_the_pictures_border_never_shows(size, overscan):
    camera = handheld()
    plate = animate_plate(framed(*size), LIKE, camera, **{**STILL, "overscan": overscan})
    assert plate.fit.zoom <= overscan + 1e-6
    for view in plate.fit.views:
        corners = np.array([[0, 0, 1], [WIDTH - 1, 0, 1], [0, HEIGHT - 1, 1], [319, 179, 1]])
        points = corners @ view.T
        points = points[:, :2] / points[:, 2:]
        assert points.min() >= -0.5
        assert (points.max(axis=0) <= np.array(size) - 0.5).all()


def test_a_pan_without_room_is_damped_and_one_with_room_is_not():
    camera = Path("pan", [shift(12.0 * i) for i in range(20)])
    tight = animate_plate(texture(320, 180), LIKE, camera, **STILL)
    wide = animate_plate(texture(900, 180), LIKE, camera, **STILL)
    assert 0.1 < tight.fit.motion < 1.0
    assert wide.fit.motion == 1.0
    assert wide.fit.zoom < 1.1


def test_half_the_motion_moves_half_as_far():
    camera = Path("pan", [shift(4.0 * i, 2.0 * i) for i in range(20)])
    half = animate_plate(texture(900, 600), LIKE, camera, **{**STILL, "motion": 0.5})
    view = half.fit.views[19] @ np.linalg.inv(half.fit.views[0])
    scale = half.fit.views[0][0, 0]
    np.testing.assert_allclose(view[:2, 2] / scale, (38.0, 19.0), atol=1e-3)


@pytest.mark.parametrize("camera", [None, Path("static", [np.eye(3)] * 20)])
def test_a_static_camera_without_life_gives_a_still(camera):
    plate = animate_plate(texture(640, 400), LIKE, camera, **STILL)
    np.testing.assert_array_equal(plate.frame(0), plate.frame(19))


def test_life_is_never_frozen_and_never_strong():
    like = ClipFormat(WIDTH, HEIGHT, FPS, 300)
    plate = animate_plate(meadow(640, 360), like, None, **{**STILL, "life": 1.0})
    frames = [plate.frame(i).astype(int) for i in range(0, 300, 60)]
    for one, other in pairwise(frames):
        assert np.abs(one - other).mean() > 0.3
    means = [frame.mean() for frame in frames]
    assert np.ptp(means) < 0.06 * np.mean(means)
    step = np.abs(plate.frame(1).astype(int) - plate.frame(0))
    assert step.mean() < 1.0


def test_plants_sway_and_straight_edges_stand_still():
    like = ClipFormat(640, 360, FPS, 120)
    plate = animate_plate(meadow(1280, 720), like, None, **{**STILL, "life": 1.0})
    plate.frame(0)
    sway = plate._stage.life.sway
    columns = sway.shape[1]
    assert sway[:, : columns // 2].max() > 0.1
    assert not sway[:, columns * 13 // 20 :].any()
    assert sway.max() <= 360 / 1080
    offsets = np.stack([plate._stage.life.offsets(t) for t in np.linspace(0, 30, 90)])
    assert np.abs(offsets).max() <= sway.max() + 1e-6
    assert offsets.std(axis=0).max() > 0.05


def test_life_depends_on_seconds_not_on_the_rate():
    slow = ClipFormat(WIDTH, HEIGHT, Fraction(10), 20)
    fast = ClipFormat(WIDTH, HEIGHT, Fraction(50), 100)
    settings = {**STILL, "life": 1.0}
    one = animate_plate(meadow(640, 360), slow, None, **settings).frame(7)
    two = animate_plate(meadow(640, 360), fast, None, **settings).frame(35)
    np.testing.assert_array_equal(one, two)


def test_the_seed_chooses_the_course_of_life():
    settings = {**STILL, "life": 1.0}
    one = animate_plate(meadow(640, 360), LIKE, None, **settings)
    two = animate_plate(meadow(640, 360), LIKE, None, **{**settings, "seed": 4})
    assert (one.frame(9) != two.frame(9)).any()
    assert one.fingerprint != two.fingerprint


@pytest.mark.parametrize("camera", [None, handheld()])
def test_frames_do_not_depend_on_order_or_release(camera):
    settings = {**STILL, "life": 0.7}
    one = animate_plate(meadow(640, 360), LIKE, camera, **settings)
    two = animate_plate(meadow(640, 360), LIKE, camera, **settings)
    kept = [one.frame(i) for i in range(20)]
    for i in (19, 0, 7, 3):
        np.testing.assert_array_equal(two.frame(i), kept[i])
        two.release()
    assert one.fingerprint == two.fingerprint


def test_alpha_of_the_picture_is_ignored():
    picture = texture(640, 400)
    alpha = np.dstack([picture, np.zeros(picture.shape[:2], np.uint8)])
    plain = animate_plate(picture, LIKE, None, **STILL)
    np.testing.assert_array_equal(
        animate_plate(alpha, LIKE, None, **STILL).frame(0), plain.frame(0)
    )


def test_wrong_input_is_refused():
    picture = texture(64, 48)
    for changes in ({"motion": 1.5}, {"life": -0.1}, {"overscan": 0.9}):
        with pytest.raises(InputError):
            animate_plate(picture, LIKE, None, **{**STILL, **changes})
    with pytest.raises(InputError, match="picture"):
        animate_plate(picture.astype(np.float32), LIKE, None, **STILL)
    with pytest.raises(InputError, match="picture"):
        animate_plate(picture[..., 0], LIKE, None, **STILL)
