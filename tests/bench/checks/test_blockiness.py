import numpy as np
import pytest

from ..metrics.blockiness import blockiness


def stairs(step_codes, offset=0, shape=(64, 96)):
    """A picture that steps up every 8 px across."""
    columns = (np.arange(shape[1]) + offset) // 8 * step_codes
    return np.tile((columns / 255).astype(np.float32)[None, :, None], (shape[0], 1, 3))


def test_steps_on_the_grid_by_hand():
    # A step of 6 codes on every grid line across, none down: half of it.
    assert blockiness(stairs(6)).worst == pytest.approx(3.0, rel=1e-4)


def test_steps_off_the_grid_are_none():
    # One of the seven other columns has the step now.
    assert blockiness(stairs(6, offset=3)).worst == 0.0


def test_one_bad_patch_counts():
    frames = np.random.default_rng(0).random((2, 128, 256, 3)).astype(np.float32) * 0.04
    patch = frames[:, 32:64, 64:96].reshape(2, 4, 8, 4, 8, 3).mean(axis=(2, 4))
    frames[:, 32:64, 64:96] = 4 * patch.repeat(8, axis=1).repeat(8, axis=2)
    found = blockiness(frames)
    assert found.worst > 10 * found.overall
    assert found.worst > 0.2


def test_edges_and_the_truth_are_taken_off():
    frames = stairs(0)
    frames[:, 48:] = 1.0
    # A hard edge on a grid line is worth 24 codes at most; in the truth too, nothing.
    assert blockiness(frames).worst == pytest.approx(24 / 4 / 2, rel=1e-4)
    assert blockiness(frames, frames).worst == 0.0


def test_frames_smaller_than_a_tile_are_refused():
    with pytest.raises(ValueError, match="32"):
        blockiness(np.zeros((20, 40, 3), np.float32))
