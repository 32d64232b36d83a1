import numpy as np
import pytest

from ..metrics.alpha_stability import alpha_stability


def edge(x_px, height=96, width=144):
    """A matte that ends at ``x_px`` with a ramp of 8 px."""
    ramp = np.clip((x_px - np.arange(width)) / 8.0 + 0.5, 0, 1).astype(np.float32)
    return np.tile(ramp, (height, 1))


def moving(steps_px, speed_px=3):
    """(T, H, W) of an edge at constant speed plus a displacement in each frame, and its flow."""
    alpha = np.stack([edge(60 + speed_px * t + step) for t, step in enumerate(steps_px)])
    flow = np.zeros((len(steps_px) - 1, *alpha.shape[1:], 2), np.float32)
    flow[..., 0] = -speed_px
    return alpha, flow


def test_following_the_motion_is_free():
    truth, flow = moving([0] * 5)
    lagging, _ = moving([2] * 5)
    found = alpha_stability(lagging, truth, flow)
    assert found.pixels == pytest.approx(0.0, abs=1e-4)
    assert found.shift_px == pytest.approx(0.0, abs=1e-4)


def test_a_jump_of_the_outline_in_px():
    truth, flow = moving([0] * 5)
    jumping, _ = moving([0, 0.5, 0, 0.5, 0])
    found = alpha_stability(jumping, truth, flow)
    assert found.shift_px == pytest.approx(0.5, rel=0.02)


def test_pixels_by_hand():
    truth = np.zeros((2, 8, 8), np.float32)
    alpha = truth.copy()
    alpha[1, 2, 3] = 0.4
    still = np.zeros((1, 8, 8, 2), np.float32)
    assert alpha_stability(alpha, truth, still).pixels == pytest.approx(100 * 0.4 / 8)
    # Left out, it is not seen.
    visible = np.ones((1, 8, 8), bool)
    visible[0, 2, 3] = False
    assert alpha_stability(alpha, truth, still, visible).pixels == 0.0


def test_noise_is_no_shift():
    truth, flow = moving([0] * 6)
    noise = np.random.default_rng(0).normal(0, 0.05, truth.shape).astype(np.float32)
    found = alpha_stability(truth + noise, truth, flow)
    assert found.pixels == pytest.approx(100 * 0.05 * np.sqrt(2), rel=0.03)
    assert found.shift_px < 0.05
