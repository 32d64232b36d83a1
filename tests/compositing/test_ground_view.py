from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.compositing.shadow.ground_view import GroundView, move, usual_view

SIZE = (640, 360)


@pytest.mark.parametrize("view", [GroundView(0.5), GroundView(0.3), GroundView(0.6, 0.05, 1.4)])
def test_ground_and_upright_plane_meet_in_the_same_pixel(view):
    eye = view.on(*SIZE)
    pixel = np.array([200.0, 300.0])
    x, z = eye.ground_at(pixel[0], pixel[1])
    np.testing.assert_allclose(move(np.array([x, z]), eye.ground), pixel, atol=1e-6)
    np.testing.assert_allclose(move(np.array([x, 0.0]), eye.upright(z)), pixel, atol=1e-6)


def test_far_ground_nears_the_horizon():
    eye = GroundView(0.3, 0.04).on(*SIZE)
    for x in (-400.0, 0.0, 400.0):
        column, row = move(np.array([x, -1e5]), eye.ground)
        line = eye.horizon + eye.tilt * (column - eye.middle)
        assert row == pytest.approx(line, abs=0.05)


def test_a_camera_that_looks_down_turns_the_light_upright():
    eye = GroundView(0.1).on(*SIZE)
    ahead = eye.to_world(np.array([0.0, 0.0, -1.0]))
    assert ahead[1] < -0.1
    np.testing.assert_allclose(np.linalg.norm(ahead), 1.0)
    np.testing.assert_allclose(GroundView(0.5).on(641, 361).to_world(np.array([0.2, 0.5, 0.3])),
                               (0.2, 0.5, 0.3), atol=2e-3)  # fmt: skip


def test_nobody_stands_at_the_horizon():
    eye = GroundView(0.5).on(*SIZE)
    assert eye.ground_seen(320, 330, 200) == 1.0
    assert eye.ground_seen(320, 185, 200) == 0.0


def test_the_wall_stands_where_the_ground_ends():
    eye = GroundView(0.4, 0.03, wall=0.7).on(*SIZE)
    assert GroundView(0.4).on(*SIZE).wall_depth is None
    x, y = move(np.array([0.7, 0.0]), eye.upright(eye.wall_depth))
    assert y == pytest.approx(eye.wall + 0.03 * (x - eye.middle), abs=0.5)
    ground = eye.before_wall(slice(240, 270), slice(300, 340))
    assert ground.shape == (30, 40)
    assert not ground[:10].any()
    assert ground[-15:].all()


def test_the_usual_horizon_is_above_the_feet():
    assert usual_view(0.9, 0.7).horizon == 0.42
    assert usual_view(0.5, 0.4).horizon < 0.42
