from __future__ import annotations

import cv2
import numpy as np
import pytest
from backlot.engine.compositing.shadow.enlarged import enlarged
from backlot.engine.compositing.shadow.layer import Layer
from backlot.engine.compositing.shadow.sweep import Sections, swept, way_of


def boxes(levels: int, way, under: int = 0) -> Sections:
    """A column 9 cells wide and 7 deep, its sections moved as ``way`` leaves it to them."""
    rest = np.concatenate([np.zeros((under, 2), np.float32), way.rest])
    columns = np.arange(-8, 24, dtype=np.float32)
    solid = np.zeros((levels + under, len(columns)), np.float32)
    for level, (across, _) in enumerate(rest):
        solid[level] = (5.0 - np.abs(columns - 8.0 - across)).clip(0.0, 1.0)
    near = np.broadcast_to(rest[:, 1:], solid.shape)
    return Sections(solid, near, np.full_like(solid, 3.0), -8)


def placed(patch, size=200) -> np.ndarray:
    out = np.zeros((size, size), np.uint8)
    high, wide = patch.codes.shape
    out[patch.back + 100 : patch.back + 100 + high, patch.left + 100 : patch.left + 100 + wide] = (
        patch.codes
    )
    return out


def truth(shifts: np.ndarray) -> np.ndarray:
    """The same column at each of its places, cell by cell."""
    rows, columns = np.mgrid[-100:100, -100:100].astype(float)
    out = np.zeros((200, 200))
    for across, nearer in shifts:
        wide = (5.0 - np.abs(columns - 8.0 - across)).clip(0.0, 1.0)
        deep = (3.5 - np.abs(rows - nearer)).clip(0.0, 1.0)
        out = np.maximum(out, wide * deep)
    return out


@pytest.mark.parametrize("slope", [(0.0, 0.0), (1.3, 0.0), (-0.7, 1.2), (0.4, -1.4)])
@pytest.mark.parametrize("levels", [2, 7, 8, 37])
def test_sections_joined_in_pairs_are_each_in_its_place(slope, levels):
    shifts = np.arange(levels)[:, None] * np.array(slope)
    way = way_of(shifts)
    (patch,) = swept(boxes(levels, way), way, np.ones((1, levels)))
    np.testing.assert_allclose(placed(patch) / 255.0, truth(shifts), atol=0.12)


def test_shares_are_told_apart_and_together_are_all():
    levels = 64
    shifts = np.arange(levels)[:, None] * np.array([1.0, 0.5])
    way = way_of(shifts)
    rising = np.linspace(0.0, 1.0, levels)
    low, high, both = swept(
        boxes(levels, way), way, np.stack([1 - rising, rising, np.ones(levels)])
    )
    assert placed(low)[103, 108] > 200 > 40 > placed(high)[103, 108]
    assert placed(high)[100 + 32, 100 + 71] > 200 > 40 > placed(low)[100 + 32, 100 + 71]
    total = placed(low).astype(int) + placed(high)
    inside = placed(both) == 255
    assert total[inside].min() > 225


def test_what_is_under_the_first_section_does_not_move():
    way = way_of(np.arange(16)[:, None] * np.array([1.4, 0.0]))
    (plain,) = swept(boxes(16, way), way, np.ones((1, 16)))
    (under,) = swept(boxes(16, way, under=5), way, np.ones((1, 16)), 5)
    np.testing.assert_array_equal(placed(under), placed(plain))


def test_nothing_covers_nothing():
    way = way_of(np.arange(8)[:, None] * np.array([1.0, 1.0]))
    empty = boxes(8, way)._replace(solid=np.zeros((8, 32), np.float32))
    assert not swept(empty, way, np.ones((1, 8)))[0].codes.any()
    assert not swept(boxes(8, way), way, np.zeros((1, 8)))[0].codes.any()


@pytest.mark.parametrize("size", [(64, 36), (128, 72), (256, 144), (250, 140)])
@pytest.mark.parametrize("at", [(10, 12), (0, 0), (28, 50), (34, 62)])
def test_what_is_enlarged_is_what_opencv_enlarges(size, at):
    small = np.zeros((36, 64), np.uint16)
    small[at[0] : at[0] + 8, at[1] : at[1] + 8] = (
        np.arange(64).reshape(8, 8)[: 36 - at[0], : 64 - at[1]] * 900
    )
    found = enlarged(small, size)
    wanted = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(found.astype(int), wanted.astype(int), atol=1)
    assert not enlarged(np.zeros_like(small), size).any()


def test_a_layer_is_seen_where_its_matrix_puts_it():
    matrix = np.array([[2.0, 0.3, 40.0], [0.1, 1.5, 20.0], [0.0, 0.002, 1.0]])
    planes = np.ones((12, 20), np.float32)
    layer = Layer(planes, matrix)
    whole = cv2.warpPerspective(planes, matrix, (160, 90))
    rows, columns = layer.box((160, 90))
    np.testing.assert_allclose(layer.seen((rows, columns)), whole[rows, columns], atol=0.05)
    whole[rows, columns] = 0
    assert not whole.any()
    assert layer.box((30, 15)) is None
