from __future__ import annotations

from fractions import Fraction

import pytest
from backlot.engine.clip.clip import ClipFormat
from backlot.engine.errors import InputError
from backlot.engine.matting.prompts import Point, read_prompts

FORMAT = ClipFormat(200, 100, Fraction(25), 30)


def test_box_in_pixels_and_in_shares_is_the_same():
    assert read_prompts("20,10,100,90", "", FORMAT) == read_prompts("0.1,0.1,.5,.9", "", FORMAT)


def test_box_is_cut_to_the_frame():
    assert read_prompts("-5,-5,500,50", "", FORMAT).box == (0, 0, 200, 50)


def test_points_carry_side_and_frame():
    points = read_prompts("", "20,10 -30,40@7;0.5,0.5", FORMAT).points
    assert points == (Point(20, 10, 0, True), Point(30, 40, 7, False), Point(100, 50, 0, True))


@pytest.mark.parametrize(
    "box", ["a,b,c,d", "1,2,3", "90,10,20,50", "300,10,400,50", "10,10,10.5,50", "nan,0,9,9"]
)
def test_unusable_box_is_refused_with_an_example(box):
    with pytest.raises(InputError, match="for example"):
        read_prompts(box, "", FORMAT)


@pytest.mark.parametrize("points", ["5", "a,b", "1,2,3", "250,10", "20,10@30", "20,10@x"])
def test_unusable_point_is_refused_with_an_example(points):
    with pytest.raises(InputError, match="for example"):
        read_prompts("", points, FORMAT)
