from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import ClipMismatchError, InputError
from backlot.engine.matting.clean_plate import background_shown, clean_plate
from backlot.engine.matting.plate_canvas import make_canvas
from backlot.engine.matting.plate_recovery import Sample, even_exposure

from .conftest import HEIGHT, WIDTH, texture

FRAMES = 24


def background():
    return (texture(11, (0.5, 0.45, 0.4), 0.12, 3.0) * 255).astype(np.float32)


def passing(gains=None, still=False):
    """Return a clip and its matte: a block crosses a textured wall with noise."""
    rng = np.random.default_rng(3)
    frames, mattes = [], []
    for t in range(FRAMES):
        x = 60 if still else 10 + 5 * t
        alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
        alpha[40:100, x : x + 24] = 255
        picture = background() * (1 if gains is None else gains[t])
        picture = np.where(alpha[..., None] > 0, np.float32([200, 30, 30]), picture)
        frames.append(np.clip(picture + rng.normal(0, 2, picture.shape) + 0.5, 0, 255))
        mattes.append(alpha)
    clip = ArrayClip(np.stack(frames).astype(np.uint8), Fraction(25))
    return clip, ArrayClip(np.stack(mattes), Fraction(25))


class Pan:
    """A camera that goes right by two pixels a frame."""

    cuts = ()

    def __len__(self):
        return FRAMES

    def matrix(self, index):
        return np.array([[1.0, 0, 2 * index], [0, 1, 0], [0, 0, 1]])


def test_subject_that_moves_leaves_the_whole_background(context):
    clip, matte = passing()
    found = clean_plate(clip, matte, context, grow_px=2)
    error = np.abs(found.picture.frame(7).astype(np.float32) - background())
    assert error.mean() < 1.0 and error.max() < 8
    assert found.confidence.frame(0).min() > 150
    assert len(found.picture) == FRAMES and found.picture.format == clip.format


def test_noise_is_averaged_below_that_of_a_frame(context):
    clip, matte = passing()
    found = clean_plate(clip, matte, context, grow_px=2, follow_light=False)
    error = np.abs(found.picture.frame(0).astype(np.float32) - background()).mean()
    corner = np.abs(clip.frame(0)[:30].astype(np.float32) - background()[:30]).mean()
    assert error < 0.5 * corner


def test_what_was_never_seen_is_made_up_and_marked(context):
    clip, matte = passing(still=True)
    found = clean_plate(clip, matte, context, grow_px=2)
    confidence = found.confidence.frame(3)
    assert (confidence[matte.frame(0) > 0] == 0).all()
    assert confidence[:30].min() > 100
    hole = found.picture.frame(3)[50:90, 64:80].astype(np.float32)
    assert np.abs(hole - np.float32([200, 30, 30])).min(axis=2).mean() > 5
    assert "made up" in found.text


def test_changing_exposure_is_followed(context):
    gains = np.linspace(0.7, 1.1, FRAMES)
    clip, matte = passing(gains)
    found = clean_plate(clip, matte, context, grow_px=2)
    for index in (0, FRAMES - 1):
        error = np.abs(found.picture.frame(index) - background() * gains[index])
        assert error.mean() < 2.0


def test_exposures_are_evened_out_before_they_are_averaged():
    gains = np.linspace(0.7, 1.1, FRAMES)
    clip, matte = passing(gains)
    samples = [
        Sample(clip.frame(t), background_shown(matte.frame(t), 255, 2), t) for t in range(FRAMES)
    ]
    canvas = make_canvas([np.eye(3)] * FRAMES, (WIDTH, HEIGHT))
    evened = np.array([one.gain for one in even_exposure(samples, canvas, 255.0)])
    product = evened.mean(1) * gains
    assert np.ptp(product) < 0.03 * product.mean()


def test_plate_follows_a_camera_and_is_larger_than_a_frame(context):
    wide = np.clip(cv2.resize(background(), (WIDTH * 2, HEIGHT)), 0, 255).astype(np.uint8)
    frames = np.stack([wide[:, 2 * t : 2 * t + WIDTH] for t in range(FRAMES)]).copy()
    mattes = np.zeros((FRAMES, HEIGHT, WIDTH), np.uint8)
    mattes[:, 40:100, 60:84] = 255
    frames[mattes > 0] = (200, 30, 30)
    clip, matte = ArrayClip(frames, Fraction(25)), ArrayClip(mattes, Fraction(25))
    found = clean_plate(clip, matte, context, grow_px=2, camera=Pan())
    for index in (0, FRAMES // 2, FRAMES - 1):
        truth = wide[:, 2 * index : 2 * index + WIDTH].astype(np.float32)
        known = found.confidence.frame(index) > 128
        error = np.abs(found.picture.frame(index) - truth).mean(2)[known]
        assert known.mean() > 0.85 and error.mean() < 2.0


def test_artists_picture_is_taken_as_it_is(context):
    clip, matte = passing(still=True)
    given = ArrayClip(background()[None].astype(np.uint8), Fraction(25))
    found = clean_plate(clip, matte, context, grow_px=2, given=given, follow_light=False)
    assert np.abs(found.picture.frame(5) - background()).max() <= 2
    assert found.confidence.frame(5).min() == 255


def test_artists_clip_of_equal_length_is_taken_frame_by_frame(context):
    clip, matte = passing(still=True)
    frames = np.stack([np.full((HEIGHT, WIDTH, 3), t * 5, np.uint8) for t in range(FRAMES)])
    given = ArrayClip(frames, Fraction(25))
    found = clean_plate(clip, matte, context, grow_px=2, given=given, follow_light=False)
    assert found.picture.frame(9).mean() == 45


def test_plate_is_kept_in_the_store(context):
    clip, matte = passing()
    first = clean_plate(clip, matte, context, grow_px=2, follow_light=False).picture.frame(0)
    clip._frames = np.zeros_like(clip._frames)
    clip.release()
    again = clean_plate(clip, matte, context, grow_px=2, follow_light=False).picture.frame(0)
    assert np.array_equal(first, again)


def test_any_order_gives_the_same_frames(context):
    clip, matte = passing()
    one, two = (clean_plate(clip, matte, context, grow_px=2).picture for _ in range(2))
    forward = [one.frame(i) for i in (0, 5, 9)]
    backward = [two.frame(i) for i in (9, 5, 0)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forward, backward, strict=True))


def test_a_camera_of_another_clip_is_refused(context):
    clip, matte = passing()
    short = ArrayClip(clip._frames[:8], Fraction(25)), ArrayClip(matte._frames[:8], Fraction(25))
    with pytest.raises(ClipMismatchError, match="camera must have 8 frames"):
        clean_plate(*short, context, grow_px=2, camera=Pan())


def test_negative_growth_is_refused(context):
    with pytest.raises(InputError, match="grow_px must be 0 or more"):
        clean_plate(*passing(), context, grow_px=-1)


def test_a_resting_camera_resamples_nothing():
    canvas = make_canvas([np.eye(3)] * 4, (40, 30))
    assert canvas.still and (canvas.width, canvas.height) == (40, 30)
