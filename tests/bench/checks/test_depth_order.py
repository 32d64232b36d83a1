import numpy as np
import pytest

from ..metrics.depth_order import depth_order


@pytest.fixture
def layers():
    """Three layers of equal size: two pairs of three differ."""
    return np.repeat(np.array([1.0, 2.0, 4.0]), 40)[:, None] * np.ones((1, 50))


def test_any_growing_scale_is_right(layers):
    assert depth_order(np.log(layers) * 7 - 3, layers, seed=0) == 1.0
    assert depth_order(-layers, layers, seed=0) == 0.0


def test_equal_is_wrong(layers):
    assert depth_order(np.ones_like(layers), layers, seed=0) == 0.0
    # The two farther layers in one: of the pairs that differ, a third is these two.
    merged = np.minimum(layers, 2.0)
    assert depth_order(merged, layers, seed=0) == pytest.approx(2 / 3, abs=0.015)


def test_nearly_equal_depths_are_not_asked(layers):
    noise = np.random.default_rng(0).uniform(0, 0.04, layers.shape)
    assert depth_order(layers, layers + noise, seed=0) == 1.0
    assert np.isnan(depth_order(layers, np.ones_like(layers), seed=0))


def test_seed_chooses_the_pairs(layers):
    noisy = layers + np.random.default_rng(0).normal(0, 1, layers.shape)
    assert depth_order(noisy, layers, seed=0) == depth_order(noisy, layers, seed=0)
    assert depth_order(noisy, layers, seed=0) != depth_order(noisy, layers, seed=1)
