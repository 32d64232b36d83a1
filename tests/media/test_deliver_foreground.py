from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
import torch
from backlot.engine.clip.clip import AudioTrack
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.color import srgb_to_linear
from backlot.engine.context import Context
from backlot.engine.errors import Cancelled, InputError, MediaError
from backlot.engine.media.deliver_foreground import deliver_foreground
from backlot.engine.media.radiance import read_radiance
from backlot.engine.media.read import open_clip

FRAMES, HEIGHT, WIDTH = 6, 48, 64


def colour():
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    rows = [0.2 + 0.6 * x / WIDTH, 0.3 + 0.5 * y / HEIGHT, np.full_like(x, 0.4)]
    return np.stack(rows, axis=2)


def matte(index):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.clip((16 - np.hypot(x - 20 - 4 * index, y - 24)) / 6 + 0.5, 0, 1).astype(np.float32)


@pytest.fixture
def subject():
    wave = torch.sin(torch.arange(12000) / 20.0)[None] * 0.3
    sound = AudioTrack(waveform=wave, sample_rate=48000, duration_s=Fraction(1, 4))
    pictures = np.stack([(colour() * 65535 + 0.5).astype(np.uint16)] * FRAMES)
    alphas = np.stack([(matte(i) * 1023 + 0.5).astype(np.uint16) for i in range(FRAMES)])
    rate = Fraction(24000, 1001)
    return ArrayClip(pictures, rate, (sound,)), ArrayClip(alphas, rate, bits=10)


def expected(index, mode):
    return colour() if mode == "straight" else colour() * matte(index)[..., None]


@pytest.mark.parametrize("mode", ["straight", "premultiplied"])
@pytest.mark.parametrize("format, name, most", [("prores", "a.mov", 1.5), ("vp9", "a.webm", 4.0)])
def test_video_reads_back(subject, context, tmp_path, format, name, most, mode):
    written = deliver_foreground(*subject, tmp_path / name, context, format=format, alpha_mode=mode)
    clip = open_clip(written, context.store)
    assert (clip.format.channels, len(clip)) == (4, FRAMES)
    assert clip.format.fps == subject[0].format.fps or format == "vp9"
    found = clip.frame(3) / clip.format.max_value
    assert np.abs(found[..., 3] - matte(3)).mean() * 255 < 1
    seen = matte(3) > 0.1
    assert np.abs(found[..., :3] - expected(3, mode))[seen].mean() * 255 < most
    with av.open(str(written)) as file:
        assert len(file.streams.audio) == 1


@pytest.mark.parametrize("mode", ["straight", "premultiplied"])
def test_png_holds_display_values_of_sixteen_bits(subject, context, tmp_path, mode):
    first = deliver_foreground(*subject, tmp_path / "shot", context, format="png", alpha_mode=mode)
    assert first.name == "shot.000001.png"
    assert len(list(first.parent.iterdir())) == FRAMES
    codes = cv2.imread(str(first), cv2.IMREAD_UNCHANGED)
    assert codes.dtype == np.uint16
    found = codes[..., [2, 1, 0, 3]] / 65535
    assert np.abs(found[..., 3] - matte(0)).max() < 1e-3
    assert np.abs(found[..., :3] - expected(0, mode)).max() < 1e-3


@pytest.mark.parametrize("mode", ["straight", "premultiplied"])
def test_exr_holds_linear_light(subject, context, tmp_path, mode):
    first = deliver_foreground(*subject, tmp_path / "shot", context, format="exr", alpha_mode=mode)
    light = srgb_to_linear(colour())
    if mode == "premultiplied":
        light = light * matte(0)[..., None]
    assert np.abs(read_radiance(first) - light).max() < 2e-3


@pytest.mark.parametrize("format, name", [("prores", "m.mov"), ("vp9", "m.webm")])
def test_matte_alone_is_grey(subject, context, tmp_path, format, name):
    written = deliver_foreground(*subject, tmp_path / name, context, format=format, content="matte")
    clip = open_clip(written, context.store)
    found = clip.frame(2) / clip.format.max_value
    assert found.shape[2] == 3 and np.abs(found - matte(2)[..., None]).mean() < 0.01


def test_a_stopped_sequence_continues(subject, context, tmp_path):
    asked = []
    stopping = Context(store=context.store, is_cancelled=lambda: len(asked) > 2,
                       progress=lambda *step: asked.append(step))  # fmt: skip
    target = tmp_path / "shot"
    with pytest.raises(Cancelled):
        deliver_foreground(*subject, target, stopping, format="png")
    assert not target.exists()
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob(".shot.*/*.png")}
    assert kept
    deliver_foreground(*subject, target, context, format="png")
    again = {path.name: path.stat().st_mtime_ns for path in target.iterdir()}
    assert len(again) == FRAMES and kept.items() <= again.items()
    assert not list(tmp_path.glob(".shot.*"))


def test_a_stopped_video_leaves_nothing(subject, context, tmp_path):
    stopping = Context(store=context.store, is_cancelled=lambda: True)
    with pytest.raises(Cancelled):
        deliver_foreground(*subject, tmp_path / "a.mov", stopping, format="prores")
    assert not list(tmp_path.glob("*.mov")) and not list(tmp_path.glob(".*"))


def test_other_files_are_never_replaced(subject, context, tmp_path):
    (tmp_path / "shot").mkdir()
    (tmp_path / "shot" / "notes.txt").write_text("keep")
    with pytest.raises(InputError, match="folder must be new"):
        deliver_foreground(*subject, tmp_path / "shot", context, format="png")
    assert (tmp_path / "shot" / "notes.txt").read_text() == "keep"


@pytest.mark.parametrize(
    "choice, said",
    [
        ({"format": "gif"}, "format must be one of"),
        ({"format": "prores"}, "must end in .mov"),
        ({"format": "vp9", "alpha_mode": "both"}, "alpha must be"),
        ({"format": "vp9", "content": "hair"}, "content must be"),
    ],
)
def test_wrong_choices_are_said(subject, context, tmp_path, choice, said):
    with pytest.raises(InputError, match=said):
        deliver_foreground(*subject, tmp_path / "a.webm", context, **choice)


def test_a_folder_that_cannot_be_made_is_said(subject, context, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(MediaError, match="must be writable"):
        deliver_foreground(*subject, tmp_path / "file" / "a.mov", context, format="prores")
