from __future__ import annotations

import json
from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.subject.assign import cheapest_pairs
from backlot.engine.analysis.subject.track import SubjectTracking, track_subject
from backlot.engine.clip.operations import ArrayClip

FPS = Fraction(25)
SIZE = (480, 270)
RED, BLUE = ((190, 50, 40), (40, 40, 60)), ((40, 90, 190), (170, 150, 110))
GREEN = ((40, 150, 60), (90, 60, 40))
SKIN, ROOM = (214, 164, 136), (150, 150, 140)


class Stage:
    """A plain room in which figures stand; each is drawn over those before it."""

    def __init__(self, count):
        self.rgb = np.full((count, *SIZE[::-1], 3), ROOM, np.uint8)
        self.alpha = np.zeros((count, *SIZE[::-1]), np.uint8)
        self.owner = np.full((count, *SIZE[::-1]), -1, np.int8)
        rng = np.random.default_rng(3)
        self.noise = rng.normal(0, 3, self.rgb.shape[1:])

    def draw(self, at, number, clothes, x, foot=230, height=150):
        """Draw a figure with feet at (x, foot)."""
        top = foot - height
        for colour, shape in (
            (SKIN, ("disc", x, top + 0.08 * height, 0.075 * height)),
            (clothes[0], ("box", x, top + 0.15 * height, 0.13 * height, top + 0.52 * height)),
            (clothes[1], ("box", x, top + 0.52 * height, 0.10 * height, foot)),
        ):
            mask = np.zeros(SIZE[::-1], np.uint8)
            if shape[0] == "disc":
                cv2.circle(mask, (round(x), round(shape[2])), round(shape[3]), 1, -1)
            else:
                _, _, y0, half, y1 = shape
                cv2.rectangle(
                    mask, (round(x - half), round(y0)), (round(x + half), round(y1)), 1, -1
                )
            part = mask > 0
            self.rgb[at][part] = colour
            self.alpha[at][part] = 255
            self.owner[at][part] = number

    def box(self, at, number):
        """Return the true box of what is seen of a figure."""
        rows, columns = np.nonzero(self.owner[at] == number)
        if not rows.size:
            return None
        return columns.min(), rows.min(), columns.max(), rows.max()

    def track(self, context):
        rgb = np.clip(self.rgb + self.noise, 0, 255).astype(np.uint8)
        return track_subject(ArrayClip(rgb, FPS), ArrayClip(self.alpha, FPS), context)


def overlap(one, other):
    wide = min(one[2], other[2]) - max(one[0], other[0]) + 1
    high = min(one[3], other[3]) - max(one[1], other[1]) + 1
    both = max(wide, 0) * max(high, 0)
    area = sum((box[2] - box[0] + 1) * (box[3] - box[1] + 1) for box in (one, other))
    return both / (area - both)


def overlaps(stage, person, number):
    """Return the overlap in each frame in which a figure is seen."""
    return np.array(
        [
            0.0 if box is None else overlap(box, true)
            for at, box in enumerate(person.boxes)
            if (true := stage.box(at, number)) is not None
        ]
    )


def who(stage, tracking, number):
    """Return the person that is a figure in the first frame it is seen in."""
    at = next(at for at in range(len(tracking)) if stage.box(at, number) is not None)
    found = [p for p in tracking.people if p.boxes[at] is not None]
    return max(found, key=lambda person: overlap(person.boxes[at], stage.box(at, number)))


def crossing(front, back, count=40):
    stage = Stage(count)
    for at in range(count):
        stage.draw(at, 1, back, 360 - 6 * at, foot=222)
        stage.draw(at, 0, front, 120 + 6 * at)
    return stage


@pytest.mark.parametrize("clothes", [(RED, BLUE), (BLUE, RED), (GREEN, RED)])
def test_two_who_cross_keep_their_names(clothes, context):
    stage = crossing(*clothes)
    tracking = stage.track(context)
    assert len(tracking.people) == 2
    for number in (0, 1):
        shares = overlaps(stage, who(stage, tracking, number), number)
        assert shares.mean() > 0.85
        assert shares[-1] > 0.9


