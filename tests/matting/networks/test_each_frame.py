"""Networks that have no memory: from ONNX files, BackgroundMattingV2, and ComfyUI's own."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import ClipMismatchError, FinalError, InputError
from backlot.engine.matting.networks.background_matting import (
    backbone_scale,
    people_by_plate,
    whole,
)
from backlot.engine.matting.networks.birefnet import subject_by_birefnet
from backlot.engine.matting.networks.core_model import alpha_from_core_model, model_fingerprint
from backlot.engine.matting.networks.modnet import input_size, people_by_modnet, prepared
from backlot.engine.matting.networks.pictures import (
    IMAGENET,
    Size,
    alpha_codes,
    enlarged,
    planes,
    resized,
)

FPS = Fraction(25)


def two_halves(count=3, size=(160, 96)):
    """Left white, right black."""
    frames = np.zeros((count, size[1], size[0], 3), np.uint8)
    frames[:, :, : size[0] // 2] = 255
    return frames


def test_native_frames_of_every_form_become_planes():
    grey = np.array([[0, 128], [255, 255]], np.uint8)
    clip = ArrayClip(grey[None], FPS)
    found = planes(grey, clip.format)
    assert found.shape == (1, 3, 2, 2)
    assert found[0, :, 0, 1].tolist() == pytest.approx([128 / 255] * 3)
    deep = ArrayClip(np.full((1, 2, 2, 4), 2.5, np.float32), FPS)
    assert planes(deep.frame(0), deep.format).max() == 1.0


def test_smaller_is_averaged():
    pixels = torch.zeros(1, 3, 64, 64)
    pixels[..., ::2, :] = 1.0
    for mode in ("bilinear", "area"):
        found = resized(pixels, Size(16, 16), mode)
        assert (found[..., 2:-2, :] - 0.5).abs().max() < 0.02
    assert resized(pixels, Size(64, 64)) is pixels


def test_alpha_codes_are_of_ten_bits_and_never_wrap():
    found = alpha_codes(np.array([[-1, 0, 0.5, 1, 2, np.nan]], np.float32))
    assert found.tolist() == [[0, 0, 512, 1023, 1023, 0]]
    small = ArrayClip(alpha_codes(np.eye(4, dtype=np.float32))[None], FPS, bits=10)
    large = enlarged(small, replace(small.format, width=32, height=32)).frame(0)
    assert large.shape == (32, 32) and large.max() <= 1023


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1920, 1080), (896, 512)),
        ((1080, 1920), (512, 896)),
        ((320, 240), (672, 512)),
        ((800, 500), (800, 480)),
        ((16, 700), (32, 672)),
    ],
)
def test_modnet_sees_the_size_its_authors_chose(size, wanted):
    assert input_size(*size) == wanted


def test_modnet_is_run_from_its_file(published, onnx_file, with_models):
    files = published("modnet-photographic", lambda path: onnx_file(path, (0.5, 0.3, 0.2)))
    clip = ArrayClip(two_halves(), FPS)
    alpha = people_by_modnet(clip, with_models(files))
    assert alpha.format == replace(clip.format, channels=1, bits=10)
    # The network is given -1 ... 1: white gives 1, black -1, which is none.
    assert alpha.frame(0)[48, 10] == 1023 and alpha.frame(0)[48, 150] == 0
    assert prepared(torch.ones(1, 3, 8, 8), Size(8, 8)).unique().tolist() == [1.0]


def test_birefnet_is_not_stretched_from_frame_to_frame(published, onnx_file, with_models):
    """A frame without a subject must stay empty, and one frame must not change another."""
    files = published(
        "birefnet-general-lite",
        lambda path: onnx_file(path, (1.0, 1.0, 1.0), bias=-3.0, side=64),
    )
    frames = two_halves()
    frames[1] = 8  # dark, but for a little noise
    frames[1, ::7, ::5] = 14
    alpha = subject_by_birefnet(ArrayClip(frames, FPS), with_models(files))
    assert (alpha.format.width, alpha.format.height) == (160, 96)
    assert alpha.frame(1).max() < 2
    white = sum((1 - mean) / deviation for mean, deviation in zip(*IMAGENET, strict=True))
    assert alpha.frame(0)[48, 10] == pytest.approx(1023 / (1 + np.exp(3 - white)), abs=1.5)
    assert np.array_equal(alpha.frame(0), alpha.frame(2))


def test_the_better_birefnet_is_taken(published, onnx_file, with_models):
    published("birefnet-general-lite", lambda path: onnx_file(path, bias=-99.0, side=64))
    files = published("birefnet-general", lambda path: onnx_file(path, bias=99.0, side=64))
    clip = ArrayClip(two_halves(1), FPS)
    assert subject_by_birefnet(clip, with_models(files)).frame(0).min() > 1000


def test_an_onnx_file_that_is_none_says_what_to_do(published, with_models):
    pytest.importorskip("onnxruntime")
    files = published("modnet-photographic", lambda path: path.write_bytes(b"none"))
    with pytest.raises(FinalError, match="`backlot models get modnet-photographic`"):
        people_by_modnet(ArrayClip(two_halves(1), FPS), with_models(files))


def test_without_onnxruntime_it_says_what_to_install(published, with_models, monkeypatch):
    from backlot.engine.models import networks

    monkeypatch.setattr(networks, "_version_of", lambda library: None)
    files = published("modnet-photographic", lambda path: path.write_bytes(b"any"))
    assert not networks.can_run("modnet-photographic")
    with pytest.raises(FinalError, match=r'pip install "onnxruntime>=1\.17"'):
        people_by_modnet(ArrayClip(two_halves(1), FPS), with_models(files))


class Plated(torch.nn.Module):
    """Has BackgroundMattingV2's signature and settings, and its demands."""

    def __init__(self):
        super().__init__()
        self.backbone_scale = 0.25
        self.refine_mode = "full"
        self.refine_sample_pixels = 80000

    def forward(self, src: torch.Tensor, bgr: torch.Tensor):
        assert src.size(2) % 4 == 0 and src.size(3) % 4 == 0
        assert self.refine_mode == "sampling"
        assert self.refine_sample_pixels <= src.size(2) * src.size(3)
        alpha = (src - bgr).abs().mean(1, keepdim=True).clamp(0.0, 1.0)
        return alpha, src, alpha, src, alpha, alpha * self.backbone_scale


