from __future__ import annotations

import logging
import random
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import resize, trim
from backlot.engine.clip.pull import pull
from backlot.engine.errors import MediaError
from backlot.engine.media.decode import Decoder
from backlot.engine.media.read import open_clip

from .conftest import frame_of, number_shown, numbered, turn, write_video

OPEN_GROUPS = {"g": "10", "bf": "3", "x264-params": "open-gop=1:scenecut=0:b-adapt=0"}
KINDS = {
    "open groups, b-frames": ("clip.mp4", {"options": OPEN_GROUPS}),
    "transport stream": ("clip.ts", {"options": OPEN_GROUPS}),
    "matroska": ("clip.mkv", {"options": OPEN_GROUPS, "rate": "30000/1001"}),
    "mpeg-4 in avi": ("clip.avi", {"codec": "mpeg4", "options": {"g": "12", "bf": "2"}}),
    "mpeg-2": ("clip.mpg", {"codec": "mpeg2video", "options": {"g": "12", "bf": "2"}}),
    "vp8 with hidden frames": (
        "vp8.webm",
        {"codec": "libvpx", "options": {"g": "16", "auto-alt-ref": "1", "lag-in-frames": "8"}},
    ),
    "vp9": ("vp9.webm", {"codec": "libvpx-vp9", "options": {"g": "16", "deadline": "realtime"}}),
    "no time stamps": ("clip.h264", {"options": {"g": "10", "bf": "2"}}),
    "ffv1": ("clip.mkv", {"codec": "ffv1"}),
}


@pytest.fixture
def store(context):
    return context.store


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_is_found_in_any_order(numbered_video, store, kind):
    name, how = KINDS[kind]
    clip = open_clip(numbered_video(name, count=48, **how), store)

    in_order = [np.array(frame) for frame in pull(clip)]

    assert [number_shown(frame) for frame in in_order] == list(range(48))
    order = [*random.Random(4).choices(range(48), k=30), 47, 0, 46, 1]
    for number in order:
        assert np.array_equal(clip.frame(number), in_order[number]), number
    clip.release()
    for number in range(47, -1, -7):
        clip.release()
        assert np.array_equal(clip.frame(number), in_order[number]), number
    clip.release()


def test_a_clip_tells_where_reading_is_cheap_to_begin(numbered_video, store):
    options = {"g": "10", "x264-params": "scenecut=0:open-gop=0"}
    clip = open_clip(numbered_video(count=35, options=options), store)
    assert [clip.key_frame(at) for at in (0, 9, 10, 27, 34)] == [0, 0, 10, 20, 30]
    part = trim(clip, 4, 30)
    assert [part.key_frame(at) for at in (3, 6, 25)] == [0, 6, 16]
    assert resize(part, 64, 32).key_frame(8) == 6


def test_reading_on_never_seeks_and_decodes_once(numbered_video, store, monkeypatch):
    clip = open_clip(numbered_video(count=60, options=OPEN_GROUPS), store)
    given, seeks = [], []
    real = Decoder._decode
    monkeypatch.setattr(Decoder, "_decode", lambda d, p: given.append(p) or real(d, p))
    monkeypatch.setattr(Decoder, "_sought", lambda *_: seeks.append(1) or (None, iter(())))

    with ThreadPoolExecutor(3) as pool:
        clip.prepare(3)
        # Each thread asks for its frame before those that come earlier.
        for start in range(0, 60, 3):
            wanted = [start + 2, start + 1, start]
            frames = list(pool.map(clip.frame, wanted))
            assert [number_shown(frame) for frame in frames] == wanted
    clip.release()

    assert seeks == []
    assert len(given) <= 61


def test_a_jump_decodes_from_the_key_frame_before_it(numbered_video, store, monkeypatch):
    options = {"g": "10", "bf": "0", "x264-params": "scenecut=0"}
    clip = open_clip(numbered_video(count=100, options=options), store)
    given = []
    real = Decoder._decode
    monkeypatch.setattr(Decoder, "_decode", lambda d, p: given.append(p) or real(d, p))

    assert number_shown(clip.frame(75)) == 75
    assert len(given) < 20
    clip.release()


def test_a_closed_clip_opens_again(numbered_video, store):
    clip = open_clip(numbered_video(), store)
    first = np.array(clip.frame(20))

    clip.release()

    assert np.array_equal(clip.frame(20), first)
    clip.release()


