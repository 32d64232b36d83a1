from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.clip import ClipFormat
from backlot.engine.quality.gain import apply_gain

HEIGHT, WIDTH = 75, 120


def form(bits=8, channels=3):
    return ClipFormat(WIDTH, HEIGHT, Fraction(24), 1, channels, bits)


def grey(fmt, share=0.4):
    return np.full(fmt.shape, share * fmt.max_value).astype(fmt.dtype)


@pytest.mark.parametrize("bits", [8, 10, 16, 32])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", ["one gain", "map"])
def test_gain_multiplies_and_keeps_alpha(bits, channels, kind):
    fmt = form(bits, channels)
    frame = grey(fmt)
    gains = np.full((4, 6), 1.25)
    if kind == "map":
        gains[:, 3:] = 0.8
    result = apply_gain(frame, gains, fmt)
    assert result.shape == fmt.shape and result.dtype == frame.dtype
    colour = result[..., :3] if channels == 4 else result
    tolerance = 1.0 if bits < 32 else 1e-5
    assert np.abs(colour[:, :10] - 1.25 * frame.flat[0]).max() <= tolerance
    assert np.abs(colour[:, -10:] - gains[0, -1] * frame.flat[0]).max() <= tolerance
    if channels == 4:
        assert np.array_equal(result[..., 3], frame[..., 3])


def test_no_gain_is_the_frame_itself():
    fmt = form()
    frame = grey(fmt)
    assert apply_gain(frame, np.full((4, 6), 1.0004), fmt) is frame


@pytest.mark.parametrize("bits", [8, 10, 16])
def test_integers_stop_at_white(bits):
    fmt = form(bits)
    gains = np.full((4, 6), 1.5)
    gains[0, 0] = 1.4
    assert apply_gain(grey(fmt, 0.9), gains, fmt).max() == fmt.max_value


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("kind", ["one gain", "map"])
def test_white_is_held_when_darkened(bits, kind):
    fmt = form(bits)
    gains = np.full((4, 6), 0.9)
    if kind == "map":
        gains[0, 0] = 0.88
    assert apply_gain(grey(fmt, 1.0), gains, fmt).min() == pytest.approx(fmt.max_value)


def test_the_map_is_smooth():
    fmt = form(32)
    gains = np.ones((4, 6))
    gains[2, 3] = 1.2
    result = apply_gain(grey(fmt), gains, fmt)[..., 0]
    assert np.abs(np.diff(result, axis=0)).max() < 0.02
    assert np.abs(np.diff(result, axis=1)).max() < 0.02


def test_order_of_values_stays():
    fmt = form()
    ramp = np.tile(np.arange(WIDTH, dtype=np.uint8) * 2 + 15, (HEIGHT, 1))
    frame = np.dstack([ramp] * 3)
    result = apply_gain(frame, np.full((4, 6), 0.9), fmt)
    assert (np.diff(result[0, :, 0].astype(int)) >= 0).all()
