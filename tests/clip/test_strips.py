from __future__ import annotations

import cv2
import numpy as np
import pytest
from backlot.engine.clip.strips import STRIP_PX, TILE_PX, covered, strips, tiles_with

SIZES = [(70, 101), (64, 64), (20, 9), (1920, 1080)]


def wanted_of(size, seed=3):
    width, height = size
    rng = np.random.default_rng(seed)
    return rng.random((-(-height // TILE_PX), -(-width // TILE_PX))) < 0.4


def covered_by(wanted, size):
    """Return how often each pixel is in a strip."""
    times = np.zeros((size[1], size[0]), np.uint8)
    for strip in strips(wanted, size):
        strip.put(strip.gather(times) + 1, times)
    return times


@pytest.mark.parametrize("size", SIZES)
def test_each_wanted_tile_is_in_strips_once(size):
    wanted = wanted_of(size)
    tall = np.kron(wanted, np.ones((TILE_PX, TILE_PX)))[: size[1], : size[0]]
    assert np.array_equal(covered_by(wanted, size), tall)


def test_strips_fit_the_cache():
    wanted = np.ones((34, 60), bool)
    widths = [
        strip.gather(np.zeros((1080, 1920), np.uint8)).shape
        for strip in strips(wanted, (1920, 1080))
    ]
    assert all(rows <= TILE_PX and columns <= STRIP_PX for rows, columns in widths)
    assert sum(rows * columns for rows, columns in widths) == 1080 * 1920


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_back_is_where_it_was(size):
    frame = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    copy = frame.copy()
    for strip in strips(wanted_of(size), size):
        strip.put(strip.gather(frame), copy)
    assert np.array_equal(copy, frame)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_sampled_map_is_the_enlarged_one(channels):
    size, small = (96, 70), (24, 35)
    rng = np.random.default_rng(2)
    coarse = rng.random((small[1], small[0], channels)).astype(np.float32).squeeze()
    scale = small[0] / size[0], small[1] / size[1]
    large = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    for strip in strips(np.ones((3, 3), bool), size):
        whole = strip.sample(coarse, scale, (0, 0))
        # OpenCV's remap has steps of 1/32 pixel.
        assert np.abs(whole - strip.gather(large)).max() < 0.05


def test_a_part_of_a_map_is_sampled_in_its_place():
    coarse = np.random.default_rng(4).random((40, 40)).astype(np.float32)
    part = np.ascontiguousarray(coarse[8:, 4:])
    wanted = np.zeros((4, 4), bool)
    wanted[2, 2] = True
    (strip,) = strips(wanted, (120, 120))
    scale = (1 / 3, 1 / 3)
    assert np.allclose(
        strip.sample(part, scale, (4, 8)), strip.sample(coarse, scale, (0, 0)), atol=1e-6
    )


def test_tiles_with_any_pixel_are_found():
    mask = np.zeros((70, 101), bool)
    mask[69, 100] = mask[0, 32] = True
    assert np.argwhere(tiles_with(mask)).tolist() == [[0, 1], [2, 3]]


def test_nothing_is_covered_by_an_empty_matte():
    assert covered(np.zeros((70, 101), np.uint16)) is None
