from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.subject.track import track_subject
from backlot.engine.analysis.subject.tracking import CONTOUR, KEYPOINTS
from backlot.engine.clip.operations import ArrayClip

FPS = Fraction(25)
SKIN, SHIRT, JEANS, SHOE, HAIR = (
    (214, 164, 136), (60, 110, 90), (50, 60, 100), (40, 30, 26), (40, 28, 22),
)  # fmt: skip


def figure(
    hands=((-50, 210), (50, 210)), feet=((-16, 390), (16, 390)), size=(480, 420), x=240, bare=True
):
    """A person seven and a half heads tall: 380 px, the crown at row 20, hands as offsets in x."""
    rgb = np.full((size[1], size[0], 3), (150, 150, 140), np.uint8)
    alpha = np.zeros(size[::-1], np.uint8)

    def paint(colour, draw, *where):
        mask = np.zeros(size[::-1], np.uint8)
        draw(mask, *where)
        rgb[mask > 0] = colour
        alpha[mask > 0] = 255

    for side in (0, 1):
        foot, hip = feet[side], (x + (-16, 16)[side], 210)
        ankle = (x + foot[0], foot[1] - 12)
        paint(JEANS, cv2.line, hip, ankle, 1, 24)
        paint(SHOE, cv2.ellipse, (x + foot[0], foot[1] - 6), (14, 8), 0, 0, 360, 1, -1)
    paint(SHIRT, cv2.rectangle, (x - 36, 80), (x + 36, 215), 1, -1)
    for side in (0, 1):
        shoulder, hand = (x + (-38, 38)[side], 95), (x + hands[side][0], hands[side][1])
        paint(SHIRT, cv2.line, shoulder, hand, 1, 18)
        paint(SKIN if bare else SHIRT, cv2.circle, hand, 12, 1, -1)
    paint(SKIN, cv2.rectangle, (x - 9, 60), (x + 9, 84), 1, -1)
    paint(SKIN, cv2.ellipse, (x, 46), (19, 25), 0, 0, 360, 1, -1)
    paint(HAIR, cv2.ellipse, (x, 40), (20, 20), 0, 180, 360, 1, -1)
    return rgb, alpha


def person(context, *frames):
    rgb, alpha = (np.stack(part) for part in zip(*frames, strict=True))
    tracking = track_subject(ArrayClip(rgb, FPS), ArrayClip(alpha, FPS), context)
    (only,) = tracking.people
    return only


def points(track, at=0):
    return {point.name: point for point in track.poses[at]}


def near(point, x, y, reach=16):
    return np.hypot(point.x - x, point.y - y) <= reach


def test_a_standing_person_has_head_hands_and_feet(context):
    track = person(context, figure())
    found = points(track)
    assert track.pose_source == CONTOUR
    assert set(found) <= set(KEYPOINTS)
    assert near(found["head_top"], 240, 20, 8)
    assert near(found["nose"], 240, 50, 10)
    assert near(found["right_ankle"], 224, 374)
    assert near(found["left_ankle"], 256, 374)
    # The wrist is a palm above the hand.
    assert near(found["right_wrist"], 191, 194)
    assert near(found["left_wrist"], 289, 194)
    assert near(found["right_shoulder"], 203, 95, 20)
    assert near(found["left_hip"], 256, 215, 24)
    assert all(0 < point.confidence < 0.9 for point in found.values())


@pytest.mark.parametrize("hands", [((-120, 100), (50, 210)), ((-90, 40), (110, 150))])
def test_hands_are_found_where_arms_reach(hands, context):
    found = points(person(context, figure(hands)))
    assert near(found["right_wrist"], 240 + hands[0][0], hands[0][1], 32)
    assert near(found["left_wrist"], 240 + hands[1][0], hands[1][1], 32)


def test_a_hand_before_the_body_is_found_by_its_skin(context):
    found = points(person(context, figure(hands=((-14, 150), (50, 210)))))
    assert near(found["right_wrist"], 216, 155)


def test_gloves_make_a_hanging_hand_less_sure(context):
    bare, gloved = (points(person(context, figure(bare=skin))) for skin in (True, False))
    assert gloved["left_wrist"].confidence < bare["left_wrist"].confidence
    assert near(gloved["left_wrist"], 290, 210, 40)


def test_feet_that_stand_apart_are_both_found(context):
    found = points(person(context, figure(feet=((-70, 380), (60, 390)))))
    assert near(found["right_ankle"], 170, 364, 20)
    assert near(found["left_ankle"], 300, 374, 20)


def test_who_is_cut_off_has_no_feet_but_a_head(context):
    rgb, alpha = figure()
    found = points(person(context, (rgb[:200], alpha[:200])))
    assert "left_ankle" not in found
    assert near(found["nose"], 240, 50, 14)
    assert near(found["left_shoulder"], 277, 95, 24)


def test_feet_that_pass_each_other_keep_their_sides(context):
    frames = [
        figure(feet=((round(-60 + 8 * at), 390), (round(60 - 8 * at), 384))) for at in range(16)
    ]
    track = person(context, *frames)
    first, last = points(track, 0), points(track, 15)
    assert first["right_ankle"].x < 200 < 280 < first["left_ankle"].x
    moves = [
        abs(points(track, at + 1)["right_ankle"].x - points(track, at)["right_ankle"].x)
        for at in range(15)
    ]
    assert max(moves) < 40
    assert last["left_ankle"].x < 210 < 270 < last["right_ankle"].x


def test_who_is_too_small_gets_no_points(context):
    rgb, alpha = figure()
    size = (60, 52)
    small = cv2.resize(rgb, size), cv2.resize(alpha, size)
    wide = (
        cv2.copyMakeBorder(small[0], 200, 200, 300, 300, cv2.BORDER_CONSTANT),
        cv2.copyMakeBorder(small[1], 200, 200, 300, 300, cv2.BORDER_CONSTANT),
    )
    track = person(context, wide, wide)
    assert track.boxes[0] is not None
    far = cv2.resize(wide[0], None, fx=0.2, fy=0.2), cv2.resize(wide[1], None, fx=0.2, fy=0.2)
    assert person(context, far, far).poses[0] is None
