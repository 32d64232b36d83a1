from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.compositing.shadow.standing import MOST, find_people, footholds, moved, steady

FPS = 25.0


def matte(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Boxes of left, top, right, bottom."""
    plane = np.zeros((200, 300), np.uint16)
    for left, top, right, bottom in boxes:
        plane[top:bottom, left:right] = 65535
    return plane


def test_everybody_has_a_foothold():
    people = find_people(matte((40, 60, 60, 160), (200, 40, 224, 180)))
    assert [one.foothold.x for one in people] == pytest.approx([211.5, 49.5], abs=0.3)
    rows = [one.foothold.row for one in people]
    assert rows == pytest.approx([179.5, 159.5], abs=0.6)
    assert people[0].foothold.tall == pytest.approx(140, abs=1)
    assert all(one.foothold.visible == 1.0 for one in people)


def test_a_ball_in_the_air_belongs_to_who_is_near():
    people = find_people(matte((40, 60, 60, 160), (70, 100, 82, 112)))
    assert len(people) == 1
    assert people[0].foothold.row == pytest.approx(159.5, abs=0.6)
    assert people[0].box[2] >= 82


def test_a_subject_cut_by_the_border_shows_no_feet():
    (one,) = find_people(matte((100, 60, 180, 200)))
    assert one.foothold.visible == 0.0


def test_two_feet_are_told_apart():
    plane = matte((100, 40, 150, 120), (100, 120, 115, 176), (135, 120, 150, 180))
    (one,) = find_people(plane)
    foot = one.foothold
    assert foot.left_x == pytest.approx(107, abs=1)
    assert foot.right_x == pytest.approx(142, abs=1)
    assert foot.right_row == pytest.approx(179.5, abs=0.6)
    assert 176 < foot.left_row < 178.5  # higher by a little: farther away, or lifted


def test_the_table_holds_what_was_found():
    clip = ArrayClip(np.stack([matte((40, 60, 60, 160))] * 2), Fraction(25), bits=16)
    table = footholds(clip).frame(1)
    assert table.shape == (MOST, 8)
    assert table[0, 1] == pytest.approx(159.5, abs=0.6)
    assert not table[1:].any()


def tables(rows: list[int]) -> list[np.ndarray]:
    frames = [matte((40, row - 100, 60, row)) for row in rows]
    clip = ArrayClip(np.stack(frames), Fraction(25), bits=16)
    feet = footholds(clip)
    return [feet.frame(i) for i in range(len(rows))]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([170, 170, 170, 170, 150, 140, 134, 132, 134, 140], 170),
        ([177 - i for i in range(10)], 170),
        ([130 + 3 * i for i in range(10)], 151),
    ],
)
def test_only_a_jump_leaves_the_ground(rows, expected):
    seen = tables(rows)
    (one,) = find_people(matte((40, rows[7] - 100, 60, rows[7])))
    found = steady(one, seen[6::-1], seen[8:], FPS).foothold
    assert found.row == pytest.approx(expected, abs=2.5)


def test_a_camera_that_tilts_is_no_jump():
    rows = [180 - 8 * i for i in range(10)]
    seen = [moved(table, 0.0, 8.0 * (i - 7)) for i, table in enumerate(tables(rows))]
    (one,) = find_people(matte((40, rows[7] - 100, 60, rows[7])))
    found = steady(one, seen[6::-1], seen[8:], FPS).foothold
    assert found.row == pytest.approx(rows[7], abs=1.5)


def test_a_step_away_is_no_jump():
    """The nearer foot leaves the ground, the farther one stands; the head stays."""
    frames = [matte((40, 70, 60, 178 if i < 5 else 166)) for i in range(10)]
    clip = ArrayClip(np.stack(frames), Fraction(25), bits=16)
    seen = [footholds(clip).frame(i) for i in range(10)]
    (one,) = find_people(frames[7])
    assert steady(one, seen[6::-1], seen[8:], FPS).foothold.row < 166.5


def test_somebody_else_is_not_taken_for_the_same():
    others = tables([170] * 10)
    (one,) = find_people(matte((200, 40, 220, 140)))
    assert steady(one, others[:7], others[7:], FPS).foothold == one.foothold
