from fractions import Fraction

import av
import numpy as np
import pytest

from ..metrics.lengths import length_errors, lengths, lip_sync_s, tracks

RATE, FPS = 48000, 25


def flashes(frames, at):
    values = np.full(frames, 20.0)
    values[at] = 220.0
    return values


def clicks(seconds, at_s):
    sound = np.zeros(int(seconds * RATE))
    for start in at_s:
        tone = np.sin(2 * np.pi * 1000 * np.arange(int(0.02 * RATE)) / RATE)
        sound[round(start * RATE) :][: len(tone)] += 0.8 * tone
    return sound


def write(path, light, sound=None):
    with av.open(str(path), "w") as file:
        video = file.add_stream("ffv1", rate=Fraction(FPS))
        video.width, video.height, video.pix_fmt = 32, 32, "gray"
        audio = (
            file.add_stream("pcm_s16le", rate=RATE, layout="mono") if sound is not None else None
        )
        for value in light:
            picture = np.full((32, 32), round(value), np.uint8)
            file.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
        file.mux(video.encode(None))
        if audio:
            samples = np.round(sound * 32767).astype(np.int16)[None]
            block = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            block.sample_rate = RATE
            file.mux(audio.encode(block))
            file.mux(audio.encode(None))


def test_lengths_of_a_file(tmp_path):
    write(tmp_path / "a.mkv", flashes(50, [10]), clicks(2.0, [0.4]))
    found = lengths(tmp_path / "a.mkv")
    assert (found.frames, found.samples, found.rate) == (50, 2 * RATE, RATE)
    assert found.duration_s == pytest.approx(2.0, abs=0.002)


def test_differences_to_a_reference(tmp_path):
    write(tmp_path / "a.mkv", flashes(50, [10]), clicks(2.0, [0.4]))
    write(tmp_path / "b.mkv", flashes(48, [10]))
    errors = length_errors(tmp_path / "b.mkv", tmp_path / "a.mkv")
    assert (errors.frames, errors.samples) == (-2, -2 * RATE)
    assert errors.duration_s == pytest.approx(-2 / FPS, abs=0.002)


@pytest.mark.parametrize("late_s", [0.0, 0.08, -0.033, 0.5])
def test_lip_sync_of_two_tracks(late_s):
    # Not evenly spaced: another lag would fit as well.
    at = [15, 40, 58, 90]
    # Nor is it silent in between.
    noise = np.random.default_rng(0).uniform(-0.01, 0.01, 5 * RATE)
    sound = clicks(5.0, [frame / FPS + late_s for frame in at]) + noise
    assert lip_sync_s(sound, RATE, flashes(125, at), FPS) == pytest.approx(late_s, abs=0.001)


def test_lip_sync_of_a_file(tmp_path):
    at = [10, 22, 41]
    write(tmp_path / "a.mkv", flashes(50, at), clicks(2.0, [frame / FPS + 0.04 for frame in at]))
    assert lip_sync_s(*tracks(tmp_path / "a.mkv")) == pytest.approx(0.04, abs=0.001)


def test_silence_cannot_be_compared():
    with pytest.raises(ValueError, match="onset"):
        lip_sync_s(np.zeros(RATE), RATE, flashes(25, [5]), FPS)
