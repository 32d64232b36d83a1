"""The committed sample is what its generator makes, and what newcomers need it to be."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

SAMPLE = Path(__file__).parents[2] / "sample"


def generate(folder, *arguments):
    subprocess.run(
        [sys.executable, str(SAMPLE / "generate.py"), "--output", str(folder), *arguments],
        check=True,
        capture_output=True,
        timeout=300,
    )


def first_frame(path):
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(np.float32)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    generate(folder, "--frames", "1")
    return folder


def test_committed_clip_begins_with_what_the_generator_draws(made):
    apart = np.abs(first_frame(made / "sample.mp4") - first_frame(SAMPLE / "sample.mp4"))
    # Grain is the same; what is left is the encoder, which spends its bits otherwise on one frame.
    assert apart.mean() < 4
    assert np.percentile(apart, 99) < 24


def test_committed_background_is_what_the_generator_draws(made):
    drawn, kept = (cv2.imread(str(folder / "background.jpg")) for folder in (made, SAMPLE))
    assert kept.shape == (1080, 1920, 3)
    assert cv2.absdiff(drawn, kept).mean() < 1


@pytest.mark.slow
def test_same_seed_same_bytes_another_seed_another_picture(made, tmp_path):
    generate(tmp_path / "again", "--frames", "1")
    generate(tmp_path / "other", "--frames", "1", "--seed", "8")
    for name in ("sample.mp4", "background.jpg"):
        assert (tmp_path / "again" / name).read_bytes() == (made / name).read_bytes()
        assert (tmp_path / "other" / name).read_bytes() != (made / name).read_bytes()


def test_clip_has_the_promised_size_rate_length_and_sound():
    with av.open(str(SAMPLE / "sample.mp4")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.width, video.height) == (1280, 720)
        assert video.average_rate == Fraction(30000, 1001)
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (audio.rate, audio.layout.name) == (48000, "stereo")
        frames, loudest, samples = 0, 0.0, 0
        for frame in container.decode(video, audio):
            if isinstance(frame, av.VideoFrame):
                frames += 1
            else:
                samples += frame.samples
                loudest = max(loudest, float(np.abs(frame.to_ndarray()).max()))
    assert frames == 120
    assert abs(samples / 48000 - frames * 1001 / 30000) < 0.05
    assert 0.1 < loudest <= 1.0


def test_sample_is_small():
    assert sum(path.stat().st_size for path in SAMPLE.glob("*.*")) < 4 << 20
