from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from backlot.engine.analysis.light.light import LightingInfo
from backlot.engine.compositing.shadow.sun import DEFAULT_LIGHT, Sun, sun_of
from backlot.engine.errors import InputError

LIGHT = LightingInfo(
    direction=(0.6, 0.64, 0.48),
    temperature_k=5500.0,
    intensity=0.6,
    contrast=2.0,
    hardness=0.5,
    shadow_direction=(-1.0, 0.0),
    confidence=0.9,
    method="given",
    direction_sigma_deg=5.0,
)


def test_without_a_light_the_settings_are_taken_as_they_are():
    sun = sun_of(None, opacity=0.42, softness_px=24.0)
    assert sun.direction == DEFAULT_LIGHT
    assert sun.depth == 0.42
    assert sun.softness == pytest.approx(2 * sun_of(None).softness)
    assert sun.doubt_deg == 0.0


def test_a_strong_key_throws_a_darker_shadow():
    depths = [sun_of(replace(LIGHT, contrast=c)).depth for c in (1.0, 2.0, 4.0)]
    assert depths[0] < 0.2 < depths[1] < depths[2] < 0.7


def test_opacity_scales_what_the_light_says():
    none, less, usual, more, all_of_it = (
        sun_of(LIGHT, opacity=one).depth for one in (0.0, 0.15, 0.3, 0.6, 1.0)
    )
    assert none == 0.0
    assert none < less < usual < more < all_of_it == 1.0


def test_hard_light_throws_a_harder_shadow():
    hard, soft = (sun_of(replace(LIGHT, hardness=h)).softness for h in (1.0, 0.0))
    assert hard < 0.03 < soft


def test_red_surroundings_fill_a_shadow_with_red_light():
    grey, red, blue = (
        sun_of(replace(LIGHT, surround=one))
        for one in ((1.0, 1.0, 1.0), (2.4, 0.7, 0.4), (0.5, 1.0, 2.4))
    )
    assert grey.tint == pytest.approx((1.0, 1.0, 1.0), abs=1e-6)
    assert red.tint[0] < 0.95 < 1.05 < red.tint[2]
    assert blue.tint[2] < 0.95 < 1.05 < blue.tint[0]
    assert "warm" in red.to_text() and "cool" in blue.to_text()
    assert "warm" not in grey.to_text()


def test_a_measured_sky_fills_a_shadow_with_its_light():
    sky = ((0.2, 0.4, 0.9),) + ((0.0, 0.0, 0.0),) + ((0.01, 0.01, 0.01),) * 7
    tint = sun_of(replace(LIGHT, ambient=sky)).tint
    assert tint[2] < 0.9 < 1.1 < tint[0]


def test_no_shadow_takes_more_than_there_is():
    red = replace(LIGHT, surround=(2.4, 0.7, 0.4))
    for opacity in (0.3, 0.8, 1.0):
        sun = sun_of(red, opacity=opacity)
        assert max(sun.tint) * sun.depth <= 1.0 + 1e-9


def test_the_direction_and_its_doubt_are_passed_on():
    sun = sun_of(LIGHT)
    assert sun.direction == LIGHT.direction
    assert sun.doubt_deg == LIGHT.direction_sigma_deg
    assert "unsure" not in sun.to_text()
    assert "unsure by 50" in replace(sun, doubt_deg=50.0).to_text()


def test_a_sure_light_throws_as_long_as_it_is_low():
    world = np.array([1.0, 0.5, 0.0])
    throw = Sun((1.0, 0.5, 0.0), softness=0.02).over(world, 9.0)
    np.testing.assert_allclose(throw.way, (2.0, 1.0, 0.0))
    assert throw.softness == pytest.approx(0.02 * np.hypot(1.0, 2.0))
    assert throw.amount == 1.0


def test_length_and_doubt_shorten_a_shadow():
    world = np.array([1.0, 0.5, 0.0])
    capped = Sun((1.0, 0.5, 0.0)).over(world, 1.2)
    assert capped.way[0] == pytest.approx(1.2)
    assert capped.amount == 1.0
    vague = Sun((1.0, 0.5, 0.0), doubt_deg=50.0).over(world, 9.0)
    assert vague.way[0] < 1.2
    assert vague.softness > 0.2


def test_a_shadow_that_is_spread_takes_as_much_light():
    """What a doubtful light's shadow loses in length it gets back in darkness, and no more."""
    world = np.array([1.0, 0.5, 0.0])
    amounts = [Sun((1.0, 0.5, 0.0), doubt_deg=d).over(world, 9.0).amount for d in (0, 20, 50)]
    assert amounts[0] == 1.0 < amounts[1] < amounts[2] <= 2.0


def test_a_light_below_the_horizon_counts_as_just_above():
    throw = Sun((1.0, -0.5, 0.0)).over(np.array([1.0, -0.5, 0.0]), 2.5)
    assert throw.way[0] == pytest.approx(2.5)


def test_wrong_numbers_are_refused():
    for opacity in (-0.1, 1.2):
        with pytest.raises(InputError, match="opacity"):
            sun_of(None, opacity=opacity)
    with pytest.raises(InputError, match="softness"):
        sun_of(None, softness_px=-1.0)
