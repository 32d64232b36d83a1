from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.light.ambient import (
    ambient_on,
    harmonics,
    project,
    sky_and_ground,
    surround_of,
)


def all_around(count=40000):
    """Directions spread evenly over the sphere (Fibonacci), and their solid angle."""
    index = np.arange(count) + 0.5
    y = 1 - 2 * index / count
    turn = np.pi * (1 + 5**0.5) * index
    level = np.sqrt(1 - y * y)
    directions = np.stack([level * np.cos(turn), y, level * np.sin(turn)], axis=1)
    return directions, np.full(count, 4 * np.pi / count)


def test_the_basis_is_orthonormal():
    directions, solid_angle = all_around()
    basis = harmonics(directions)
    assert (basis * solid_angle[:, None]).T @ basis == pytest.approx(np.eye(9), abs=2e-3)


def test_even_light_shows_itself_on_white():
    directions, solid_angle = all_around()
    ambient = project(np.tile([0.2, 0.4, 0.6], (len(directions), 1)), directions, solid_angle)
    shown = ambient_on(ambient, directions[::777])
    assert shown == pytest.approx(np.tile([0.2, 0.4, 0.6], (len(shown), 1)), rel=2e-3)


def test_irradiance_of_a_smooth_sky_is_right_within_a_few_percent():
    directions, solid_angle = all_around()
    sky = np.maximum(directions[:, 1], 0)[:, None] * [1.0, 1.2, 1.5] + 0.1
    ambient = project(sky, directions, solid_angle)
    for normal in ([0, 1, 0], [1, 0, 0], [0, -1, 0], [0.6, 0.64, 0.48]):
        facing = np.maximum(directions @ np.array(normal), 0)
        true = (sky * (facing * solid_angle)[:, None]).sum(axis=0) / np.pi
        assert ambient_on(ambient, np.array(normal)) == pytest.approx(true, abs=0.03)


def test_sky_and_ground_are_what_faces_up_and_down():
    sky, ground = np.array([0.3, 0.4, 0.6]), np.array([0.2, 0.15, 0.1])
    ambient = sky_and_ground(sky, ground)
    assert ambient_on(ambient, np.array([0.0, 1.0, 0.0])) == pytest.approx(sky)
    assert ambient_on(ambient, np.array([0.0, -1.0, 0.0])) == pytest.approx(ground)
    assert ambient_on(ambient, np.array([1.0, 0.0, 0.0])) == pytest.approx((sky + ground) / 2)


def room(lamp: float = 0.0) -> np.ndarray:
    """A red wall above a grey floor, and a white lamp of so much light."""
    picture = np.empty((40, 60, 3))
    picture[:20], picture[20:] = (0.4, 0.1, 0.1), (0.2, 0.2, 0.2)
    picture[2:6, 10:20] += lamp
    return picture


def test_what_is_around_is_told_without_the_subject():
    below, everywhere = np.zeros((40, 60)), np.ones((40, 60))
    below[20:] = 1.0
    assert surround_of([room()], [below]) == pytest.approx((1, 1, 1))
    red, green, blue = surround_of([room()], [everywhere])
    assert red / blue == pytest.approx(2.0)
    assert 0.2126 * red + 0.7152 * green + 0.0722 * blue == pytest.approx(1.0)


def test_a_lamp_in_the_picture_is_not_what_is_around():
    everywhere = np.ones((40, 60))
    dim, bright = (surround_of([room(lamp)], [everywhere]) for lamp in (0.0, 20.0))
    assert bright[0] / bright[2] == pytest.approx(dim[0] / dim[2], rel=0.05)


def test_a_subject_that_fills_the_picture_leaves_nothing_around():
    assert surround_of([room()], [np.zeros((40, 60))]) == ()