@pytest.fixture
def plated(published, scripted, with_models):
    return with_models(published("background-matting-v2", lambda path: scripted(Plated(), path)))


def test_a_plate_is_compared_with_every_frame(plated):
    frames = two_halves(3, (162, 90))  # not whole fours
    plate = np.full_like(frames[:1], 255)
    clip = ArrayClip(frames, FPS)
    alpha = people_by_plate(clip, plated, ArrayClip(plate, FPS))
    assert alpha.format == replace(clip.format, channels=1, bits=10)
    assert alpha.frame(2)[40, 10] == 0 and alpha.frame(2)[89, 161] == 1023
    for at in range(3):
        frames[at] = np.roll(frames[at], 9 * at, axis=1)
    pan = ArrayClip(frames, FPS)
    moving = people_by_plate(pan, plated, ArrayClip(frames.copy(), FPS))
    assert moving.frame(2).max() == 0
    assert moving.fingerprint != alpha.fingerprint


def test_a_plate_that_does_not_fit_is_explained(plated):
    clip = ArrayClip(two_halves(3), FPS)
    with pytest.raises(ClipMismatchError, match=r"3 frames long .* got 2"):
        people_by_plate(clip, plated, ArrayClip(two_halves(2), FPS))
    with pytest.raises(ClipMismatchError, match="one size"):
        people_by_plate(clip, plated, ArrayClip(two_halves(3, (80, 48)), FPS))


def test_a_picture_is_reduced_by_the_authors_rule():
    assert backbone_scale(1920, 1080) == backbone_scale(1080, 1920) == 0.25
    assert backbone_scale(3840, 2160) == 0.125
    assert backbone_scale(1024, 576) == 0.5
    assert backbone_scale(320, 180) == 1.0
    assert whole(torch.zeros(1, 3, 90, 162)).shape == (1, 3, 92, 164)
    assert whole(torch.ones(1, 3, 90, 162)).min() == 1.0


class Core:
    """What ComfyUI hands over: an object that encodes pictures."""

    def __init__(self, gain=1.0):
        self.model = torch.nn.Linear(1, 1)
        torch.nn.init.constant_(self.model.weight, gain)
        torch.nn.init.constant_(self.model.bias, 0.0)
        self.asked = 0

    def encode_image(self, image, image_size=None):
        assert image.dtype == torch.float32 and image.shape[-1] == 3
        self.asked += 1
        return image.mean(-1) * self.model.weight[0, 0]


def test_a_model_of_comfyui_is_asked_once_a_frame(context):
    clip, model = ArrayClip(two_halves(), FPS), Core(0.5)
    alpha = alpha_from_core_model(model, clip, context)
    assert alpha.format == replace(clip.format, channels=1, bits=10)
    assert alpha.frame(1)[50, 10] == 512 and alpha.frame(1)[50, 150] == 0
    assert model.asked == 3
    again = Core(0.5)
    assert alpha_from_core_model(again, clip, context).fingerprint == alpha.fingerprint
    assert again.asked == 0, "the same weights have answered already"
    assert alpha_from_core_model(Core(0.25), clip, context).frame(0)[50, 10] == 256


def test_a_model_that_shows_no_weights_is_never_taken_for_another():
    bare = SimpleNamespace(encode_image=lambda image: image)
    assert model_fingerprint(bare) != model_fingerprint(bare)


def test_a_model_of_comfyui_that_is_none_is_explained(context):
    clip = ArrayClip(two_halves(1), FPS)
    with pytest.raises(InputError, match="encode_image, got int"):
        alpha_from_core_model(3, clip, context)
    with pytest.raises(InputError, match="masks of 160x96"):
        alpha_from_core_model(
            SimpleNamespace(encode_image=lambda image: torch.zeros(1, 8, 8)), clip, context
        )
