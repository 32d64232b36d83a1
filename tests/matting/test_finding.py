"""The first mask: from a box, and from nothing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import resize, trim
from backlot.engine.matting.automatic import _agreed, find_subject
from backlot.engine.matting.candidates import candidates, overlap
from backlot.engine.matting.figure import Face, figure_odds
from backlot.engine.matting.first_mask import mask_in_box
from backlot.engine.matting.head import missing_hair
from backlot.engine.matting.local_colour import BINS, colour_codes
from backlot.engine.matting.look_ahead import look_ahead
from backlot.engine.matting.random_walk import random_walk
from backlot.engine.matting.surroundings import Box, surroundings_say
from backlot.engine.media.read import open_clip

HEIGHT, WIDTH = 180, 320
BLUE, RED = (60, 80, 170), (170, 50, 60)


def scenery() -> np.ndarray:
    """Return sky, a hedge and ground, (H, W, 3) uint8, with some grain."""
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:70], picture[70:110], picture[110:] = (150, 170, 190), (50, 90, 40), (120, 110, 90)
    grain = np.random.default_rng(0).normal(0, 5, (HEIGHT, WIDTH, 1))
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def with_person(picture: np.ndarray, x: int, colour: tuple[int, int, int]) -> np.ndarray:
    """Draw a person of 26 by 100 pixels into the picture; return where, (H, W) bool."""
    where = np.zeros(picture.shape[:2], np.uint8)
    cv2.ellipse(where, (x, 100), (13, 35), 0, 0, 360, 1, -1)
    cv2.circle(where, (x, 56), 10, 1, -1)
    cv2.rectangle(where, (x - 10, 120), (x - 3, 150), 1, -1)
    cv2.rectangle(where, (x + 3, 120), (x + 10, 150), 1, -1)
    picture[where > 0] = colour
    face = np.zeros_like(where)
    cv2.circle(face, (x, 58), 7, 1, -1)
    picture[face > 0] = (205, 150, 125)
    return where > 0


def share(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_colours_that_go_on_outside_the_box_are_background():
    picture = scenery()
    person = with_person(picture, 160, BLUE)
    box = Box(130, 40, 190, 156)
    odds = surroundings_say(colour_codes(picture), box)
    inside = box.mask(picture.shape)
    assert np.median(odds[person]) > 1
    assert np.median(odds[inside & ~person]) < -1
    assert not odds[~inside].any()


@pytest.mark.parametrize("room", [4, 20, 36])
def test_a_box_may_be_loose(room):
    picture = scenery()
    person = with_person(picture, 160, BLUE)
    box = Box(146 - room, max(0, 45 - room), 175 + room, min(HEIGHT, 152 + room))
    assert share(mask_in_box(picture, box, [], [], None), person) > 0.9


def test_a_box_round_two_leaves_out_what_is_between_them():
    picture = scenery()
    both = with_person(picture, 90, BLUE) | with_person(picture, 230, RED)
    found = mask_in_box(picture, Box(70, 40, 250, 156), [], [], None)
    assert share(found, both) > 0.85


def portrait() -> tuple[np.ndarray, np.ndarray]:
    """Return a head close to the camera and its body, which leaves the frame on three sides."""
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:] = (180, 182, 178)
    picture[:, :60] = picture[:, 260:] = (70, 72, 84)  # a dark frame of a door, like the coat
    where = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(where, (40, 135), (280, HEIGHT), 1, -1)
    cv2.ellipse(where, (160, 80), (32, 44), 0, 0, 360, 1, -1)
    cv2.rectangle(where, (145, 110), (175, 140), 1, -1)
    picture[where > 0] = (66, 68, 80)
    face = np.zeros_like(where)
    cv2.ellipse(face, (160, 88), (27, 36), 0, 0, 360, 1, -1)
    picture[face > 0] = (205, 150, 125)
    grain = np.random.default_rng(1).normal(0, 3, (HEIGHT, WIDTH, 1))
    return np.clip(picture + grain, 0, 255).astype(np.uint8), where > 0


def test_a_head_close_to_the_camera_has_a_body():
    picture, person = portrait()
    found = find_subject(picture, None)
    body = person.copy()
    body[:140] = False
    assert (found & body).sum() > 0.8 * body.sum()
    assert (found & ~person).sum() < 0.1 * person.sum()


def test_a_figure_lies_below_its_face():
    face = Face(160, 60, 30, 40)
    odds = figure_odds(face, (HEIGHT, WIDTH))
    assert odds[60, 160] > 2 and odds[140, 170] > 2  # the face and the chest
    assert odds[60, 240] < -2 and odds[2, 160] < -2  # beside the head and above it
    assert abs(odds[140, 228]) < 1  # an elbow may be there
    np.testing.assert_allclose(odds[:, 130], odds[:, 190], atol=1e-4)


def test_candidates_outvote_one_that_takes_scenery_along():
    picture = scenery()
    person = with_person(picture, 160, BLUE)
    more = person.copy()
    more[110:160, 40:150] = True
    less = person.copy()
    less[:80] = False
    boxes = Box(36, 30, 200, 164), Box(140, 36, 180, 156), Box(130, 76, 190, 160)
    found = list(zip(boxes, (more, person, less), strict=True))
    agreed = _agreed(picture, found, np.array([0.3, 0.25, 0.2]), None)
    assert share(agreed, person) > 0.85


def test_a_box_that_cuts_through_somebody_does_not_vote_beyond_it():
    picture = scenery()
    person = with_person(picture, 160, BLUE)
    right = person.copy()
    right[:, :160] = False
    boxes = Box(140, 36, 180, 156), Box(160, 36, 186, 156), Box(160, 30, 200, 160)
    found = list(zip(boxes, (person, right, right), strict=True))
    agreed = _agreed(picture, found, np.array([0.2, 0.3, 0.3]), None)
    assert share(agreed, person) > 0.85


def test_in_a_drawn_box_a_small_part_is_not_believed():
    picture = scenery()
    where = np.zeros((HEIGHT, WIDTH), bool)
    where[115:165, 140:180] = True
    picture[where] = np.clip(picture[where].astype(int) + 8, 0, 255)  # all but hidden
    picture[120:128, 155:165] = BLUE
    box = Box(136, 111, 184, 169)
    drawn = mask_in_box(picture, box, [], [], None)
    guessed = mask_in_box(picture, box, [], [], None, drawn=False)
    assert guessed.sum() < 0.7 * drawn.sum() and drawn.sum() > 0.3 * where.sum()


def test_clicks_are_obeyed():
    picture = scenery()
    both = [with_person(picture, 90, BLUE), with_person(picture, 230, RED)]
    found = mask_in_box(picture, Box(70, 40, 250, 156), [(90, 100)], [(230, 100)], None)
    assert share(found, both[0]) > 0.85


def test_walks_stop_at_edges():
    picture = np.full((60, 80, 3), 60, np.uint8)
    picture[:, 40:] = 180
    odds = np.zeros((60, 80), np.float32)
    odds[30, 10], odds[30, 70] = -4, 4
    found = random_walk(picture, odds, odds != 0)
    assert (found[:, :39] < 0.5).all() and (found[:, 41:] > 0.5).all()


def test_hair_is_missed_above_a_bare_face_and_nowhere_else():
    picture = scenery()
    person = with_person(picture, 160, BLUE)
    cv2.ellipse(picture, (160, 50), (11, 12), 0, 0, 360, (40, 30, 25), -1)
    cv2.circle(picture, (160, 58), 7, (205, 150, 125), -1)
    bald = person.copy()
    bald[:52] = False
    box = Box(140, 36, 180, 156)
    odds = missing_hair(picture, bald, box)
    assert odds is not None
    assert odds[46, 160] > 1.0
    assert not odds[100:].any() and not odds[:, :140].any()
    whole = bald.copy()
    cv2.ellipse(view := whole.view(np.uint8), (160, 50), (11, 12), 0, 0, 360, 1, -1)
    assert missing_hair(picture, view > 0, box) is None


@pytest.mark.parametrize("x", [110, 160, 215])
def test_somebody_standing_is_found_without_a_prompt(x):
    picture = scenery()
    person = with_person(picture, x, BLUE)
    assert share(find_subject(picture, None), person) > 0.8


def test_who_was_seen_before_is_found_again():
    picture = scenery()
    blue, red = with_person(picture, 120, BLUE), with_person(picture, 200, RED)
    codes = colour_codes(picture)
    for person in (blue, red):
        like = np.full(BINS, 0.2, np.float32)
        like[codes[person]] = 0.9
        assert share(find_subject(picture, None, like), person) > 0.7


def test_candidates_differ_and_one_is_right():
    picture = scenery()
    person = with_person(picture, 200, BLUE)
    rows, columns = np.flatnonzero(person.any(1)), np.flatnonzero(person.any(0))
    true = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    boxes = candidates(picture, None)
    assert max(overlap(box, true) for box in boxes) > 0.5
    assert all(0 <= b.x0 < b.x1 <= WIDTH and 0 <= b.y0 < b.y1 <= HEIGHT for b in boxes)


def test_the_bundled_sample_is_found_whole(context):
    sample = Path(__file__).parents[2] / "sample" / "sample.mp4"
    small = resize(trim(open_clip(sample, context.store), 0, 24), 640, 360)
    found = find_subject(small.frame(0), look_ahead(small, context))
    inside = {"hand": (430, 146), "sleeve": (228, 294), "hair": (253, 82), "scarf": (312, 230)}
    outside = {"houses": (98, 163), "shop": (540, 245), "sky": (330, 20)}
    assert {name for name, (x, y) in inside.items() if not found[y, x]} == set()
    assert {name for name, (x, y) in outside.items() if found[y, x]} == set()
