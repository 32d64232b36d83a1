"""Measuring noise leaves a camera's path; what the camera did stays."""

from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.camera.geometry import corners_of, move
from backlot.engine.analysis.camera.steady import steadied
from backlot.engine.analysis.reduced import Size

SIZE = Size(960, 540)
NOISE_PX = 0.04


def turned(degrees, focal_px=900.0):
    """Matrix to the frame at 0 degrees of a camera that turned sideways."""
    lens = np.array([[focal_px, 0, 479.5], [0, focal_px, 269.5], [0, 0, 1]])
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return lens @ np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]) @ np.linalg.inv(lens)


def shifted(right_px, down_px=0.0):
    return np.array([[1.0, 0.0, right_px], [0.0, 1.0, down_px], [0.0, 0.0, 1.0]])


def measured(matrices, seed=0):
    """The matrices with the noise of a measurement, in each frame's own pixels."""
    shake = np.random.default_rng(seed).normal(0.0, NOISE_PX, (len(matrices), 2))
    return np.stack([matrix @ shifted(*by) for matrix, by in zip(matrices, shake, strict=True)])


def errors_px(found, true):
    """How far each frame's corners lie from where they belong, in its own pixels."""
    corners = corners_of(SIZE)
    gaps = [move(corners, np.linalg.inv(t) @ f) - corners for f, t in zip(found, true, strict=True)]
    return np.linalg.norm(gaps, axis=2).mean(axis=1)


def steady(matrices, expected_px=0.03):
    return steadied(matrices, np.full(len(matrices), expected_px), SIZE)


@pytest.mark.parametrize(("degrees_a_frame", "left"), [(0.2, 0.5), (2.5, 0.8)])
def test_noise_leaves_a_pan_that_may_go_far_round(degrees_a_frame, left):
    true = np.stack([turned(degrees_a_frame * at + 0.5) for at in range(60)])
    found = measured(true)
    before, after = errors_px(found, true), errors_px(steady(found), true)
    assert after.mean() < left * before.mean()


def test_the_shake_of_a_hand_stays():
    at = np.arange(80)
    shake = 2.0 * np.sin(0.6 * at) + 0.3 * np.sin(1.1 * at + 1.0)
    true = np.stack([shifted(*by) for by in zip(shake, shake[::-1], strict=True)])
    found = measured(true)
    assert errors_px(steady(found), true).mean() < 1.05 * errors_px(found, true).mean()


def test_a_jolt_stays():
    true = np.stack([shifted(1.5 * at + (1.0 if at == 30 else 0.0)) for at in range(60)])
    assert errors_px(steady(true), true).max() < 0.02


def test_steps_from_frame_to_frame_stay():
    shake = np.random.default_rng(4).normal(0.0, 0.5, (60, 2))
    true = np.stack([shifted(*by) for by in shake])
    assert errors_px(steady(true, expected_px=0.4), true).max() < 0.05


def test_what_was_measured_well_is_not_touched():
    true = np.stack([shifted(0.0) for _ in range(40)])
    found = measured(true)
    assert errors_px(steady(found, expected_px=0.001), found).max() < 0.01


@pytest.mark.parametrize("count", [1, 4, 5])
def test_short_shots(count):
    true = np.stack([shifted(1.5 * at) for at in range(count)])
    assert np.allclose(steady(true), true, atol=1e-4)