def test_two_who_meet_and_turn_back_keep_their_names(context):
    stage = Stage(40)
    for at in range(40):
        way = 5 * min(at, 39 - at)
        stage.draw(at, 1, BLUE, 330 - way, foot=224)
        stage.draw(at, 0, RED, 150 + way)
    tracking = stage.track(context)
    assert len(tracking.people) == 2
    for number in (0, 1):
        shares = overlaps(stage, who(stage, tracking, number), number)
        assert shares.mean() > 0.85
        assert shares[-1] > 0.9


def test_who_begins_merged_is_told_apart_from_the_start(context):
    stage = Stage(30)
    for at in range(30):
        stage.draw(at, 1, BLUE, 240 + 5 * at, foot=224)
        stage.draw(at, 0, RED, 220 - 4 * at)
    tracking = stage.track(context)
    assert len(tracking.people) == 2
    for number in (0, 1):
        assert overlaps(stage, who(stage, tracking, number), number).mean() > 0.8


def test_of_three_in_one_blob_the_right_one_comes_out_first(context):
    stage = Stage(60)
    for at in range(60):
        stage.draw(at, 2, GREEN, 60 + 4 * at if at < 50 else 260, foot=220)
        stage.draw(at, 1, BLUE, 250, foot=225)
        stage.draw(at, 0, RED, 420 - 7 * min(at, 50))
    tracking = stage.track(context)
    assert len(tracking.people) == 3
    for number in (0, 1, 2):
        shares = overlaps(stage, who(stage, tracking, number), number)
        assert shares.mean() > 0.7, number
    assert overlaps(stage, who(stage, tracking, 0), 0)[-5:].min() > 0.9


def test_somebody_fully_hidden_has_no_box_and_comes_out_again(context):
    stage = Stage(50)
    for at in range(50):
        stage.draw(at, 1, BLUE, 90 + 6 * at, foot=215, height=110)
        stage.draw(at, 0, RED, 240)
    tracking = stage.track(context)
    assert len(tracking.people) == 2
    walker = who(stage, tracking, 1)
    hidden = next(at for at in range(50) if stage.box(at, 1) is None or at == 25)
    assert walker.confidence[hidden] < 0.95
    assert overlaps(stage, walker, 1)[-8:].min() > 0.9


def test_who_leaves_and_returns_is_the_same_and_another_is_not(context):
    stage = Stage(60)
    for at in range(60):
        if at < 15:
            stage.draw(at, 0, RED, 380 + 10 * at)
        elif 25 <= at < 42:
            stage.draw(at, 1, BLUE, -40 + 10 * (at - 25) if at < 33 else 40 - 10 * (at - 33))
        elif at >= 46:
            stage.draw(at, 0, RED, 520 - 10 * (at - 46))
    tracking = stage.track(context)
    assert len(tracking.people) == 2
    red, blue = who(stage, tracking, 0), who(stage, tracking, 1)
    assert red is not blue
    assert red.boxes[5] is not None
    assert red.boxes[55] is not None
    assert red.boxes[20] is red.smooth_boxes[20] is red.contacts[20] is None
    assert blue.boxes[32] is not None


def test_a_cut_begins_anew_unless_it_is_plainly_the_same_person(context):
    def shot(after):
        stage = Stage(24)
        for at in range(24):
            if at >= 12:
                stage.rgb[at] = (30, 90, 140)
            stage.draw(at, 0, RED if at < 12 else after, 150 if at < 12 else 300)
        return stage.track(context)

    assert len(shot(RED).people) == 1
    assert len(shot(BLUE).people) == 2


def test_a_head_that_a_thin_matte_severs_is_no_second_person(context):
    stage = Stage(20)
    for at in range(20):
        stage.draw(at, 0, RED, 200 + 2 * at)
        stage.alpha[at][101:105] = 0
    tracking = stage.track(context)
    (person,) = tracking.people
    assert overlaps(stage, person, 0).min() > 0.95


