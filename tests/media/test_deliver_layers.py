from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from backlot.engine.clip.clip import AudioTrack
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.color import srgb_to_linear
from backlot.engine.compositing.over import composite
from backlot.engine.context import Context
from backlot.engine.errors import Cancelled, ClipMismatchError, FinalError, InputError
from backlot.engine.media.deliver_layers import Layers, deliver_layers
from backlot.engine.media.read import open_clip

FRAMES, HEIGHT, WIDTH, FPS = 4, 48, 64, Fraction(25)


def smooth(seed):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH] / 12
    waves = [0.5 + 0.4 * np.sin(x * rng.random() + y * rng.random() + rng.random()) for _ in "rgb"]
    return (np.stack(waves, 2) * 255).astype(np.uint8)


@pytest.fixture
def layers():
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    alphas = [
        np.clip((14 - np.hypot(x - 20 - 3 * i, y - 24)) / 5 + 0.5, 0, 1) for i in range(FRAMES)
    ]
    shades = [np.clip((y - 24) / 48 + 0 * x, 0, 0.4) for _ in range(FRAMES)]
    wave = torch.sin(torch.arange(7680) / 20.0)[None] * 0.3
    sound = AudioTrack(waveform=wave, sample_rate=48000, duration_s=Fraction(4, 25))
    foreground = ArrayClip(np.stack([smooth(1)] * FRAMES), FPS, (sound,))
    alpha = ArrayClip((np.stack(alphas) * 1023).astype(np.uint16), FPS, bits=10)
    shadow = ArrayClip((np.stack(shades) * 65535).astype(np.uint16), FPS, bits=16)
    plate = ArrayClip(smooth(2)[None], FPS)
    comp = composite(foreground, alpha, plate, shadow=shadow, linear=True)
    return Layers(foreground, alpha, plate, shadow, comp)


def channels(path):
    library = pytest.importorskip("OpenEXR")
    with library.File(str(path), separate_channels=True) as picture:
        return {name: one.pixels.astype(np.float64) for name, one in picture.channels().items()}


def rgb(found, layer):
    return np.dstack([found[f"{layer}{letter}"] for letter in "RGB"])


def test_exr_layers_make_the_composite(layers, context, tmp_path):
    pytest.importorskip("OpenEXR")
    (first,) = deliver_layers(layers, tmp_path / "shot", context, format="exr")
    assert first.name == "shot.000001.exr" and len(list(first.parent.iterdir())) == FRAMES
    found = channels(first.parent / "shot.000003.exr")
    behind = rgb(found, "plate.") * (1 - found["shadow.A"][..., None])
    made = rgb(found, "foreground.") + behind * (1 - found["foreground.A"][..., None])
    assert np.abs(made - rgb(found, "")).max() < 6e-3
    assert np.abs(found["foreground.A"] - layers.alpha.frame(2) / 1023).max() < 1e-3
    plate = srgb_to_linear((layers.plate.frame(0) / 255).astype(np.float32))
    assert np.abs(rgb(found, "plate.") - plate).max() < 2e-3


def test_without_a_composite_programs_see_the_subject(layers, context, tmp_path):
    pytest.importorskip("OpenEXR")
    less = Layers(layers.foreground, layers.alpha, layers.plate)
    (first,) = deliver_layers(less, tmp_path / "shot", context, format="exr")
    found = channels(first)
    assert "shadow.A" not in found
    np.testing.assert_array_equal(rgb(found, ""), rgb(found, "foreground."))
    np.testing.assert_array_equal(found["A"], found["foreground.A"])


def test_prores_is_a_file_a_layer(layers, context, tmp_path):
    files = deliver_layers(layers, tmp_path / "shot", context, format="prores")
    assert [file.name for file in files] == [
        f"shot.{name}.mov" for name in ("foreground", "plate", "shadow", "composite")
    ]
    clips = [open_clip(file, context.store) for file in files]
    assert [clip.format.channels for clip in clips] == [4, 3, 4, 3]
    assert {len(clip) for clip in clips} == {FRAMES}
    shade = clips[2].frame(1) / clips[2].format.max_value
    assert shade[..., :3].max() < 0.02
    assert np.abs(shade[..., 3] - layers.shadow.frame(1) / 65535).max() < 0.01
    subject = clips[0].frame(1) / clips[0].format.max_value
    assert np.abs(subject[..., 3] - layers.alpha.frame(1) / 1023).max() < 0.02
    assert [bool(clip.audio) for clip in clips] == [True, False, False, True]


def test_a_stopped_sequence_continues(layers, context, tmp_path):
    pytest.importorskip("OpenEXR")
    asked = []
    stopping = Context(store=context.store, is_cancelled=lambda: len(asked) > 1,
                       progress=lambda *step: asked.append(step))  # fmt: skip
    with pytest.raises(Cancelled):
        deliver_layers(layers, tmp_path / "shot", stopping, format="exr")
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob(".shot.*/*.exr")}
    assert kept and not (tmp_path / "shot").exists()
    deliver_layers(layers, tmp_path / "shot", context, format="exr")
    again = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "shot").iterdir()}
    assert len(again) == FRAMES and kept.items() <= again.items()


def test_what_cannot_be_written_is_refused(layers, context, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="format must be"):
        deliver_layers(layers, tmp_path / "shot", context, format="psd")
    other = Layers(layers.foreground, ArrayClip(np.zeros((9, HEIGHT, WIDTH), np.uint8), FPS),
                   layers.plate)  # fmt: skip
    with pytest.raises(ClipMismatchError):
        deliver_layers(other, tmp_path / "shot", context, format="prores")
    monkeypatch.setitem(__import__("sys").modules, "OpenEXR", None)
    with pytest.raises(FinalError, match="pip install"):
        deliver_layers(layers, tmp_path / "shot", context, format="exr")