def test_the_fingerprint_follows_the_content(numbered_video, store, tmp_path):
    path = numbered_video("a.mp4", count=4)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(path.read_bytes())
    other = numbered_video("b.mp4", count=5)

    assert open_clip(path, store).fingerprint == open_clip(copy, store).fingerprint
    assert open_clip(path, store).fingerprint != open_clip(other, store).fingerprint
    assert open_clip(path, store).fingerprint != open_clip(path, store, matte=True).fingerprint
    assert open_clip(copy, store).audio == ()


def test_a_file_opened_before_is_not_examined_again(numbered_video, store, monkeypatch):
    path = numbered_video()
    info = open_clip(path, store).info
    monkeypatch.setattr("backlot.engine.media.read.examine", None)

    assert open_clip(path, store).info == info


def test_a_copy_of_a_known_file_names_itself(numbered_video, store, tmp_path):
    path = numbered_video()
    open_clip(path, store)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(path.read_bytes())

    assert open_clip(copy, store).info.path == str(copy)


@pytest.mark.parametrize(
    ("matrix", "turned"),
    [
        ((0, 1, -1, 0), lambda p: np.rot90(p, -1)),
        ((-1, 0, 0, -1), lambda p: np.rot90(p, 2)),
        ((0, -1, 1, 0), lambda p: np.rot90(p, 1)),
        ((-1, 0, 0, 1), lambda p: p[:, ::-1]),
        ((0, 1, 1, 0), lambda p: p.transpose(1, 0, 2)),
    ],
)
def test_pictures_stand_as_players_show_them(numbered_video, store, matrix, turned):
    path = numbered_video(count=3)
    upright = np.array(open_clip(path, store).frame(2))
    turn(path, matrix)

    clip = open_clip(path, store)

    assert np.array_equal(clip.frame(2), turned(upright))
    clip.release()


def test_pixels_are_made_square(numbered_video, store):
    plain = np.array(open_clip(numbered_video("a.mp4", count=2), store).frame(1))
    clip = open_clip(numbered_video("b.mp4", count=2, aspect="2"), store)

    wide = clip.frame(1)

    assert wide.shape == (48, 128, 3)
    assert np.abs(wide[:, 8:-8:2].astype(int) - plain[:, 4:-4]).mean() < 8
    assert number_shown(wide) == 1


def test_a_variable_rate_repeats_frames(numbered_video, store):
    times = [n + n // 4 for n in range(40)]
    clip = open_clip(numbered_video(times=times, tick="1/25"), store)

    shown = [number_shown(frame) for frame in pull(clip)]

    assert [shown[time] for time in times] == list(range(40))
    assert shown[4] == 3


def test_transparency_stays_straight(tmp_path, store):
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))
    planes = [np.full((48, 64), 120, np.uint8), *[np.full((24, 32), 128, np.uint8)] * 2, ramp]
    frames = [frame_of(planes, "yuva420p") for _ in range(6)]
    options = {"auto-alt-ref": "0", "crf": "4", "b": "0"}
    path = write_video(
        tmp_path / "a.webm", frames, "libvpx-vp9", options=options, metadata={"alpha_mode": "1"}
    )

    clip = open_clip(path, store)

    assert clip.info.alpha and clip.format.channels == 4
    frame = clip.frame(3)
    assert np.abs(frame[..., 3].astype(int) - ramp).max() <= 6
    assert np.abs(frame[..., :3].astype(int) - round((120 - 16) * 255 / 219)).max() <= 4
    clip.release()


def test_deep_sources_keep_their_depth(tmp_path, store):
    ramp = np.tile(np.linspace(64, 940, 960).astype(np.uint16), (32, 1))
    planes = [ramp, *[np.full((16, 480), 512, np.uint16)] * 2]
    path = write_video(tmp_path / "a.mkv", [frame_of(planes, "yuv420p10le")], "ffv1")

    frame = open_clip(path, store).frame(0)

    assert frame.dtype == np.uint16 and frame.shape == (32, 960, 3)
    assert frame[0, 0, 0] == 0 and frame[0, -1, 0] >= 65532
    assert len(np.unique(frame[0, :, 1])) > 800


