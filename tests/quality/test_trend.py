from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.quality.trend import flicker_at

BAND = (0.001, 0.002)
TIME = np.arange(11.0)


def off(curve, at=5, band=BAND):
    return float(flicker_at(np.asarray(curve, np.float64).reshape(-1, 1, 1), at, band)[0, 0])


def noise(amount, seed=0):
    return amount * np.random.default_rng(seed).standard_normal(11)


@pytest.mark.parametrize(
    "curve",
    [
        np.zeros(11),
        0.05 * TIME,
        0.004 * TIME**2,
        np.where(TIME < 6, 0.0, 0.2),
        np.where(TIME < 3, 0.1, -0.1) + 0.01 * TIME,
        0.1 * np.sin(2 * np.pi * TIME / 40),
    ],
    ids=["still", "ramp", "bend", "step", "step on a ramp", "slow swell"],
)
@pytest.mark.parametrize("at", [0, 2, 5, 10])
def test_trends_are_left_alone(curve, at):
    assert abs(off(curve, at)) < 0.002


def test_flicker_is_measured_against_the_trend():
    flicker = noise(0.03)
    errors = [off(0.02 * TIME + noise(0.03, s)) - noise(0.03, s)[5] for s in range(40)]
    assert abs(off(0.02 * TIME + flicker) - flicker[5]) < 0.02
    assert np.std(errors) < 0.6 * 0.03


def test_a_single_flash_does_not_pull_its_neighbours():
    flash = noise(0.002)
    flash[6] += 0.15
    assert abs(off(flash, 5)) < 0.02
    assert off(flash, 6) > 0.12


def test_little_flicker_counts_less():
    weak, strong = noise(0.0005), noise(0.01)
    assert off(weak) == 0.0
    assert abs(off(strong)) > 0.0


def test_each_curve_has_its_own_band():
    curves = np.stack([noise(0.01), noise(0.01)], axis=1).reshape(11, 1, 2)
    found = flicker_at(curves, 5, (np.array([[0.001, 0.1]]), np.array([[0.002, 0.2]])))
    assert found[0, 0] != 0.0 and found[0, 1] == 0.0


@pytest.mark.parametrize("count", [3, 4, 5])
def test_short_curves_are_fitted(count):
    assert np.isfinite(off(noise(0.02)[:count], 1))
