"""A sun that is seen tells where the light comes from."""

from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.light.scene_light import read_scene

HEIGHT, WIDTH = 180, 320


def evening(sun=(230, 60), radius=6.0, glow=40.0, level=1.0) -> np.ndarray:
    """Linear luminance of a sky that darkens upward, a dark land, and a sun in its glow."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    light = np.where(y < 110, 0.12 + 0.1 * y / 110, 0.05)
    away = np.hypot(x - sun[0], y - sun[1])
    if glow:
        light = light + 0.5 * np.exp(-away / glow)
    return np.where(away < radius, level, np.minimum(light, 0.8)).astype(np.float32)


@pytest.mark.parametrize("x", [60, 160, 270])
def test_the_sun_shines_from_where_it_is_seen(x):
    found = read_scene(evening((x, 60)))
    assert found.sure > 0.8
    assert found.direction[2] < -0.8
    assert found.direction[1] > 0
    assert np.sign(found.direction[0]) == np.sign(x - WIDTH / 2) or abs(x - WIDTH / 2) < 2
    assert np.linalg.norm(found.direction) == pytest.approx(1.0)


def many_bulbs() -> np.ndarray:
    return np.maximum.reduce([evening((x, 50)) for x in (60, 140, 230)])


def a_window() -> np.ndarray:
    light = evening(radius=0.0, glow=30.0)
    light[45:75, 225:235] = 1.0
    return light


def a_moving_van() -> np.ndarray:
    light = evening(radius=0.0)
    light[40:90, 180:270] = 1.0
    return light


@pytest.mark.parametrize(
    "picture",
    [
        many_bulbs(),
        a_window(),
        a_moving_van(),
        evening(glow=0.0),
        evening(level=0.7),
        evening(sun=(1, 60)),
        evening(radius=30.0),
    ],
    ids=["bulbs", "window", "van", "no glow", "a dull disc", "cut by the border", "too large"],
)
def test_what_is_no_sun_stays_a_hint(picture):
    assert read_scene(picture).sure <= 0.6


def test_a_white_wall_is_no_sun():
    assert read_scene(np.ones((HEIGHT, WIDTH), np.float32)).sure <= 0.6
