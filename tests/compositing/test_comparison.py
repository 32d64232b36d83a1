from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.compositing.comparison import compare
from backlot.engine.errors import ClipMismatchError, InputError

FPS = Fraction(25)


def grey(value, frames=3, size=(72, 96)):
    return ArrayClip(np.full((frames, *size, 3), value, np.uint8), FPS)


def test_a_line_parts_before_and_after():
    both = compare(grey(40), grey(200), mode="split", position=0.25)
    frame = both.frame(1)
    assert frame.shape == (72, 96, 3)
    assert (frame[:, :23] == 40).all() and (frame[:, 25:] == 200).all()
    assert (frame[:, 24] == 255).all()


@pytest.mark.parametrize("position, value", [(0.0, 200), (1.0, 40)])
def test_at_the_border_there_is_no_line(position, value):
    both = compare(grey(40), grey(200), mode="split", position=position)
    assert (both.frame(0) == value).all()


def test_side_by_side_shows_both_whole():
    frame = compare(grey(40, size=(36, 48)), grey(200), mode="side by side", position=0).frame(0)
    assert frame.shape == (72, 192, 3)
    assert (frame[:, :96] == 40).all() and (frame[:, 96:] == 200).all()


def test_a_difference_is_raised():
    assert (compare(grey(40), grey(50), mode="difference", position=0).frame(0) == 40).all()
    assert (compare(grey(0), grey(200), mode="difference", position=0).frame(0) == 255).all()


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ClipMismatchError):
        compare(grey(1, frames=2), grey(1), mode="split", position=0.5)
    with pytest.raises(InputError, match="mode"):
        compare(grey(1), grey(1), mode="wipe", position=0.5)
    with pytest.raises(InputError, match="position"):
        compare(grey(1), grey(1), mode="split", position=2)
    assert len(compare(grey(1, frames=1), grey(2), mode="split", position=0.5)) == 3
