from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest
from backlot.engine.clip.clip import Clip, ClipFormat
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.clip.render import SEGMENT_FRAMES as RENDERED_FRAMES
from backlot.engine.clip.store import Store
from backlot.engine.context import Context
from backlot.engine.errors import Cancelled, InputError, MediaError
from backlot.engine.fingerprint import fingerprint
from backlot.engine.media.encode import SEGMENT_FRAMES, to_yuv
from backlot.engine.media.thumbnail import write_thumbnail
from backlot.engine.media.write import EncodeSettings, deliver

FPS = Fraction(30000, 1001)
SETTINGS = EncodeSettings(preset="ultrafast")


class Ramp(Clip):
    """A colour ramp that moves; counts what is asked of it."""

    def __init__(self, frames=20, width=64, height=48, fps=FPS, fail_at=None):
        fmt = ClipFormat(width, height, fps, frames)
        super().__init__(fmt, fingerprint("ramp", frames, width, height, fps))
        self.asked, self.fail_at = [], fail_at

    def _render(self, index):
        if index == self.fail_at:
            raise RuntimeError("lost power")
        self.asked.append(index)
        x = np.arange(self.format.width) * 255 // self.format.width
        rows = [np.broadcast_to(x, self.format.shape[:2])]
        rows.append(np.roll(rows[0], index, axis=1))
        rows.append(np.full(self.format.shape[:2], index * 5 % 256))
        return np.stack(rows, axis=2).astype(np.uint8)


