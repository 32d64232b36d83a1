"""Laws of every clip operation: same frames in any order, identities, promised facts."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from backlot.engine.clip.clip import AudioTrack, with_audio
from backlot.engine.clip.operations import (
    ArrayClip,
    check_same_length,
    check_same_size,
    clip_of_images,
    concatenate,
    convert,
    map_frames,
    resize,
    still,
    trim,
    window_frames,
)
from backlot.engine.clip.pull import pull
from backlot.engine.clip.render import render
from backlot.engine.errors import ClipMismatchError, InputError

FPS = Fraction(30000, 1001)
SOUND = (AudioTrack(path=Path("sound.wav")),)


def noise(frames=37, width=12, height=10, channels=3, bits=8, seed=1, audio=SOUND):
    shape = (frames, height, width) if channels == 1 else (frames, height, width, channels)
    rng = np.random.default_rng(seed)
    dtype = np.uint8 if bits == 8 else np.uint16
    return ArrayClip(rng.integers(0, 1 << bits, shape).astype(dtype), FPS, audio, bits)


def darker(_, frame):
    return frame // 2


def running_mean(_, frames):
    return np.mean(frames, axis=0).astype(frames[0].dtype)


OPERATIONS = {
    "array": lambda: noise(),
    "images": lambda: clip_of_images(
        torch.rand(37, 10, 12, 3, generator=torch.Generator().manual_seed(0)), FPS, SOUND
    ),
    "map": lambda: map_frames(darker, [noise()], "darker/1"),
    "map of two": lambda: map_frames(
        lambda _, a, b: cv2.addWeighted(a, 0.3, b, 0.7, 0), [noise(), noise(seed=2)], "mix/1"
    ),
    "window": lambda: window_frames(running_mean, noise(), 3, "mean/1"),
    "window of window": lambda: window_frames(
        running_mean, window_frames(running_mean, noise(), 2, "mean/1"), 4, "mean/1"
    ),
    "trim": lambda: trim(noise(50), 6, 43),
    "concatenate": lambda: concatenate([noise(20), noise(1, seed=3), noise(16, seed=4)]),
    "resize down": lambda: resize(noise(width=31, height=29), 12, 10),
    "resize up": lambda: resize(noise(width=5, height=4), 12, 10),
    "convert to 10": lambda: convert(noise(), 10),
    "convert to float": lambda: convert(noise(), 32),
    "still": lambda: still(np.full((10, 12, 3), 7, np.uint8), noise().format),
    "with audio": lambda: with_audio(noise(audio=()), SOUND),
}
each_operation = pytest.mark.parametrize("name", OPERATIONS)


@each_operation
def test_facts_are_what_was_promised(name):
    clip = OPERATIONS[name]()
    fmt = clip.format
    assert (fmt.width, fmt.height, fmt.frames, fmt.fps) == (12, 10, 37, FPS)
    for index in (0, 18, 36):
        frame = clip.frame(index)
        assert frame.shape == fmt.shape
        assert frame.dtype == fmt.dtype


@each_operation
def test_same_frames_for_any_chunk_and_any_order(name):
    whole = [frame.tobytes() for frame in pull(OPERATIONS[name]())]
    assert len(whole) == 37
    batch = OPERATIONS[name]().read(0, 37).numpy()
    for size in (1, 5, 16):
        clip = OPERATIONS[name]()
        chunks = [clip.read(at, min(at + size, 37)).numpy() for at in range(0, 37, size)]
        assert np.concatenate(chunks).tobytes() == batch.tobytes()
    clip = OPERATIONS[name]()
    for index in np.random.default_rng(5).permutation(37):
        assert clip.frame(int(index)).tobytes() == whole[index]


@each_operation
def test_same_recipe_same_fingerprint_and_same_pixels(name):
    first = OPERATIONS[name]()
    again = OPERATIONS[name]()
    assert first.fingerprint == again.fingerprint
    assert first.frame(9).tobytes() == again.frame(9).tobytes()


@each_operation
def test_rendering_to_the_store_changes_nothing(name, context):
    clip = OPERATIONS[name]()
    kept = render(clip, context, "matting", "")
    assert kept.format == clip.format
    assert all(kept.frame(i).tobytes() == clip.frame(i).tobytes() for i in range(37))


def test_every_operation_has_a_fingerprint_of_its_own():
    marks = [make().fingerprint for name, make in OPERATIONS.items() if name != "with audio"]
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize(
    "same",
    [
        lambda clip: trim(clip, 0, 37),
        lambda clip: resize(clip, 12, 10),
        lambda clip: convert(clip, 8),
        lambda clip: concatenate([clip]),
        lambda clip: window_frames(running_mean, clip, 0, "mean/1"),
        lambda clip: convert(convert(clip, 10), 8),
        lambda clip: convert(convert(clip, 16), 8),
        lambda clip: convert(convert(clip, 32), 8),
    ],
)
def test_identity_parameters_change_nothing(same):
    clip = noise()
    result = same(clip)
    assert result.format == clip.format
    assert result.audio == clip.audio
    assert all(np.array_equal(result.frame(i), clip.frame(i)) for i in range(37))


def test_float_batches_come_back_unchanged():
    images = torch.rand(5, 4, 6, 3)
    assert torch.equal(clip_of_images(images, FPS).read(0, 5), images)
    mask = torch.rand(5, 4, 6)
    assert torch.equal(clip_of_images(mask, FPS).read(0, 5)[..., 0], mask)


def test_a_window_repeats_the_ends():
    clip = ArrayClip(np.arange(5, dtype=np.uint8).reshape(5, 1, 1), FPS)
    seen = {}

    def note(index, frames):
        seen[index] = [int(frame[0, 0]) for frame in frames]
        return frames[0]

    list(pull(window_frames(note, clip, 2, "note/1")))
    assert seen[0] == [0, 0, 0, 1, 2]
    assert seen[2] == [0, 1, 2, 3, 4]
    assert seen[4] == [2, 3, 4, 4, 4]


def test_trim_takes_its_part_of_frames_and_sound():
    clip = noise(50)
    part = trim(clip, 10, 40)
    assert np.array_equal(part.frame(0), clip.frame(10))
    (track,) = part.audio
    assert (track.start_s, track.duration_s) == (10 / FPS, 30 / FPS)
    (again,) = trim(part, 5, 6).audio
    assert (again.start_s, again.duration_s) == (15 / FPS, 1 / FPS)


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (5, 5), (7, 5), (0, 51)])
def test_trim_outside_is_refused(start, stop):
    with pytest.raises(InputError, match="trim must stay inside"):
        trim(noise(50), start, stop)


def test_joined_sound_keeps_every_clip_at_its_time():
    silent = noise(10, audio=())
    sounding = noise(20)
    joined = concatenate([silent, sounding, silent])
    assert [(t.path, t.duration_s) for t in joined.audio] == [
        (None, 10 / FPS),
        (Path("sound.wav"), 20 / FPS),
        (None, 10 / FPS),
    ]
    assert concatenate([silent, silent]).audio == ()


def test_clips_that_differ_are_not_joined():
    with pytest.raises(ClipMismatchError, match="clip 2 must be 12x10"):
        concatenate([noise(), noise(width=14)])


def test_clips_of_other_length_or_size_are_named():
    with pytest.raises(ClipMismatchError, match="37 and 20 frames"):
        map_frames(lambda _, a, b: a, [noise(), noise(20)], "mix/1")
    with pytest.raises(ClipMismatchError, match="37 and 20"):
        check_same_length([noise(), noise(20)], "mix/1")
    with pytest.raises(ClipMismatchError, match="12x10 and 14x10"):
        check_same_size([noise(), noise(width=14)], "composite")


def test_convert_rounds_to_the_nearest():
    clip = ArrayClip(np.array([[[0, 1, 2, 3, 4, 65535]]], np.uint16), FPS, bits=16)
    assert convert(clip, 8).frame(0).tolist() == [[0, 0, 0, 0, 0, 255]]
    ramp = ArrayClip(np.arange(256, dtype=np.uint8).reshape(1, 1, 256), FPS)
    assert convert(ramp, 16).frame(0).ravel().tolist() == [i * 257 for i in range(256)]


@pytest.mark.parametrize("shape", [(0, 4, 4, 3), (4, 4)])
def test_a_batch_without_pictures_is_refused(shape):
    with pytest.raises(InputError, match="batch of pictures"):
        clip_of_images(torch.zeros(shape), FPS)
