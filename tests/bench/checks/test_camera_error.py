import numpy as np
import pytest

from ..metrics.camera_error import camera_error, corner_error_px


def shift(x, y):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def test_shift_at_1080p_scale():
    truth = np.stack([np.eye(3)] * 3)
    found = np.stack([shift(3, 4), np.eye(3), shift(3, 4)])
    error = camera_error(found, truth, (960, 540))
    # 5 px at 540 lines are 10 at 1080; drift adds up.
    np.testing.assert_allclose(error.steps_px, [10, 0, 10])
    np.testing.assert_allclose(error.drift_px, [10, 10, 20])
    assert error.median_px == 10
    assert error.largest_drift_px == 20


def test_corners_of_a_zoom_by_hand():
    # Twice the size: three corners move, by their distance from the origin.
    zoom = np.diag([2.0, 2.0, 1.0])
    assert corner_error_px(zoom, np.eye(3), (4, 5)) == pytest.approx((3 + 5 + 4) / 4)


def test_homographies_are_divided():
    tilt = np.array([[1, 0, 0], [0, 1, 0], [0.1, 0, 1.0]])
    # Corners (11, 0), (11, 1) go to (11, y) / 2.1.
    far = [np.hypot(11 - 11 / 2.1, y - y / 2.1) for y in (0, 1)]
    assert corner_error_px(tilt, np.eye(3), (12, 2)) == pytest.approx(sum(far) / 4)


def test_steps_are_applied_in_the_order_of_the_frames():
    zoom = np.diag([2.0, 2.0, 1.0])
    steps = np.stack([shift(10, 0), zoom])
    moved_then_enlarged = np.stack([np.eye(3), zoom @ shift(10, 0)])
    assert camera_error(steps, moved_then_enlarged, (100, 1080)).drift_px[1] == pytest.approx(0)
