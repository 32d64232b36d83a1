from __future__ import annotations

import json
from fractions import Fraction

import av
import numpy as np
import pytest
from backlot.engine.errors import FinalError, MediaError
from backlot.engine.media.examine import Examined, examine
from backlot.engine.media.probe import ClipInfo, describe, probe

from .conftest import frame_of, turn, write_video


def plain_frame(size=(64, 48), pixel_format="yuv420p"):
    width, height = size
    return av.VideoFrame.from_ndarray(np.full((height, width), 90, np.uint8), "gray").reformat(
        format=pixel_format
    )


def test_the_facts_of_a_plain_file(numbered_video):
    info = probe(numbered_video(count=30, rate="30000/1001", sound_s=1.0))

    assert (info.width, info.height, info.frames) == (64, 48, 30)
    assert info.fps == Fraction(30000, 1001)
    assert info.duration_s == Fraction(1001, 1000)
    assert (info.codec, info.pixel_format, info.bits, info.alpha) == ("h264", "yuv420p", 8, False)
    assert not info.variable_rate
    assert info.audio is not None
    assert (info.audio.codec, info.audio.sample_rate, info.audio.channels) == ("aac", 48000, 2)
    assert abs(info.audio.duration_s - 1.0) < 0.05
    assert info.notes == ()


def test_facts_survive_json(numbered_video):
    found = examine(
        numbered_video(sound_s=0.5, times=[n * 2 + n % 2 for n in range(40)], tick="1/50")
    )

    kept = json.loads(json.dumps(found.to_json()))

    assert Examined.from_json(kept) == found
    assert ClipInfo.from_json(json.loads(json.dumps(found.info.to_json()))) == found.info


def test_untagged_colour_is_guessed_by_size(tmp_path):
    small = write_video(tmp_path / "small.mp4", [plain_frame((720, 576))])
    large = write_video(tmp_path / "large.mp4", [plain_frame((1280, 720))])

    assert probe(small).matrix == "bt601"
    assert probe(large).matrix == "bt709"
    assert probe(large).color_range == "limited"


def test_tags_are_read(tmp_path):
    tags = {"colorspace": 9, "color_range": 2, "color_trc": 16, "color_primaries": 9}
    deep = [np.full((48, 64), 500, np.uint16), *[np.full((24, 32), 512, np.uint16)] * 2]
    path = tmp_path / "a.mkv"
    info = probe(write_video(path, [frame_of(deep, "yuv420p10le")], "ffv1", tags=tags))

    assert (info.matrix, info.color_range) == ("bt2020", "full")
    assert (info.transfer, info.primaries, info.bits) == ("pq", "bt2020", 10)
    assert any("PQ" in note for note in info.notes)


@pytest.mark.parametrize(
    ("matrix", "rotation"),
    [((1, 0, 0, 1), 0), ((0, 1, -1, 0), -90), ((-1, 0, 0, -1), 180), ((0, -1, 1, 0), 90)],
)
def test_rotation_turns_the_size(numbered_video, matrix, rotation):
    path = numbered_video(count=3)
    turn(path, matrix)

    info = probe(path)

    assert info.rotation_deg == rotation
    assert (info.width, info.height) == ((48, 64) if rotation in (90, -90) else (64, 48))
    assert (info.coded_width, info.coded_height) == (64, 48)


@pytest.mark.parametrize(
    ("aspect", "width"), [("2", 128), ("16/15", 68), ("8/9", 57), ("1280/1281", 64)]
)
def test_pixels_become_square(numbered_video, aspect, width):
    info = probe(numbered_video(count=2, aspect=aspect))

    assert (info.width, info.height) == (width, 48)
    assert info.sample_aspect == Fraction(aspect)


def test_a_variable_rate_is_reported(numbered_video):
    info = probe(numbered_video(times=[n + n // 4 for n in range(40)], tick="1/25"))

    assert info.variable_rate
    assert info.fps == 25 and info.frames in (49, 50)
    assert any(f"40 frames became {info.frames}" in note for note in info.notes)


def test_describe_names_size_rate_and_sound(numbered_video):
    text = describe(probe(numbered_video(sound_s=0.5)))

    assert "64x48, 25 fps, 40 frames, 1.600 s" in text
    assert "aac, 48000 Hz, stereo" in text


def test_a_file_that_is_no_video_gives_one_clear_sentence(tmp_path):
    text = tmp_path / "notes.mp4"
    text.write_text("this is no video\n" * 50)
    empty = tmp_path / "empty.mp4"
    empty.touch()

    for path, word in [
        (tmp_path / "missing.mp4", "Check the path"),
        (tmp_path, "folder"),
        (text, "notes.mp4"),
        (empty, "empty file"),
    ]:
        with pytest.raises(MediaError, match=word) as caught:
            probe(path)
        assert isinstance(caught.value, FinalError)
        assert "\n" not in str(caught.value)


def test_a_file_with_sound_only_is_named_so(tmp_path):
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    with pytest.raises(MediaError, match=r"song\.m4a .* sound only"):
        probe(path)


def test_a_file_cut_before_its_index_is_refused(numbered_video):
    path = numbered_video()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(MediaError, match="cut off"):
        probe(path)


def test_a_file_that_breaks_off_gives_what_is_there(numbered_video):
    path = numbered_video("clip.mkv", count=60, options={"g": "10"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    info = probe(path)

    assert 10 < info.frames < 50
    assert info.fps == 25


def test_probing_decodes_only_a_few_frames(numbered_video, monkeypatch):
    from backlot.engine.media.decode import Decoder

    decoded = []
    real = Decoder._decode
    monkeypatch.setattr(Decoder, "_decode", lambda *given: decoded.append(1) or real(*given))

    assert probe(numbered_video(count=200)).frames == 200
    assert len(decoded) < 60