@pytest.mark.parametrize(("name", "bits"), [("gray", 8), ("gray10le", 10), ("gray12le", 12)])
def test_grey_files_are_mattes_or_pictures(tmp_path, store, name, bits):
    top = (1 << bits) - 1
    ramp = np.tile(np.linspace(0, top, 64), (48, 1)).round()
    ramp = ramp.astype(np.uint8 if bits == 8 else np.uint16)
    path = write_video(tmp_path / "a.mkv", [frame_of([ramp], name)], "ffv1")

    matte = open_clip(path, store, matte=True)
    picture = open_clip(path, store)

    assert (matte.format.channels, matte.format.bits) == (1, bits)
    assert np.array_equal(matte.frame(0), ramp)
    assert (picture.format.channels, picture.format.bits) == (3, 8 if bits == 8 else 16)
    expected = ramp.astype(float) / top * picture.format.max_value
    for channel in range(3):
        assert np.abs(picture.frame(0)[..., channel] - expected).max() <= 0.5


def test_a_matte_in_a_colour_file_fills_its_range(tmp_path, store):
    white = [np.full((48, 64), 235, np.uint8), *[np.full((24, 32), 128, np.uint8)] * 2]
    black = [np.full((48, 64), 16, np.uint8), *white[1:]]
    frames = [frame_of(planes, "yuv420p") for planes in (white, black)]
    clip = open_clip(write_video(tmp_path / "a.mkv", frames, "ffv1"), store, matte=True)

    assert clip.frame(0).shape == (48, 64)
    assert (clip.frame(0) == 255).all() and (clip.frame(1) == 0).all()


def test_odd_sizes_are_kept(tmp_path, store):
    gray = numbered(5, (65, 47))
    planes = [gray, *[np.full(gray.shape, 128, np.uint8)] * 2]
    path = write_video(tmp_path / "a.mp4", [frame_of(planes, "yuv444p")] * 3)

    clip = open_clip(path, store)

    assert clip.frame(2).shape == (47, 65, 3)
    assert number_shown(clip.frame(2)) == 5


def test_sound_belongs_to_the_first_picture(numbered_video, store):
    path = numbered_video(count=25, sound_s=1.0, sound_from_s=0.4)

    clip = open_clip(path, store)

    assert abs(clip.info.audio.start_s - 0.4) < 0.03
    (track,) = clip.audio
    assert (track.path, track.sample_rate, track.start_s) == (path, 48000, Fraction(0))
    assert track.duration_s is None


@pytest.fixture
def damaged_clip(numbered_video, store):
    """A clip whose sixth group of ten frames begins with noise."""
    options = {"g": "10", "bf": "2", "x264-params": "scenecut=0:open-gop=0"}
    path = numbered_video(count=100, size=(128, 96), options=options)
    decoder = Decoder(path)
    packets = [(packet.pos, packet.size, packet.is_keyframe) for packet in decoder.packets()]
    decoder.close()
    keys = [(position, size) for position, size, key in packets if key]
    data = bytearray(path.read_bytes())
    position, size = keys[5]
    data[position : position + size] = bytes(size)
    path.write_bytes(data)
    clip = open_clip(path, store)
    yield clip
    clip.release()


def test_frames_that_cannot_be_decoded_repeat_the_last_good_one(damaged_clip, caplog):
    with caplog.at_level(logging.WARNING):
        shown = [number_shown(frame) for frame in pull(damaged_clip)]

    assert len(shown) == 100
    assert shown[:48] == list(range(48)) and shown[62:] == list(range(62, 100))
    assert shown[50] == 49
    assert "Frame 50 of clip.mp4 cannot be decoded; frame 49 is shown instead." in caplog.text


def test_damage_looks_the_same_in_any_order(damaged_clip):
    in_order = [np.array(frame) for frame in pull(damaged_clip)]

    for number in [*random.Random(2).choices(range(44, 66), k=25), *range(65, 44, -1)]:
        if number % 3 == 0:
            damaged_clip.release()
        assert np.array_equal(damaged_clip.frame(number), in_order[number]), number


def test_a_file_that_vanished_is_named(numbered_video, store):
    path = numbered_video()
    clip = open_clip(path, store)
    path.unlink()

    with pytest.raises(MediaError, match=r"clip\.mp4"):
        clip.frame(0)
    with pytest.raises(MediaError, match="existing file"):
        open_clip(path, store)


def test_what_is_remembered_does_not_grow(numbered_video, store):
    clip = open_clip(numbered_video(count=200), store)

    for _ in pull(clip, workers=2):
        assert len(clip._reader._recent) <= 25