def test_what_the_matte_leaves_behind_of_the_background_is_nobody(context):
    stage = Stage(40)
    rng = np.random.default_rng(1)
    stage.rgb[:, 60:200, 60:240] = rng.integers(60, 110, (140, 180, 3), np.uint8)
    for at in range(40):
        stage.alpha[at][110:170, 110:170] = 255
        stage.draw(at, 0, RED, 130 + 6 * at)
    tracking = stage.track(context)
    (person,) = tracking.people
    assert overlaps(stage, person, 0)[-15:].min() > 0.9
    assert overlaps(stage, person, 0).mean() > 0.85
    assert tracking.boxes[39] == person.boxes[39]


def test_a_little_thing_left_standing_is_nobody(context):
    stage = Stage(40)
    stage.rgb[:, 130:190, 140:152] = (120, 70, 30)
    for at in range(40):
        stage.alpha[at][130:190, 140:152] = 255
        stage.draw(at, 0, RED, 125 + 6 * at)
    (person,) = stage.track(context).people
    assert overlaps(stage, person, 0)[-15:].min() > 0.9


def test_a_shadow_at_the_feet_does_not_widen_the_box(context):
    stage = Stage(12)
    for at in range(12):
        dark = np.zeros(SIZE[::-1], np.uint8)
        cv2.line(dark, (200, 228), (330, 210), 1, 8)
        stage.rgb[at][dark > 0] = np.array(ROOM) // 2
        stage.alpha[at][dark > 0] = 255
        stage.draw(at, 0, RED, 200)
    (person,) = stage.track(context).people
    assert overlaps(stage, person, 0).min() > 0.7
    assert person.contacts[5][0] == pytest.approx(200, abs=8)


def test_the_contact_stays_between_feet_that_step(context):
    stage = Stage(30)
    for at in range(30):
        stage.draw(at, 0, RED, 240)
        stage.alpha[at][180:231, 225:256] = 0
        for side, lift in ((-1, at % 10 < 5), (1, at % 10 >= 5)):
            foot = 230 - 12 * lift
            x = 240 + 12 * side
            stage.alpha[at][180:foot, x - 5 : x + 6] = 255
    (person,) = stage.track(context).people
    xs = np.array([point[0] for point in person.contacts])
    assert np.abs(xs - 240).max() < 8
    assert np.abs(np.diff(xs)).max() < 1.5


def test_three_people_are_told_in_words_and_go_through_json(context):
    stage = Stage(10)
    for at in range(10):
        stage.draw(at, 0, RED, 80 + 8 * at, height=170)
        stage.draw(at, 1, BLUE, 240)
        stage.draw(at, 2, GREEN, 400, height=120)
    tracking = stage.track(context)
    assert [person.name for person in tracking.people] == ["person 1", "person 2", "person 3"]
    assert tracking.boxes[3][0] == min(person.boxes[3][0] for person in tracking.people)
    assert sum(person.coverage[3] for person in tracking.people) == pytest.approx(
        tracking.coverage[3]
    )
    text = tracking.to_text()
    assert "3 people" in text
    assert "person 1: frames 0 to 9, from (" in text
    assert "person 2: frames 0 to 9, at (240, " in text
    assert SubjectTracking.from_json(json.loads(json.dumps(tracking.to_json()))) == tracking


def test_people_are_the_same_whatever_came_before_in_the_store(context, tmp_path):
    stage = crossing(RED, BLUE)
    assert stage.track(context) == stage.track(context)


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 5), (5, 2), (4, 4)])
def test_pairs_are_the_cheapest_of_all(shape):
    from itertools import permutations

    cost = np.random.default_rng(shape[0]).random(shape)
    found = cheapest_pairs(cost)
    wide = cost if shape[0] <= shape[1] else cost.T
    best = min(
        sum(wide[row, column] for row, column in enumerate(columns))
        for columns in permutations(range(wide.shape[1]), wide.shape[0])
    )
    assert sum(cost[pair] for pair in found) == pytest.approx(best)
    assert len(found) == min(shape)


def test_nothing_is_paired_with_nobody():
    assert cheapest_pairs(np.zeros((0, 3))) == []
    assert cheapest_pairs(np.zeros((3, 0))) == []
