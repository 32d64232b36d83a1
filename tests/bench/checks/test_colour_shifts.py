import numpy as np
import pytest

from ..score.colour_shifts import SHIFTS, Shift, shifted, without_subject

CODES = np.random.default_rng(0).integers(40, 200, (20, 30, 3), dtype=np.uint8)


def test_no_shift_changes_nothing():
    np.testing.assert_array_equal(shifted(CODES, Shift()), CODES)


@pytest.mark.parametrize("name", SHIFTS)
def test_every_shift_is_seen(name):
    change = shifted(CODES, SHIFTS[name]).astype(float) - CODES
    assert np.sqrt((change**2).mean()) > 3


def test_shifts_go_where_they_say():
    warm, cold = (shifted(CODES, Shift(kelvin=k)).mean(axis=(0, 1)) for k in (3200, 12000))
    own = CODES.mean(axis=(0, 1))
    assert warm[0] > own[0] > cold[0]
    assert warm[2] < own[2] < cold[2]
    assert shifted(CODES, Shift(stops=-1)).mean() < CODES.mean()
    green = shifted(CODES, Shift(tint=0.2)).mean(axis=(0, 1)) - own
    assert green[1] > 0 > max(green[0], green[2])
    assert shifted(CODES, Shift(haze=0.2)).min() >= 51
    assert np.ptp(shifted(CODES, Shift(saturation=0.0)).astype(int), axis=-1).max() == 0


def test_the_subject_makes_way_for_its_surroundings():
    codes = CODES.copy()
    alpha = np.zeros((20, 30), np.uint8)
    codes[8:12, 10:16], alpha[8:12, 10:16] = 255, 255
    empty = without_subject(codes, alpha)
    assert empty.max() < 200
    np.testing.assert_array_equal(empty[:, :4], codes[:, :4])
    np.testing.assert_array_equal(without_subject(codes, np.zeros_like(alpha)), codes)
