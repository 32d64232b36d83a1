from __future__ import annotations

from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest
import torch
from backlot.engine.clip.clip import AudioTrack, Clip, ClipFormat, with_audio
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import InputError
from backlot.host.video import video_of

FPS = Fraction(30000, 1001)


@pytest.fixture
def clip():
    codes = (np.arange(12, dtype=np.uint8) * 15)[:, None, None, None]
    frames = np.tile(codes, (1, 32, 48, 3))
    sound = AudioTrack(
        waveform=torch.full((2, 19219), 0.25), sample_rate=48000, duration_s=Fraction(19219, 48000)
    )
    return with_audio(ArrayClip(frames, FPS), (sound,))


class Untouchable(Clip):
    """A clip that no question may compute a frame of."""

    def __init__(self):
        super().__init__(ClipFormat(48, 32, FPS, 12, bits=10), "0" * 32)

    def _render(self, index):
        raise AssertionError("a frame was computed")


def test_facts_are_answered_without_computing_frames():
    video = video_of(Untouchable())
    assert video.get_dimensions() == (48, 32)
    assert video.get_frame_count() == 12
    assert video.get_frame_rate() == FPS
    assert video.get_duration() == pytest.approx(12 / FPS)
    assert video.get_bit_depth() == 10
    assert video.get_color_space() == "sRGB"
    assert "mp4" in video.get_container_format()
    assert video.get_active_trim_window() == (0.0, 0.0)
    assert video.as_trimmed(0.1, 0.1).get_frame_count() == 3


@pytest.mark.parametrize(
    ("start", "duration", "frames"),
    [
        (None, None, 12),
        (0.1, None, 9),
        (0.1, 0.1, 3),
        (-0.1, 0, 3),
        (0.3, 9.0, None),
        (9.0, 0, None),
    ],
)
def test_trims_count_whole_frames(clip, start, duration, frames):
    part = video_of(clip).as_trimmed(start, duration)
    assert frames == (None if part is None else part.get_frame_count())


def test_a_trim_that_need_not_be_strict_takes_what_is_left(clip):
    assert video_of(clip).as_trimmed(0.3, 9.0, strict_duration=False).get_frame_count() == 3


def test_components_hold_every_frame_and_the_sound(clip):
    parts = video_of(clip).get_components()
    assert parts.images.shape == (12, 32, 48, 3)
    assert parts.images.dtype == torch.float32
    assert torch.allclose(parts.images[7], torch.tensor(105 / 255))
    assert parts.frame_rate == FPS
    assert parts.audio["sample_rate"] == 48000
    assert parts.audio["waveform"].shape == (1, 2, round(12 / FPS * 48000))
    assert parts.alpha is None


def test_components_part_alpha_and_widen_mattes():
    rgba = np.full((2, 4, 6, 4), 51, np.uint8)
    parts = video_of(ArrayClip(rgba, FPS)).get_components()
    assert parts.images.shape == (2, 4, 6, 3)
    assert torch.allclose(parts.alpha, torch.full((2, 4, 6, 1), 0.2))
    matte = video_of(ArrayClip(rgba[..., 0].copy(), FPS)).get_components()
    assert matte.images.shape == (2, 4, 6, 3)


def opened(source):
    with av.open(source) as container:
        stream = container.streams.video[0]
        greys = [
            float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(stream)
        ]
        return container.metadata, stream.average_rate, len(container.streams.audio), greys


def test_a_saved_file_keeps_rate_sound_and_workflow(clip, tmp_path):
    path = tmp_path / "out.mp4"
    workflow = {"nodes": [1, 2]}
    video_of(clip).save_to(str(path), format="auto", codec="auto", metadata={"workflow": workflow})
    metadata, rate, sounds, greys = opened(str(path))
    assert metadata["workflow"] == '{"nodes": [1, 2]}'
    assert (rate, sounds, len(greys)) == (FPS, 1, 12)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_metadata_does_not_touch_the_pictures(clip, tmp_path):
    for name, metadata in (("a.mp4", None), ("b.mp4", {"prompt": {"1": {}}})):
        video_of(clip).save_to(str(tmp_path / name), metadata=metadata)
    assert opened(str(tmp_path / "a.mp4"))[3] == opened(str(tmp_path / "b.mp4"))[3]


def test_a_buffer_is_written_like_a_file(clip):
    buffer = BytesIO()
    video_of(clip).save_to(
        buffer, format="mp4", codec="h264", bit_depth=10, crf=12.0, preset="fast"
    )
    buffer.seek(0)
    with av.open(buffer) as container:
        assert container.streams.video[0].pix_fmt == "yuv420p10le"
        assert sum(1 for _ in container.decode(video=0)) == 12


def test_the_stream_source_is_encoded_once(clip):
    video = video_of(clip)
    path = video.get_stream_source()
    before = av.open(path).streams.video[0].frames
    assert before == 12
    assert video_of(clip).get_stream_source() == path


@pytest.mark.parametrize("choice", [{"codec": "av1"}, {"color_space": "HDR"}, {"format": "webm"}])
def test_what_cannot_be_written_is_told(clip, tmp_path, choice):
    name = "x.webm" if "format" in choice else "x.mp4"
    with pytest.raises(InputError):
        video_of(clip).save_to(str(tmp_path / name), **choice)
