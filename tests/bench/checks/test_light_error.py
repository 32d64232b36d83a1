import numpy as np
import pytest

from ..metrics.light_error import (
    azimuth_error_deg,
    direction_error_deg,
    direction_of,
    intensity_error,
    temperature_error,
)


@pytest.mark.parametrize(
    ("one", "other", "expected"), [(350, 10, 20), (-90, 270, 0), (0, 180, 180)]
)
def test_azimuth_goes_the_short_way(one, other, expected):
    assert azimuth_error_deg(one, other) == pytest.approx(expected)


def test_angle_between_directions():
    assert direction_error_deg((2, 0, 0), (0, 0, 5)) == pytest.approx(90)
    assert direction_error_deg((1, 1, 0), (1, 0, 0)) == pytest.approx(45)
    # The arc cosine of float64 gives 0 or 1.2e-6 here.
    assert direction_error_deg((1, 0, 0), (1, 1e-8, 0)) == pytest.approx(np.degrees(1e-8), rel=1e-6)


def test_direction_of_angles():
    np.testing.assert_allclose(direction_of(90, 0), (0, 1, 0), atol=1e-12)
    np.testing.assert_allclose(direction_of(0, 30), (np.sqrt(0.75), 0, 0.5), atol=1e-12)
    # High up, a turn by 90 degrees of azimuth is a small angle: by the cosine rule 60 degrees here.
    lifted = direction_of(0, 45), direction_of(90, 45)
    assert direction_error_deg(*lifted) == pytest.approx(60)


def test_relative_errors():
    assert temperature_error(5000, 4000) == pytest.approx(0.25)
    assert intensity_error(2, 1) == intensity_error(1, 2) == pytest.approx(1.0)
    assert intensity_error(3, 3) == 0.0
