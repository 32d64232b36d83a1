import numpy as np
import pytest

from ..metrics.shadow_error import balanced_error, direction_error_deg, shadow_direction_deg


def test_balanced_error_by_hand():
    truth, found = np.zeros((2, 10, 10), bool)
    truth[:2, :5] = True
    found[:1, :5] = True
    found[9, :9] = True
    # Half of ten missed, nine of ninety invented.
    assert balanced_error(found, truth) == pytest.approx(0.5 * (0.5 + 0.1))
    assert balanced_error(truth, truth) == 0.0
    assert balanced_error(~truth, truth) == 1.0


def test_only_the_ground_counts():
    truth, found = np.zeros((2, 10, 10), bool)
    truth[:2, :5] = True
    found[:1, :5] = True
    found[9, :9] = True
    ground = np.ones((10, 10), bool)
    ground[9] = False
    assert balanced_error(found, truth, ground) == pytest.approx(0.25)


def test_direction_of_a_shadow():
    mask = np.zeros((50, 50), bool)
    mask[20, 20:40] = True
    assert shadow_direction_deg(mask, (20, 20)) == pytest.approx(0)
    assert shadow_direction_deg(mask.T, (20, 20)) == pytest.approx(90)
    assert direction_error_deg(mask.T, mask, (20, 20)) == pytest.approx(90)
