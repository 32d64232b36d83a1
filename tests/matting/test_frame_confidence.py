from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip, trim
from backlot.engine.errors import ClipMismatchError
from backlot.engine.matting.colour_grid import likely_subject
from backlot.engine.matting.frame_confidence import FrameConfidence, Place, frame_confidence
from backlot.engine.matting.matte import Matte
from backlot.engine.matting.prompts import read_prompts


def matte_of(alpha):
    native = (np.clip(alpha, 0, 1) * 1023 + 0.5).astype(np.uint16)
    return Matte(ArrayClip(native, Fraction(25), bits=10))


@pytest.fixture
def taken_along(walk):
    """The true matte, with background beside the subject in frames 8 to 10."""
    alpha = walk.alpha.copy()
    alpha[8:11, 30:60, 20:60] = 1
    return alpha


def test_frames_that_are_wrong_are_less_sure(walk, taken_along, context):
    sure = frame_confidence(walk.clip, matte_of(taken_along), context)
    frames = np.array(sure.frames)
    assert len(frames) == len(walk.clip)
    right = np.delete(frames, range(8, 11))
    assert frames[8:11].max() < right.min() - 0.1
    assert ((frames >= 0) & (frames <= 1)).all()
    assert sure.least_sure[0].frame in range(8, 11)
    assert sure.to_text(1) == f"least sure at frame {sure.least_sure[0].frame}"


def test_the_place_lies_in_what_is_taken_along(walk, taken_along, context):
    place = frame_confidence(walk.clip, matte_of(taken_along), context).least_sure[0]
    assert taken_along[place.frame, place.y, place.x] == 1
    assert walk.alpha[place.frame, place.y, place.x] < 0.5


def test_the_place_lies_in_what_is_missing(walk, context):
    alpha = walk.alpha.copy()
    alpha[8:11, 60:] = 0
    place = frame_confidence(walk.clip, matte_of(alpha), context).least_sure[0]
    assert place.frame in range(8, 11)
    assert walk.alpha[place.frame, place.y, place.x] > 0.5
    assert alpha[place.frame, place.y, place.x] == 0


def test_places_are_points_for_the_prompt_and_lie_apart(walk, taken_along, context):
    sure = frame_confidence(walk.clip, matte_of(taken_along), context)
    frames = [place.frame for place in sure.least_sure]
    assert len(frames) >= 4
    assert min(abs(a - b) for a in frames for b in frames if a != b) >= 3
    confidence = [place.confidence for place in sure.least_sure]
    assert confidence == sorted(confidence)
    text = " ".join("-" + place.point for place in sure.least_sure)
    points = read_prompts("", text, walk.clip.format).points
    assert [(p.frame, p.x, p.y) for p in points] == [(p.frame, p.x, p.y) for p in sure.least_sure]


def test_without_a_subject_it_is_as_sure_as_when_it_was_last_seen(walk, context):
    alpha = walk.alpha.copy()
    alpha[10, 30:60, 20:60] = 1
    alpha[11:] = 0
    sure = frame_confidence(walk.clip, matte_of(alpha), context)
    assert set(sure.frames[11:]) == {sure.frames[10]}
    assert sure.frames[10] < sure.frames[9]


def test_of_nothing_it_is_not_sure(walk, context):
    sure = frame_confidence(walk.clip, matte_of(walk.alpha * 0), context)
    assert set(sure.frames) == {0.0}
    assert sure.least_sure == () and sure.to_text() == ""


def test_it_is_kept(walk, taken_along, context):
    matte = matte_of(taken_along)
    first = frame_confidence(walk.clip, matte, context)

    def fail():
        raise AssertionError("looked again")

    again = frame_confidence(walk.clip, matte, replace(context, is_cancelled=fail))
    assert again == first


def test_another_length_is_refused(walk, context):
    with pytest.raises(ClipMismatchError):
        frame_confidence(trim(walk.clip, 0, 5), matte_of(walk.alpha), context)


def test_json_says_all():
    sure = FrameConfidence((0.9, 0.5), (Place(1, 30, 40, 0.5),))
    assert json.loads(json.dumps(sure.to_json())) == {
        "frames": [0.9, 0.5],
        "least_sure": [{"frame": 1, "x": 30, "y": 40, "confidence": 0.5, "point": "30,40@1"}],
    }


def test_colours_are_compared_near_by():
    """Red is the subject's on the left and the background's on the right."""
    frame = np.zeros((120, 160, 3), np.uint8)
    frame[:, :80] = 0, 0, 200
    frame[:, 80:] = 200, 0, 0
    frame[30:90, 20:50] = 200, 0, 0
    frame[30:90, 110:140] = 0, 0, 200
    mask = np.zeros((120, 160), bool)
    mask[30:90, 20:50] = mask[30:90, 110:140] = True
    likely = likely_subject(frame, mask, np.ones_like(mask))
    assert likely[mask].min() > 0.6
    assert likely[~mask].max() < 0.4
