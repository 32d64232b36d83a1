import numpy as np
import pytest

from ..metrics.tile_flicker import tile_flicker

SHAPE = (9, 144, 192, 3)


def still(count=SHAPE[0]):
    return np.zeros((count - 1, *SHAPE[1:3], 2), np.float32)


def grey(codes):
    """(T, H, W, 3) of even frames with the values ``codes``."""
    return np.tile(np.float32(codes)[:, None, None, None] / 255, (1, *SHAPE[1:]))


def test_alternating_brightness_by_hand():
    # Changes are +4, -4 ...; half the difference of two is 4.
    found = tile_flicker(grey([100, 104] * 4 + [100]), still())
    assert found.overall == pytest.approx(4, rel=1e-4)
    assert found.worst == pytest.approx(4, rel=1e-4)
    # As gains these are 4 / 104 and 4 / 100 of a mean of 102; an rms of equal values is 1 / 1.0364
    # of what the percentile stands for.
    assert found.shared == pytest.approx((4 / 104 + 4 / 100) / 2 * 102 / 1.0364, rel=0.01)
    assert found.local == pytest.approx(0, abs=1e-3)


def test_a_steady_change_is_no_flicker():
    assert tile_flicker(grey(range(100, 118, 2)), still()).overall == pytest.approx(0, abs=1e-3)


def test_a_single_step_is_no_flicker_of_a_typical_frame():
    found = tile_flicker(grey([100] * 4 + [110] * 5), still())
    assert found.shared == found.local == pytest.approx(0, abs=1e-3)
    # The rms has it: 5 and -5 in seven values.
    assert found.overall == pytest.approx(np.sqrt(2 * 25 / 7), rel=1e-3)


def test_one_spot_is_local():
    frames = grey([100] * 9)
    frames[1::2, 48:96, 48:96] += 4 / 255
    found = tile_flicker(frames, still())
    assert found.worst == pytest.approx(4, rel=1e-3)
    # One of twelve tiles.
    assert found.overall == pytest.approx(4 / np.sqrt(12), rel=1e-3)
    assert found.shared == pytest.approx(0, abs=0.01)
    # Smoothing lets the spot's border out of its tile.
    assert found.local == pytest.approx(4 / 1.0364, rel=0.1)


def test_noise_is_hardly_seen():
    noise = np.random.default_rng(0).normal(0, 3 / 255, SHAPE).astype(np.float32)
    found = tile_flicker(grey([100] * 9) + noise, still())
    assert found.overall < 0.12
    assert found.shared < 0.05


def test_motion_and_the_changes_of_the_truth_are_taken_off():
    paint = np.random.default_rng(0).random((144, 240, 3)).astype(np.float32)
    frames = np.stack([paint[:, 4 * t : 4 * t + 192] for t in range(9)])
    flow = still()
    flow[..., 0] = 4
    assert tile_flicker(frames, flow).overall == pytest.approx(0, abs=1e-3)
    assert tile_flicker(frames, still()).overall > 0.3
    assert tile_flicker(frames, still(), truth=frames).overall == 0.0


def test_what_is_not_visible_does_not_count():
    frames = grey([100] * 9)
    frames[1::2, 48:96, 48:96] += 4 / 255
    visible = np.ones((8, *SHAPE[1:3]), bool)
    visible[:, 48:96, 48:96] = False
    found = tile_flicker(frames, still(), visible)
    assert found.worst == found.local == pytest.approx(0, abs=1e-3)
