import numpy as np
import pytest

from ..metrics.seam import changes_codes, seam


def clip(count=8):
    """A texture that moves by 2 px a frame, with its flow."""
    paint = np.random.default_rng(0).random((30, 60, 3)).astype(np.float32) / 2
    frames = np.stack([paint[:, 2 * t : 2 * t + 40] for t in range(count)])
    flow = np.zeros((count - 1, 30, 40, 2), np.float32)
    flow[..., 0] = 2
    return frames, flow


def test_steady_motion_has_no_seam():
    frames, flow = clip()
    np.testing.assert_allclose(changes_codes(frames, flow), 0, atol=1e-4)
    assert seam(frames, 4, flow).ratio == 1.0


def test_a_step_of_brightness_by_hand():
    frames, flow = clip()
    frames[4:] += 10 / 255
    assert seam(frames, 4, flow).excess_codes == pytest.approx(10, rel=1e-4)
    assert seam(frames, 3, flow).excess_codes == 0.0


def test_it_is_measured_against_what_is_usual():
    frames, flow = clip()
    frames += np.random.default_rng(1).normal(0, 5 / 255, frames.shape).astype(np.float32)
    usual = changes_codes(frames, flow)[0]
    assert usual == pytest.approx(5 * np.sqrt(2), rel=0.05)
    frames[4:] += 10 / 255
    found = seam(frames, 4, flow)
    across = np.hypot(10, 5 * np.sqrt(2))
    assert found.ratio == pytest.approx(across / (5 * np.sqrt(2)), rel=0.05)
    assert found.excess_codes == pytest.approx(across - 5 * np.sqrt(2), rel=0.1)


def test_one_other_change_is_not_usual():
    frames, flow = clip()
    frames[2:] += 20 / 255
    frames[5:] += 10 / 255
    assert seam(frames, 5, flow).excess_codes == pytest.approx(10, rel=1e-4)


def test_a_joint_outside_the_clip_is_refused():
    frames, flow = clip()
    with pytest.raises(ValueError, match="joint"):
        seam(frames, 8, flow)
