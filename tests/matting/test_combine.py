from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import ClipMismatchError, InputError
from backlot.engine.matting.combine import combine_mattes
from backlot.engine.matting.matte import Matte
from backlot.engine.matting.screen import Screen

FIRST = np.array([[0, 64, 128, 255, 200]], np.uint8)
SECOND = np.array([[255, 64, 200, 255, 0]], np.uint8)


def matte(codes, frames=1, screen=None):
    return Matte(ArrayClip(np.stack([codes] * frames), Fraction(25)), screen)


def values(found):
    return found.alpha.frame(0)[0] / found.alpha.format.max_value * 255


@pytest.mark.parametrize(
    "operation, expected",
    [
        ("add", [255, 128, 255, 255, 200]),
        ("subtract", [0, 0, 0, 0, 200]),
        ("intersect", [0, 64, 128, 255, 0]),
        ("union", [255, 64, 200, 255, 200]),
        ("difference", [255, 0, 72, 0, 200]),
        ("multiply", [0, 64 * 64 / 255, 128 * 200 / 255, 255, 0]),
    ],
)
def test_operation(operation, expected):
    found = combine_mattes(matte(FIRST), matte(SECOND), operation=operation)
    assert values(found) == pytest.approx(expected, abs=0.02)


def test_inversions():
    one, two = matte(FIRST), matte(SECOND)
    alone = combine_mattes(one, None, operation="add", invert=True)
    assert values(alone) == pytest.approx(255.0 - FIRST[0], abs=0.02)
    twice = combine_mattes(one, None, operation="add", invert=True, invert_first=True)
    assert values(twice) == pytest.approx(FIRST[0], abs=0.02)
    cut = combine_mattes(one, two, operation="intersect", invert_second=True)
    assert values(cut) == pytest.approx(np.minimum(FIRST[0], 255 - SECOND[0]), abs=0.02)


def test_screen_is_kept_unless_turned_over():
    screen = Screen((0, 1, 0), 0.5, (0, 0, 5, 1))
    one = matte(FIRST, screen=screen)
    assert combine_mattes(one, matte(SECOND), operation="add").screen == screen
    assert combine_mattes(one, None, operation="add", invert=True).screen is None


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="operation must be one of add"):
        combine_mattes(matte(FIRST), None, operation="xor")
    with pytest.raises(ClipMismatchError):
        combine_mattes(matte(FIRST), matte(SECOND, frames=2), operation="add")
