import cv2
import numpy as np
import pytest

from ..metrics.jaggedness import jaggedness


def disc(radius_px=60.3, soft_px=1.0):
    y, x = np.indices((160, 160))
    inside = radius_px - np.hypot(x - 79.6, y - 80.2)
    return np.clip(inside / soft_px + 0.5, 0, 1).astype(np.float32)


def wavy(amplitude_px, length_px=12):
    y, x = np.indices((160, 160))
    edge = 80 + amplitude_px * np.sin(2 * np.pi * y / length_px)
    return np.clip((edge - x) / 2 + 0.5, 0, 1).astype(np.float32)


def test_binary_is_jagged_and_antialiased_is_not():
    soft, hard = jaggedness(disc()), jaggedness((disc() >= 0.5).astype(np.float32))
    # The table of our metrics research, section 2.3: 0.088 and 0.231 px, widths 1.95 and 1.79.
    assert soft.jagged_px < 0.12
    assert hard.jagged_px == pytest.approx(0.231, abs=0.04)
    assert soft.width_px == pytest.approx(1.95, abs=0.1)
    assert hard.width_px == pytest.approx(1.9, abs=0.15)


def test_a_wave_by_hand():
    # Smoothing with a sigma of 8 px leaves nothing of a wave of 12 px: its rms is its own.
    floor = jaggedness(wavy(0)).jagged_px
    for amplitude_px in (0.5, 1.0):
        left = np.sqrt(jaggedness(wavy(amplitude_px)).jagged_px ** 2 - floor**2)
        # Along the normal, which is not across where the wave is steep.
        assert left == pytest.approx(amplitude_px / np.sqrt(2), rel=0.15)


def test_a_bend_is_not_jagged():
    assert jaggedness(disc(20.0)).jagged_px < 0.12


def test_blur_shows_as_width():
    blurred = cv2.GaussianBlur((disc() >= 0.5).astype(np.float32), (0, 0), 3.0)
    found = jaggedness(blurred)
    # The steepest slope of a Gaussian edge is 1 / (sigma sqrt(2 pi)).
    assert found.width_px == pytest.approx(3 * np.sqrt(2 * np.pi), rel=0.06)
    assert found.jagged_px < 0.12


def test_no_outline():
    assert jaggedness(np.zeros((40, 40), np.float32)) is None
    mixed = np.stack([np.zeros((160, 160), np.float32), disc()])
    assert jaggedness(mixed) == jaggedness(disc())


def test_an_outline_longer_than_opencv_reads_at_once_is_measured():
    rows, columns = np.indices((700, 900))
    ragged = ((rows // 5 + columns // 5) % 2).astype(np.float32)
    assert jaggedness(ragged[None]) is not None
