from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.light.ambient import ambient_on
from backlot.engine.analysis.light.light import LightingInfo
from backlot.engine.analysis.light.panorama import light_from_panorama
from backlot.engine.color import kelvin_to_rgb, luma
from backlot.engine.errors import InputError


def unit(*vector):
    return np.array(vector) / np.linalg.norm(vector)


def angle_deg(one, other):
    return float(np.degrees(np.arccos(np.clip(np.dot(one, other), -1, 1))))


def radiance(directions, light, *, kelvin, radius_deg, power, sky=(0.3, 0.35, 0.45)):
    """Light from (..., 3) directions: a round source over a sky and a dark ground."""
    up = directions[..., 1:2] > 0
    around = np.where(up, np.array(sky), np.array([0.1, 0.09, 0.08]))
    near = directions @ light > np.cos(np.radians(radius_deg))
    return np.where(near[..., None], power * kelvin_to_rgb(kelvin), around).astype(np.float32)


def panorama(light, width=512, **more):
    rows, columns = np.mgrid[: width // 2, :width]
    up = np.pi * (0.5 - (rows + 0.5) / (width // 2))
    around = 2 * np.pi * ((columns + 0.5) / width - 0.5)
    flat = np.cos(up)
    directions = np.stack([flat * np.sin(around), np.sin(up), -flat * np.cos(around)], axis=-1)
    return radiance(directions, light, **more)


def ball(light, side=400, **more):
    across = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(across, -across)
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    normal = np.stack([x, y, z], axis=-1)
    mirrored = 2 * z[..., None] * normal - [0, 0, 1]
    inside = (x * x + y * y < 1)[..., None]
    return np.where(inside, radiance(mirrored, light, **more), 5.0).astype(np.float32)


LIGHTS = [unit(0.6, 0.5, 0.6), unit(-0.7, 0.4, -0.6), unit(0.1, 0.95, 0.2), unit(0.9, 0.2, -0.1)]
SUN = {"kelvin": 4500, "radius_deg": 4.0, "power": 150.0}


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("picture", [panorama, ball])
def test_finds_the_strongest_source(picture, light):
    found = light_from_panorama(picture(light, **SUN))
    assert angle_deg(found.direction, light) < 3
    assert found.temperature_k == pytest.approx(4500, rel=0.05)
    assert found.confidence > 0.6
    assert found.direction_sigma_deg < 10


def test_strength_and_contrast_are_those_of_a_white_surface():
    light = unit(0.3, 0.8, 0.5)
    picture = panorama(light, **SUN)
    found = light_from_panorama(picture)
    # A small source: its radiance times its solid angle, over pi.
    key = 150.0 * 2 * np.pi * (1 - np.cos(np.radians(4.0))) / np.pi
    lit, fill = luma(ambient_on(found.ambient, np.stack([light, -light])))
    assert found.intensity == pytest.approx(key + lit, rel=0.05)
    assert found.contrast == pytest.approx((key + lit) / fill, rel=0.05)
    assert light_from_panorama(picture, gain=0.1).intensity == pytest.approx(0.1 * found.intensity)


def test_the_ambient_light_is_what_remains():
    light = unit(0.6, 0.5, 0.6)
    found = light_from_panorama(panorama(light, **SUN))
    plain = light_from_panorama(panorama(light, kelvin=6504, radius_deg=4.0, power=0.0))
    up = np.array([0.0, 1.0, 0.0])
    assert ambient_on(found.ambient, up) == pytest.approx(ambient_on(plain.ambient, up), abs=0.04)
    assert ambient_on(found.ambient, up) == pytest.approx([0.3, 0.35, 0.45], abs=0.05)


def test_a_wide_source_is_softer():
    light = unit(0.6, 0.5, 0.6)
    wide = light_from_panorama(panorama(light, kelvin=5000, radius_deg=25.0, power=4.0))
    assert wide.hardness < 0.4 < 0.6 < light_from_panorama(panorama(light, **SUN)).hardness
    assert angle_deg(wide.direction, light) < 5


def test_a_turn_brings_what_is_ahead_to_the_right():
    ahead = panorama(unit(0.0, 0.3, -1.0), **SUN)
    assert light_from_panorama(ahead).direction[2] < -0.9
    assert light_from_panorama(ahead, turn_deg=90.0).direction[0] > 0.9


def test_even_light_has_no_direction_to_trust():
    found = light_from_panorama(np.full((64, 128, 3), 0.4, np.float32))
    assert found.confidence <= 0.1
    assert found.contrast == 1
    assert found.intensity == pytest.approx(0.4, rel=0.01)
    assert LightingInfo.from_json(found.to_json()) == found


def test_other_pictures_are_refused():
    with pytest.raises(InputError, match="mirror ball"):
        light_from_panorama(np.zeros((100, 150, 3), np.float32))
    with pytest.raises(InputError, match="not negative"):
        light_from_panorama(np.full((64, 128, 3), -1.0, np.float32))
