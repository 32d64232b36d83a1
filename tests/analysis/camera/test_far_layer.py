"""Parallax tells what is far: known scenes seen by known cameras."""

from __future__ import annotations

import json

import numpy as np
import pytest
from backlot.engine.analysis.camera.far_layer import find_layers
from backlot.engine.analysis.camera.fit import fit_motion
from backlot.engine.analysis.camera.solve import CameraMotion, solve_camera
from backlot.engine.analysis.reduced import Size
from backlot.engine.clip.operations import ArrayClip

SIZE = Size(960, 540)
FOCAL_PX = 950.0
FRAMES = 12


def scene(seed=0, count=300):
    """Points of a ground before a far wall: positions in the picture, and 1 / depth."""
    draw = np.random.default_rng(seed)
    points = draw.uniform((0, 0), SIZE, (count, 2))
    return points, np.maximum(points[:, 1] - 200.0, 0.0) / 4000.0


def seen(points, nearness, *, travel=(0.0, 0.0, 0.0), turn=0.0, noise_px=0.05, seed=1):
    """Where the points are in each frame when the camera travels and turns evenly."""
    middle = np.array([(SIZE.width - 1) / 2, (SIZE.height - 1) / 2])
    draw = np.random.default_rng(seed)
    found = []
    for at in range(1, FRAMES + 1):
        rays = np.column_stack([(points - middle) / FOCAL_PX, np.ones(len(points))])
        angle = np.radians(turn * at)
        cos, sin = np.cos(angle), np.sin(angle)
        rays = (rays - nearness[:, None] * np.array(travel) * at) @ np.array(
            [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]
        )
        where = middle + FOCAL_PX * rays[:, :2] / rays[:, 2:]
        found.append(where + noise_px * draw.standard_normal(where.shape))
    return np.array(found)


def fitted(points, targets):
    trust = np.ones(len(points))
    return np.stack([fit_motion(points, to, trust, SIZE).matrix for to in targets])


def far_error_px(layers, turn):
    """Mean error of the far motion in the last frame, at points of infinite depth."""
    points, nearness = scene(5)
    truth = seen(points, np.zeros_like(nearness), turn=turn, noise_px=0.0)[-1]
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ layers.motions[-1].T
    return float(np.linalg.norm(homogeneous[:, :2] / homogeneous[:, 2:] - truth, axis=1).mean())


@pytest.mark.parametrize("travel", [(0.02, 0.0, 0.0), (0.03, 0.005, 0.0), (0.01, 0.0, 0.03)])
@pytest.mark.parametrize("turn", [0.0, 0.15])
def test_the_far_wall_is_followed_and_not_the_ground(travel, turn):
    points, nearness = scene()
    targets = seen(points, nearness, travel=travel, turn=turn)
    matrices = fitted(points, targets)
    layers = find_layers(points, targets, matrices, SIZE, masked=True)
    assert layers is not None
    assert far_error_px(layers, turn) < 0.2
    kept = np.isfinite(layers.nearness)
    assert np.corrcoef(layers.nearness[kept], nearness[kept])[0, 1] > 0.9
    moved_right = layers.parallax_px[-1, 0]
    assert moved_right == pytest.approx(-travel[0] * FRAMES * FOCAL_PX * 0.075, rel=0.35)
    assert (layers.parallax_px[-1, 2] > 2) == (travel[2] > 0)


@pytest.mark.parametrize("turn", [0.0, 0.3, 1.2])
def test_a_camera_that_only_turns_has_no_layers(turn):
    points, nearness = scene()
    targets = seen(points, nearness, turn=turn, noise_px=0.1)
    assert find_layers(points, targets, fitted(points, targets), SIZE, masked=True) is None


def test_what_moves_by_itself_makes_no_layers():
    points, nearness = scene()
    targets = seen(points, nearness, noise_px=0.1)
    draw = np.random.default_rng(3)
    walkers = draw.choice(len(points), 60, replace=False)
    targets[:, walkers] += np.cumsum(draw.normal(0, 1.5, (FRAMES, 60, 2)), axis=0)
    assert find_layers(points, targets, fitted(points, targets), SIZE, masked=True) is None


def test_few_tracks_tell_nothing():
    points, nearness = scene(count=30)
    targets = seen(points, nearness, travel=(0.03, 0.0, 0.0))
    assert find_layers(points, targets, np.stack([np.eye(3)] * FRAMES), SIZE, masked=True) is None


@pytest.fixture(scope="module")
def passing(shots):
    """A camera that slides along a ground: each row moves with its nearness."""
    wall = shots.texture(4, 1400, 270)
    rows = np.maximum(np.arange(270) - 110, 0) / 40.0
    frames = []
    for at in range(16):
        x = 200 + np.arange(480)[None] + at * (0.5 + rows[:, None])
        left = np.floor(x).astype(int)
        share = (x - left)[..., None]
        lines = np.arange(270)[:, None]
        frames.append(wall[lines, left] * (1 - share) + wall[lines, left + 1] * share)
    return ArrayClip(np.rint(np.array(frames)).astype(np.uint8), shots.FPS)


def test_a_truck_is_named_and_follows_what_is_far(passing, context):
    motion = solve_camera(passing, context)
    assert motion.kind == "truck"
    assert [shot.kind for shot in motion.shots] == ["truck"]
    assert motion.curve[15].pan_x_px == pytest.approx(7.5, abs=2.0)
    assert abs(motion.curve[15].tilt_y_px) < 0.5
    assert motion.parallax[15].right_px < -25
    assert CameraMotion.from_json(json.loads(json.dumps(motion.to_json()))) == motion
