from __future__ import annotations

import math

import pytest
from backlot.engine.analysis.light.light_words import LightWords, parse_light
from backlot.engine.errors import InputError


def test_the_example_means_what_it_says():
    words = parse_light("left-above 45°, 5500 K, 0.8")
    x, y, z = words.direction
    assert math.isclose(math.hypot(x, y, z), 1.0)
    assert math.isclose(math.degrees(math.asin(y)), 45.0)
    assert x < 0 < z
    assert (words.temperature_k, words.intensity) == (5500.0, 0.8)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("left", (-1, 0, 1)),
        ("right", (1, 0, 1)),
        ("from the right, behind", (1, 0, -1)),
        ("Behind-Left", (-1, 0, -1)),
        ("above", (0, 1, 1)),
        ("below 30 deg", (0, -1, 1)),
        ("front", (0, 0, 1)),
        ("behind above", (0, 1, -1)),
        ("upper left", (-1, 1, 1)),
        ("45 degrees", (0, 1, 1)),
        ("front -20°", (0, -1, 1)),
        ("left-45°", (-1, 1, 1)),
    ],
)
def test_sides_point_where_they_say(text, signs):
    direction = parse_light(text).direction
    assert math.isclose(math.hypot(*direction), 1.0)
    found = tuple(0 if abs(part) < 1e-9 else int(math.copysign(1, part)) for part in direction)
    assert found == signs


@pytest.mark.parametrize("text", ["", "  ", ",", "light"])
def test_nothing_written_is_no_light(text):
    assert parse_light(text) == LightWords()
    assert parse_light(text).is_empty


@pytest.mark.parametrize(
    ("text", "kelvin", "intensity"),
    [
        ("3200K", 3200.0, None),
        ("3200 kelvin, 1.2", 3200.0, 1.2),
        ("5500; 0.5", 5500.0, 0.5),
        ("80 %", None, 0.8),
        ("intensity 0,8", None, 0.8),
        ("left, 6500 K", 6500.0, None),
        ("0.8,5600 K", 5600.0, 0.8),
    ],
)
def test_numbers_are_told_apart(text, kelvin, intensity):
    words = parse_light(text)
    assert (words.temperature_k, words.intensity) == (kelvin, intensity)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("purple", "'purple'"),
        ("left right", "left and right"),
        ("900 K", "between 1500 and 20000 K"),
        ("left 120°", "between -90 and 90 degrees"),
        ("12", "between 0 and 4"),
        ("3000 K 4000 K", "one temperature"),
        ("left ?", "'?'"),
    ],
)
def test_what_cannot_be_understood_is_said(text, said):
    with pytest.raises(InputError) as raised:
        parse_light(text)
    assert said in str(raised.value)
    assert "left-above 45°" in str(raised.value)