def decoded(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        times = [frame.pts * frame.time_base for frame in frames]
        # PyAV 14 heeds the matrix only where the two differ.
        matrix = {"src_colorspace": "ITU709", "dst_colorspace": "ITU601"}
        pictures = [frame.reformat(format="rgb24", **matrix).to_ndarray() for frame in frames]
        return stream, times, pictures


def hidden(folder):
    return [path for path in folder.rglob(".*") if path.is_file()]


@pytest.mark.parametrize(
    "fps",
    [Fraction(25), FPS, Fraction(24000, 1001), Fraction(6300, 716), Fraction(5), Fraction(240)],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_rate_count_and_times_are_exact(context, tmp_path, fps, suffix):
    path = tmp_path / f"out{suffix}"
    deliver(Ramp(13, fps=fps), path, context, SETTINGS)
    stream, times, _ = decoded(path)
    assert stream.average_rate == fps
    assert times == [index / fps for index in range(13)]
    assert stream.duration * stream.time_base == 13 / fps


def test_matroska_keeps_rate_and_count(context, tmp_path):
    path = tmp_path / "out.mkv"
    deliver(Ramp(13), path, context, SETTINGS)
    stream, times, _ = decoded(path)
    assert stream.average_rate == FPS
    assert len(times) == 13
    assert all(abs(time - index / FPS) <= Fraction(1, 1000) for index, time in enumerate(times))


@pytest.mark.parametrize(
    "frames", [1, 2, SEGMENT_FRAMES, SEGMENT_FRAMES + 1, 2 * SEGMENT_FRAMES + 7]
)
def test_segments_join_without_a_seam(context, tmp_path, frames):
    path = tmp_path / "out.mp4"
    deliver(Ramp(frames), path, context, EncodeSettings())
    _, times, pictures = decoded(path)
    assert times == [index / FPS for index in range(frames)]
    with av.open(str(path)) as container:
        stamps = [packet.dts for packet in container.demux(video=0) if packet.dts is not None]
    assert {b - a for a, b in pairwise(stamps)} <= {1001}
    blue = [int(picture[..., 2].mean().round()) for picture in pictures]
    assert np.abs(np.array(blue) - [index * 5 % 256 for index in range(frames)]).max() <= 6


@pytest.mark.parametrize("size", [(64, 48), (63, 48), (64, 47), (61, 33), (2, 2), (1, 1)])
def test_any_size_is_kept(context, tmp_path, size):
    path = tmp_path / "out.mp4"
    deliver(Ramp(3, *size), path, context, SETTINGS)
    stream, _, pictures = decoded(path)
    assert (stream.width, stream.height) == size
    assert len(pictures) == 3
    even = size[0] % 2 == 0 and size[1] % 2 == 0
    assert stream.codec_context.pix_fmt == ("yuv420p" if even else "yuv444p")


def test_colours_are_named_in_stream_and_container(context, tmp_path):
    path = tmp_path / "out.mp4"
    deliver(Ramp(3), path, context, SETTINGS)
    content = path.read_bytes()
    assert b"colrnclx" + bytes([0, 1, 0, 1, 0, 1, 0]) in content
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        coded = container.streams.video[0].codec_context
        assert (coded.color_primaries, coded.color_trc, coded.colorspace) == (1, 1, 1)
        assert (frame.colorspace, frame.color_range) == (1, 1)


def rec709(rgb):
    """The float definition: BT.709 matrix, limited range, in 8-bit codes."""
    red, green, blue = np.moveaxis(rgb.astype(float), -1, 0) / 255
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    cb, cr = (blue - luma) / 1.8556, (red - luma) / 1.5748
    return np.stack([16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr], axis=-1)


@pytest.mark.parametrize("bits", [8, 16])
def test_conversion_follows_the_standard(bits):
    colours = np.random.default_rng(0).integers(0, 256, (60, 3))
    colours[:5] = [[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]]
    for colour in colours:
        frame = np.full((8, 8, 3), colour, np.uint8)
        if bits == 16:
            frame = frame.astype(np.uint16) * 257
        picture = to_yuv(frame, "yuv420p")
        got = [np.frombuffer(p, np.uint8).reshape(p.height, -1)[2, 2] for p in picture.planes]
        assert np.abs(np.array(got, float) - rec709(colour)).max() < 1.5


@pytest.mark.parametrize(
    ("bits", "pixel_format"), [(8, "yuv420p"), (16, "yuv420p10le"), (10, "yuv444p10le")]
)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_kind_of_clip_is_delivered(context, tmp_path, bits, pixel_format, channels):
    shape = (3, 16, 16) if channels == 1 else (3, 16, 16, channels)
    half = np.full(shape, (1 << bits) // 2, np.uint8 if bits == 8 else np.uint16)
    path = tmp_path / "out.mp4"
    settings = EncodeSettings(crf=5, pixel_format=pixel_format)
    deliver(ArrayClip(half, Fraction(25), bits=bits), path, context, settings)
    stream, _, pictures = decoded(path)
    assert stream.codec_context.pix_fmt == pixel_format
    expected = 64 if channels == 4 else 128
    assert np.abs(pictures[1].astype(int) - expected).max() <= 3


def test_pictures_look_like_the_clip(context, tmp_path):
    path = tmp_path / "out.mp4"
    clip = Ramp(10, 128, 96)
    deliver(clip, path, context, EncodeSettings(crf=10))
    _, _, pictures = decoded(path)
    errors = [pictures[i].astype(float) - clip.frame(i) for i in range(10)]
    assert np.sqrt(np.mean(np.square(errors))) < 6


def test_tags_are_written(context, tmp_path):
    path = tmp_path / "out.mp4"
    deliver(Ramp(3), path, context, SETTINGS, metadata={"workflow": '{"é": 1}', "title": "Take 5"})
    with av.open(str(path)) as container:
        assert container.metadata["workflow"] == '{"é": 1}'
        assert container.metadata["title"] == "Take 5"


def test_the_index_comes_first(context, tmp_path):
    path = tmp_path / "out.mp4"
    deliver(Ramp(3), path, context, SETTINGS)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_two_runs_give_the_same_bytes(context, tmp_path, suffix):
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for number, path in enumerate(paths):
        deliver(Ramp(130), path, Context(Store(tmp_path / f"store{number}")), SETTINGS)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_second_delivery_computes_nothing(context, tmp_path):
    deliver(Ramp(), tmp_path / "a.mp4", context, SETTINGS)
    again = Ramp()
    deliver(again, tmp_path / "b.mp4", context, SETTINGS)
    assert again.asked == []
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_other_settings_are_encoded_anew(context, tmp_path):
    deliver(Ramp(), tmp_path / "a.mp4", context, SETTINGS)
    again = Ramp()
    deliver(again, tmp_path / "b.mp4", context, EncodeSettings(crf=40, preset="ultrafast"))
    assert len(again.asked) == 20
    assert (tmp_path / "b.mp4").stat().st_size < (tmp_path / "a.mp4").stat().st_size


def test_a_stopped_delivery_goes_on_at_the_first_missing_segment(context, tmp_path):
    total = SEGMENT_FRAMES * 2 + 10
    whole = tmp_path / "whole.mp4"
    deliver(Ramp(total), whole, Context(Store(tmp_path / "other")), SETTINGS)
    path = tmp_path / "out.mp4"
    with pytest.raises(RuntimeError):
        deliver(Ramp(total, fail_at=SEGMENT_FRAMES + 50), path, context, SETTINGS)
    assert not path.exists()
    assert hidden(tmp_path) == []
    rest = Ramp(total)
    deliver(rest, path, context, SETTINGS)
    assert sorted(rest.asked) == list(range(SEGMENT_FRAMES, total))
    assert path.read_bytes() == whole.read_bytes()


def test_a_damaged_segment_is_encoded_again(context, tmp_path):
    whole, path = tmp_path / "whole.mp4", tmp_path / "out.mp4"
    deliver(Ramp(150), whole, context, SETTINGS)
    damaged = next((tmp_path / "store").glob("*/000001.*.npz"))
    damaged.write_bytes(damaged.read_bytes()[::-1])
    clip = Ramp(150)
    deliver(clip, path, Context(Store(tmp_path / "store")), SETTINGS)
    assert sorted(clip.asked) == list(range(SEGMENT_FRAMES, 150))
    assert path.read_bytes() == whole.read_bytes()


def test_cancel_keeps_the_old_file_and_leaves_no_other(context, tmp_path):
    path = tmp_path / "out.mp4"
    path.write_bytes(b"the last delivery")
    seen = []
    cancelled = Context(context.store, lambda *report: seen.append(report), lambda: len(seen) >= 10)
    with pytest.raises(Cancelled):
        deliver(Ramp(), path, cancelled, SETTINGS)
    assert seen[-1][:3] == ("media", 10, 20)
    assert path.read_bytes() == b"the last delivery"
    assert hidden(tmp_path) == []


def test_what_a_killed_delivery_left_is_cleared(context, tmp_path):
    (tmp_path / ".out.part.mp4").write_bytes(b"half")
    deliver(Ramp(), tmp_path / "out.mp4", context, SETTINGS)
    assert hidden(tmp_path) == []


def test_an_unknown_suffix_is_refused(context, tmp_path):
    with pytest.raises(InputError, match=r"must end in \.mp4"):
        deliver(Ramp(), tmp_path / "out.webm", context, SETTINGS)


def test_a_folder_is_made_and_one_that_cannot_be_is_named(context, tmp_path):
    deliver(Ramp(3), tmp_path / "new" / "out.mp4", context, SETTINGS)
    assert (tmp_path / "new" / "out.mp4").is_file()
    with pytest.raises(MediaError, match="must be writable"):
        deliver(Ramp(3), tmp_path / "new" / "out.mp4" / "out.mp4", context, SETTINGS)
    with pytest.raises(MediaError, match="must be a file"):
        (tmp_path / "folder.mp4").mkdir()
        deliver(Ramp(3), tmp_path / "folder.mp4", context, SETTINGS)


@pytest.mark.parametrize(
    "wrong",
    [{"codec": "vp9"}, {"crf": 52}, {"crf": -1}, {"preset": "fastest"}, {"pixel_format": "rgb24"}],
)
def test_settings_the_encoder_would_refuse_are_named(wrong):
    (name,) = wrong
    with pytest.raises(InputError, match=name):
        EncodeSettings(**wrong)


def test_the_thumbnail_shows_the_frame_asked_for(tmp_path):
    path = tmp_path / "thumb.jpg"
    write_thumbnail(Ramp(20, 320, 240), path, index=7, longest_px=160)
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    assert picture.shape == (120, 160, 3)
    assert abs(float(picture[..., 2].mean()) - 35) < 4


def test_the_thumbnail_avoids_a_plain_frame(tmp_path):
    frames = np.zeros((9, 32, 32, 3), np.uint8)
    frames[5, :, ::2] = 255
    write_thumbnail(ArrayClip(frames, FPS), tmp_path / "thumb.jpg")
    assert cv2.imread(str(tmp_path / "thumb.jpg")).std() > 50


_WORK = """
import importlib.util, os, signal, sys, threading, time
spec = importlib.util.spec_from_file_location("tests_conftest", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
from fractions import Fraction
from pathlib import Path
import numpy as np
from backlot.engine.clip.clip import Clip, ClipFormat
from backlot.engine.clip.render import Scan, render, render_scan
from backlot.engine.clip.operations import map_frames
from backlot.engine.clip.store import Store
from backlot.engine.context import Context
from backlot.engine.media.write import EncodeSettings, deliver

class Source(Clip):
    def __init__(self, folder):
        super().__init__(ClipFormat(64, 48, Fraction(25), 300), "source")
        self.folder = folder
    def _render(self, index):
        with (self.folder / "asked").open("a") as stream:
            stream.write(f"{index}\\n")
        time.sleep(0.002)
        return np.roll(np.arange(64 * 48 * 3, dtype=np.uint8).reshape(48, 64, 3), index, 1)

class Trail(Scan):
    def __init__(self, source):
        self.source, self.format, self.audio = source, source.format, source.audio
        self.fingerprint = "trail"
    def start(self):
        return {"sum": np.zeros((48, 64, 3), np.float32)}
    def step(self, index, frame, state):
        total = state["sum"] * np.float32(0.95) + frame
        return (total * np.float32(0.05)).astype(np.uint8), {"sum": total}

def work(folder, kill_at, late_s):
    steps = 0
    def progress(*report):
        nonlocal steps
        steps += 1
        if steps == kill_at:
            threading.Timer(late_s, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
    context = Context(Store(folder / "store"), progress)
    trail = render_scan(Trail(Source(folder)), context, "matting", "")
    half = render(map_frames(lambda _, f: f // 2, [trail], "half/1"), context, "matting", "")
    deliver(half, folder / "out.mp4", context, EncodeSettings(preset="ultrafast"))

def run(folder, kill_at=0, late_s=0.0):
    folder.mkdir(exist_ok=True)
    child = os.fork()
    if child == 0:
        work(folder, kill_at, late_s)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == (signal.SIGKILL if kill_at else 0)

out = Path(sys.argv[2])
run(out / "whole")
moments = np.random.default_rng(int(sys.argv[3]))
for _ in range(3):
    run(out / "killed", moments.integers(30, 280), moments.uniform(0, 0.02))
run(out / "killed")
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_killed_at_any_moment_the_next_run_ends_with_the_same_bytes(pytestconfig, tmp_path):
    conftest = pytestconfig.rootpath / "tests" / "conftest.py"
    subprocess.run([sys.executable, "-c", _WORK, str(conftest), str(tmp_path), "7"], check=True)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert (killed / "out.mp4").read_bytes() == (whole / "out.mp4").read_bytes()
    assert hidden(killed) == []
    asked = [int(line) for line in (killed / "asked").read_text().split()]
    ahead = 4
    assert len(asked) <= 300 + 3 * (RENDERED_FRAMES + ahead)
    assert set(asked) == set(range(300))
