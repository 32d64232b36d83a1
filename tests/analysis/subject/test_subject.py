from __future__ import annotations

import json
from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.subject.track import SubjectTracking, track_subject
from backlot.engine.clip.operations import ArrayClip, still

FPS = Fraction(25)


def disc(x, y, radius, size=(320, 180)):
    plane = np.zeros(size[::-1], np.uint8)
    cv2.circle(plane, (x, y), radius, 255, -1)
    return plane


def tracked(matte, context):
    """Track the subject of a matte over a grey clip."""
    fmt = matte.format
    grey = still(np.full((fmt.height, fmt.width, 3), 128, np.uint8), fmt)
    return track_subject(grey, matte, context)


def test_boxes_a_disc_to_the_pixel(context):
    frames = np.stack([disc(100 + 5 * i, 90, 40) for i in range(6)])
    tracking = tracked(ArrayClip(frames, FPS), context)
    assert tracking.boxes[0] == (60, 50, 140, 130)
    assert tracking.boxes[5] == (85, 50, 165, 130)
    assert tracking.centres[2] == pytest.approx((110, 90), abs=0.01)
    assert tracking.contacts[2] == pytest.approx((110, 130), abs=0.5)
    assert tracking.coverage[0] == pytest.approx((frames[0] > 0).mean())


def test_large_mattes_are_answered_in_their_own_pixels(context):
    frames = np.stack([disc(1000, 500, 200, (1920, 1080))])
    tracking = tracked(ArrayClip(frames, FPS), context)
    assert tracking.boxes[0] == pytest.approx((800, 300, 1200, 700), abs=2)


def test_specks_are_left_out_and_a_second_person_is_not(context):
    frame = disc(100, 90, 40)
    frame[5:8, 300:303] = 255
    one = tracked(ArrayClip(frame[None], FPS), context)
    assert one.boxes[0] == (60, 50, 140, 130)
    both = tracked(ArrayClip((frame | disc(240, 90, 30))[None], FPS), context)
    assert both.boxes[0] == (60, 50, 270, 130)


def test_empty_frames_have_no_box_but_the_steadied_one_goes_on(context):
    frames = np.stack([disc(100 + 2 * i, 90, 30) * (i not in (0, 5)) for i in range(10)])
    tracking = tracked(ArrayClip(frames.astype(np.uint8), FPS), context)
    assert tracking.boxes[0] is tracking.boxes[5] is tracking.centres[5] is None
    assert tracking.coverage[5] == 0.0
    assert tracking.smooth_boxes[0] is None
    assert tracking.smooth_boxes[5] == pytest.approx((80, 60, 140, 120), abs=0.5)


def test_a_clip_without_subject_says_so(context):
    tracking = tracked(ArrayClip(np.zeros((3, 90, 160), np.uint8), FPS), context)
    assert tracking.boxes == tracking.smooth_boxes == (None, None, None)
    assert tracking.to_text() == "Subject: in no frame"


def test_float_and_ten_bit_mattes_give_the_same_boxes(context):
    frame = disc(100, 90, 40)[None]
    floats = ArrayClip(frame.astype(np.float32) / 255, FPS)
    ten = ArrayClip((frame * 4.0114).astype(np.uint16), FPS, bits=10)
    for clip in (floats, ten):
        assert tracked(clip, context).boxes[0] == (60, 50, 140, 130)


def test_goes_through_json(context):
    frames = np.stack([disc(100, 90, 30), np.zeros((180, 320), np.uint8)])
    tracking = tracked(ArrayClip(frames, FPS), context)
    assert SubjectTracking.from_json(json.loads(json.dumps(tracking.to_json()))) == tracking
