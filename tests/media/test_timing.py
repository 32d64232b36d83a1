from __future__ import annotations

import random
from fractions import Fraction

import pytest
from backlot.engine.media.timing import conform, simplest_rate

MILLISECOND = Fraction(1, 1000)
RATES = ["24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "120"]


def stamps(rate, count, tick, start=0):
    step = 1 / Fraction(rate)
    return [start + round(number * step / tick) for number in range(count)]


def end(pts, rate, tick):
    return round(pts[-1] + 1 / Fraction(rate) / tick)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("tick", [MILLISECOND, Fraction(1, 90000), Fraction(1, 600 * 1001)])
def test_a_constant_rate_is_recognised_exactly(rate, tick):
    pts = stamps(rate, 300, tick, start=77)

    found = conform(pts, end(pts, rate, tick), tick)

    assert found.fps == Fraction(rate)
    assert found.numbers is None
    assert not found.variable and found.note == ""


def test_a_container_that_rounds_the_rate_is_corrected():
    pts = stamps("60000/1001", 180, MILLISECOND)

    found = conform(pts, pts[-1] + 17, MILLISECOND, [Fraction(19001, 317)])

    assert found.fps == Fraction(60000, 1001)


def test_a_short_clip_keeps_the_rate_its_container_names():
    pts = stamps("30000/1001", 5, MILLISECOND)

    found = conform(pts, pts[-1] + 33, MILLISECOND, [Fraction(30000, 1001)])

    assert found.fps == Fraction(30000, 1001)


def test_an_unusual_constant_rate_is_kept():
    tick = Fraction(1, 23976)
    pts = [number * 1873 for number in range(50)]

    assert conform(pts, 50 * 1873, tick).fps == Fraction(23976, 1873)


def test_jitter_keeps_every_frame_and_the_duration():
    rng = random.Random(3)
    pts = [number * 33 + number // 3 + rng.randint(-9, 9) for number in range(1, 200)]

    found = conform(pts, pts[-1] + 33, MILLISECOND)

    assert found.numbers is None and found.variable
    assert abs(len(pts) / found.fps - (pts[-1] + 33 - pts[0]) * MILLISECOND) < Fraction(1, 30)
    assert "ms" in found.note


def test_dropped_frames_are_held_on_the_grid():
    tick = Fraction(1, 15360)
    kept = [number for number in range(90) if number % 7 != 3 and number not in (40, 41)]

    found = conform([512 * number for number in kept], 512 * 90, tick)

    assert found.fps == 30
    assert len(found.numbers) == 90
    shown = [kept[number] for number in found.numbers]
    assert all(source <= place < source + 4 for place, source in enumerate(shown))
    assert [kept[found.numbers[place]] for place in kept] == kept


def test_a_held_picture_of_an_animation_keeps_its_length():
    found = conform([0, 10, 20], 120, Fraction(1, 100))

    assert found.fps == 10
    assert found.numbers == (0, 1, *[2] * 10)


def test_frames_that_stray_a_little_more_are_all_kept():
    steps = [9000, 9007, 8098, 7199, 8993, 8098, 9000, 7199, 9007, 8099] * 3
    pts = [sum(steps[:number]) for number in range(len(steps))]

    found = conform(pts, sum(steps), Fraction(1, 90000))

    assert found.numbers is None and found.variable
    assert abs(len(pts) / found.fps - Fraction(sum(steps), 90000)) <= Fraction(2, 1000)


def test_an_erratic_rate_shows_at_each_time_what_a_player_would():
    rng = random.Random(5)
    steps = [rng.choice((5, 21, 33, 40, 250, 1570)) for _ in range(80)]
    pts = [sum(steps[:number]) for number in range(len(steps))]

    found = conform(pts, sum(steps), MILLISECOND)

    step = 1 / found.fps
    assert 10 <= found.fps <= 60
    assert abs(len(found.numbers) * step - sum(steps) * MILLISECOND) <= step / 2
    for place, number in enumerate(found.numbers):
        assert pts[number] * MILLISECOND <= (place + Fraction(1, 2)) * step
        if number + 1 < len(pts):
            assert pts[number + 1] * MILLISECOND >= (place - Fraction(1, 2)) * step
    assert list(found.numbers) == sorted(found.numbers)
    assert f"{len(pts)} frames became {len(found.numbers)}" in found.note


def test_a_single_frame_has_its_own_length():
    assert conform([500], 540, MILLISECOND).fps == 25
    assert conform([500], 533, MILLISECOND).fps == 30


def test_a_single_frame_that_lasts_is_held():
    found = conform([0], 4000, MILLISECOND)

    assert found.fps == 25 and found.numbers == (0,) * 100


def test_simplest_rate_prefers_small_numbers():
    assert simplest_rate(25, Fraction(214179, 90000), Fraction(2, 1000)) == Fraction(21, 2)
    assert simplest_rate(300, Fraction(10010, 1000), MILLISECOND) == Fraction(30000, 1001)
