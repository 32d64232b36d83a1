import numpy as np
import pytest

from ..metrics.warp_error import warp_error


def test_frames_along_their_flow():
    paint = np.random.default_rng(0).random((20, 40, 3)).astype(np.float32)
    frames = np.stack([paint[:, 3 * t : 3 * t + 24] for t in range(4)])
    flow = np.zeros((3, 20, 24, 2), np.float32)
    # The content moves to the left; the flow is on the earlier frame's grid.
    flow[..., 0] = -3
    assert warp_error(frames, flow) == pytest.approx(0, abs=1e-9)
    assert warp_error(frames, -flow) > 0.01


def test_mean_square_over_what_is_visible():
    frames = np.zeros((3, 4, 4, 3), np.float32)
    frames[1:] = 0.1
    frames[1, 0, 0] = 1.0
    flow = np.zeros((2, 4, 4, 2), np.float32)
    visible = np.ones((2, 4, 4), bool)
    visible[:, 0, 0] = False
    # 0.01 from the first pair of frames, nothing from the second.
    assert warp_error(frames, flow, visible) == pytest.approx(0.01 / 2, rel=1e-5)
