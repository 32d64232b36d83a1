from __future__ import annotations

from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
import torch
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import InputError
from backlot.host.api.video import VideoComponents, VideoInput
from backlot.host.clips import clip_of, matte_clip_of
from backlot.host.video import ClipVideo, video_of


def ramp(frames=10, height=36, width=64, fps=Fraction(25)):
    """Frames of one grey each, brighter by 20 codes from frame to frame."""
    codes = (np.arange(frames, dtype=np.uint8) * 20)[:, None, None, None]
    return ArrayClip(np.tile(codes, (1, height, width, 3)), fps)


class FileVideo(VideoInput):
    """A video of another node that has a file or a buffer behind it."""

    def __init__(self, source, window=(0.0, 0.0), size=(64, 36)):
        self.source, self.window, self.size = source, window, size

    def get_components(self):
        images = torch.full((2, self.size[1], self.size[0], 3), 0.5)
        return VideoComponents(images, Fraction(25))

    def save_to(self, path, **options):
        raise NotImplementedError

    def as_trimmed(self, start_time=None, duration=None, strict_duration=False):
        raise NotImplementedError

    def get_stream_source(self):
        return self.source

    def get_active_trim_window(self):
        return self.window

    def get_dimensions(self):
        return self.size


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ramp.mkv"
    video_of(ramp()).save_to(str(path), crf=0)
    return path


def greys(clip):
    return [
        round(float(clip.frame(i).mean() / clip.format.max_value * 255)) for i in range(len(clip))
    ]


def test_our_own_video_gives_its_clip_back():
    clip = ramp()
    assert clip_of(video_of(clip)) is clip


def test_a_video_of_another_node_is_read_from_its_file(file):
    clip = clip_of(FileVideo(str(file)))
    assert (clip.format.width, clip.format.height, clip.format.fps) == (64, 36, 25)
    assert greys(clip) == pytest.approx([20 * i for i in range(10)], abs=2)


@pytest.mark.parametrize(
    ("window", "first", "count"),
    [((0.08, 0.0), 2, 8), ((0.08, 0.12), 2, 3), ((0.0, 0.2), 0, 5), ((0.0801, 0.0), 2, 8)],
)
def test_a_trim_window_is_kept(file, window, first, count):
    clip = clip_of(FileVideo(str(file), window))
    assert greys(clip) == pytest.approx([20 * i for i in range(first, first + count)], abs=2)


def test_a_buffer_becomes_a_file_named_by_its_content(file):
    content = file.read_bytes()
    first, second = (clip_of(FileVideo(BytesIO(content))) for _ in range(2))
    assert greys(first) == greys(second)
    assert first.fingerprint == second.fingerprint


def test_a_video_that_crops_its_source_is_read_from_its_frames(file):
    clip = clip_of(FileVideo(str(file), size=(32, 18)))
    assert (clip.format.width, clip.format.height, len(clip)) == (32, 18, 2)
    assert greys(clip) == [128, 128]


def test_a_video_made_of_tensors_keeps_rate_and_sound():
    class Tensors(VideoInput):
        def get_components(self):
            sound = {"waveform": torch.ones(1, 2, 48000), "sample_rate": 48000}
            images = torch.full((12, 4, 6, 3), 0.25)
            return VideoComponents(images, Fraction(24000, 1001), sound)

        save_to = as_trimmed = None

    clip = clip_of(Tensors())
    assert (clip.format.fps, clip.format.bits, len(clip)) == (Fraction(24000, 1001), 32, 12)
    assert float(clip.frame(3).max()) == 0.25
    assert clip.audio[0].duration_s == clip.format.duration_s


def test_images_need_a_rate_and_ntsc_rates_are_exact():
    images = torch.zeros(3, 4, 6, 3)
    assert clip_of(images, 23.976).format.fps == Fraction(24000, 1001)
    assert clip_of(images, 25.0).format.fps == 25
    assert clip_of(images, Fraction(7, 3)).format.fps == Fraction(7, 3)
    with pytest.raises(InputError, match="fps must be given"):
        clip_of(images)
    with pytest.raises(InputError, match="fps"):
        clip_of(images, 0.0)


def test_what_is_no_video_is_named():
    with pytest.raises(InputError, match="got dict"):
        clip_of({})


def test_one_mask_stands_for_the_whole_clip():
    like = ramp().format
    clip = matte_clip_of(torch.full((1, 36, 64), 0.5), like)
    assert (len(clip), clip.format.channels, float(clip.frame(9).mean())) == (10, 1, 0.5)
    assert len(matte_clip_of(torch.zeros(4, 36, 64), like)) == 4


def test_a_clip_video_is_a_video():
    assert isinstance(video_of(ramp()), VideoInput)
    assert isinstance(video_of(ramp()), ClipVideo)
