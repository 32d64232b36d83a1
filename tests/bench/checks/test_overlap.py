import numpy as np
import pytest

from ..metrics.overlap import boundary, boundary_f, region_j


def square(left, size=40, shape=(100, 100)):
    mask = np.zeros(shape, bool)
    mask[30 : 30 + size, left : left + size] = True
    return mask


def test_region_by_hand():
    # 30 of 40 columns in common, 50 in either.
    assert region_j(square(30), square(40)) == pytest.approx(30 / 50)
    assert region_j(np.stack([square(30), square(30)]), np.stack([square(40), square(30)])) == 0.8


def test_two_empty_masks_agree():
    nothing = np.zeros((10, 10), bool)
    assert region_j(nothing, nothing) == 1.0
    assert boundary_f(nothing, nothing) == 1.0
    assert boundary_f(square(30), np.zeros((100, 100), bool)) == 0.0


def test_boundary_of_one_pixel():
    mask = np.zeros((5, 5), bool)
    mask[2, 2] = True
    # The pixel itself and those that have it to the right, below, and both.
    expected = np.zeros((5, 5), bool)
    expected[1:3, 1:3] = True
    np.testing.assert_array_equal(boundary(mask), expected)


def test_boundary_at_the_border_of_the_picture():
    mask = np.zeros((4, 4), bool)
    mask[:, 2:] = True
    expected = np.zeros((4, 4), bool)
    expected[:, 1] = True
    np.testing.assert_array_equal(boundary(mask), expected)


def test_boundary_matches_within_reach():
    # 0.8 % of the diagonal of 100 x 100, rounded up, is 2 px.
    assert boundary_f(square(30), square(32)) == 1.0
    assert boundary_f(square(30), square(33)) < 1.0


def test_f_by_hand():
    # A line of 100 against one of 60 of it: precision 1, recall 62 of 100 with a reach of 2 px.
    truth, found = np.zeros((2, 100, 100), bool)
    truth[50:] = True
    found[50:, :60] = True
    # The found one also has an upright side: 50 pixels, of which the topmost 3 are near the truth.
    precision, recall = (60 + 2) / (60 + 49), 62 / 100
    expected = 2 * precision * recall / (precision + recall)
    assert boundary_f(found, truth) == pytest.approx(expected, abs=0.01)
