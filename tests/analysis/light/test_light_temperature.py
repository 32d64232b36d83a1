from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.light.ambient import ambient_on
from backlot.engine.analysis.light.materials import sort_materials
from backlot.engine.analysis.light.subject_light import subject_light
from backlot.engine.analysis.light.surface import Surface
from backlot.engine.analysis.light.temperature import kelvin_of, key_temperature, red_blue
from backlot.engine.color import kelvin_to_rgb, luma

LIGHT = np.array([0.6, 0.5, 0.62])


def ball_of(kelvin, *, ambient_k=6800.0, ratio=4.0, frame=0, seed=0):
    """A grey and a blue half of a ball under a key and an ambient light of other colours."""
    rng = np.random.default_rng(seed + frame)
    x, y = rng.uniform(-1, 1, (2, 6000))
    inside = x * x + y * y < 0.97
    x, y = x[inside], y[inside]
    normals = np.stack([x, y, np.sqrt(1 - x * x - y * y)], axis=1).astype(np.float32)
    facing = np.maximum(normals @ LIGHT, 0)[:, None]
    shade = kelvin_to_rgb(ambient_k) + ratio * facing * kelvin_to_rgb(kelvin)
    albedo = np.where(y[:, None] > 0, [0.2, 0.2, 0.2], [0.06, 0.1, 0.2])
    colour = (0.25 * albedo * shade * rng.uniform(0.9, 1.1, (len(x), 1))).astype(np.float32)
    return Surface(
        frame, normals, colour, luma(colour), (0.5 - y / 2).astype(np.float32),
        (0.5 - y / 2).astype(np.float32),
    )  # fmt: skip


def light_of(kelvin):
    """The light on three such balls before a grey wall."""
    balls = [ball_of(kelvin, frame=k) for k in range(3)]
    picture = np.full((90, 160, 3), 90, np.uint8)
    return subject_light(balls, [picture] * 3, [np.zeros((90, 160), np.uint8)] * 3, [])


def test_lit_parts_warmer_than_shaded_ones_tell_a_warm_key():
    warm, daylight, cool = (light_of(kelvin).temperature_k for kelvin in (2900, 5500, 9500))
    assert warm < 4800
    assert 5200 < daylight < 5900 < cool


def test_without_a_hint_the_answer_is_daylight():
    black = ball_of(5500)
    dark = Surface(0, black.normals, black.colour * 1e-3, black.light * 1e-3, black.row, black.part)
    found = key_temperature([dark], sort_materials([dark]), [(LIGHT, 2.5)], None)
    assert found.kelvin == pytest.approx(5500, rel=0.08)


@pytest.mark.parametrize("kelvin", [2700, 4000, 6504, 9000])
def test_red_over_blue_and_back(kelvin):
    assert kelvin_of(red_blue(kelvin)) == pytest.approx(kelvin, rel=0.02)


def test_the_ambient_light_is_bluer_than_a_warm_key_and_weaker():
    found = light_of(3000)
    level = ambient_on(found.ambient, np.array([0.0, 0.0, 1.0]))
    assert np.log(level[0] / level[2]) < red_blue(found.temperature_k) - 0.4
    assert luma(level) == pytest.approx(found.intensity / found.contrast, rel=0.01)
    up, down = luma(ambient_on(found.ambient, np.array([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])))
    assert up > down
