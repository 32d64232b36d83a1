from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from backlot.engine.analysis.camera.motion import CameraMotion, CameraPose, as_matrix
from backlot.engine.analysis.depth.depth_align import Affine, fit_affine
from backlot.engine.analysis.depth.depth_anything import DepthNetwork, input_size, prepare
from backlot.engine.analysis.depth.depth_by_model import depth_from_raw
from backlot.engine.analysis.depth.depth_info import DepthInfo, GroundPlane, Horizon
from backlot.engine.analysis.depth.estimate import estimate_depth
from backlot.engine.clip.clip import Clip, ClipFormat
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import FinalError

FPS = Fraction(25)
SIZE = (160, 90)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny network of Depth Anything's kind with random weights, as it is published."""
    transformers = pytest.importorskip("transformers")
    path = tmp_path_factory.mktemp("depth-anything")
    backbone = transformers.Dinov2Config(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=70,
        patch_size=14,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )
    config = transformers.DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=32,
        neck_hidden_sizes=[8, 8, 16, 16],
        fusion_hidden_size=8,
        head_hidden_size=8,
        patch_size=14,
    )
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(3)
        model = transformers.DepthAnythingForDepthEstimation(config)
        for weights in model.parameters():
            weights.add_(0.05 * torch.randn(weights.shape))
        # Differences that random weights leave between pixels are faint, and negative is cut off.
        model.head.conv3.weight.mul_(300.0)
        model.head.conv3.bias.fill_(5.0)
    model.save_pretrained(path)
    return path


def picture(seed=0, size=SIZE):
    rng = np.random.default_rng(seed)
    small = rng.integers(60, 195, (size[1] // 8 + 1, size[0] // 8 + 1, 3), dtype=np.uint8)
    return cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)


def picture_clip():
    return ArrayClip(np.stack([picture(0)] * 3), FPS)


def camera_of(matrices, cuts=()):
    rows = tuple(as_matrix(matrix) for matrix in matrices)
    poses = (CameraPose(0, 0, 1, 0),) * len(rows)
    return CameraMotion("handheld", rows, poses, 1.0, (1.0,) * len(rows), cuts)


@pytest.mark.parametrize(
    ("width", "height"), [(1920, 1080), (1080, 1920), (640, 480), (500, 331), (300, 200), (160, 90)]
)
def test_pictures_are_prepared_as_the_publisher_does_it(width, height):
    transformers = pytest.importorskip("transformers")
    kind = getattr(transformers, "DPTImageProcessorPil", None)
    if kind is None:
        pytest.skip("this version of transformers has no processor that works without torchvision")
    processor = kind(
        size={"height": 518, "width": 518},
        keep_aspect_ratio=True,
        ensure_multiple_of=14,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    )
    frame = picture(1, (width, height))
    wanted = processor(frame, return_tensors="pt")["pixel_values"]
    size = input_size(width, height, 518, 14)
    found = prepare(frame, size, "cpu")
    assert found.shape == wanted.shape
    # One code of 8 bits is 0.018 here: the publisher's rounds once more, between the two axes.
    assert (found - wanted).abs().max() < 0.06
    assert (found - wanted).abs().mean() < 0.004


def test_input_is_whole_patches_of_the_trained_size():
    assert input_size(1920, 1080, 518, 14) == (924, 518)
    assert input_size(1080, 1920, 518, 14) == (518, 924)
    assert input_size(160, 90, 70, 14) == (126, 70)


def test_network_answers_in_its_own_size_and_alike_every_time(folder):
    frame = picture()
    found = DepthNetwork(folder, "cpu").nearness(frame)
    assert found.shape == (70, 126)
    assert found.dtype == np.float32
    assert found.std() > 1e-4
    assert np.array_equal(found, DepthNetwork(folder, "cpu").nearness(frame))


def test_network_from_wrong_files_says_what_to_do(tmp_path):
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(FinalError, match="backlot models get depth-anything-v2-small"):
        DepthNetwork(tmp_path, "cpu").nearness(picture())


def test_a_clip_goes_through_the_network_once_and_is_kept(folder, context):
    frames = np.stack([picture(0) for _ in range(5)])
    frames[3] = 255 - frames[3]
    clip = ArrayClip(frames, FPS)
    depth = estimate_depth(clip, context, method="model", model=folder)
    assert depth.info.method == "model"
    assert depth.nearness.format == replace(clip.format, channels=1, bits=16)
    first = depth.nearness.frame(0)
    assert first.min() < 3000 and first.max() > 60000
    assert np.abs(first.astype(int) - depth.nearness.frame(1)).max() <= 2
    again = estimate_depth(clip, context, method="auto", model=folder)
    assert again.nearness.fingerprint == depth.nearness.fingerprint
    assert np.array_equal(again.nearness.frame(3), depth.nearness.frame(3))


def test_a_missing_network_is_told_before_anything_is_computed(context):
    clip = Pumping([np.eye(3)] * 3)
    with pytest.raises(FinalError, match="backlot models get depth-anything-v2-small"):
        estimate_depth(clip, context, method="model")
    assert not list(context.store.folder.glob("*/*"))
    assert estimate_depth(picture_clip(), context, method="auto").info.method == "ground"


def test_gray_and_ten_bit_clips_are_seen(folder, context):
    grey = picture()[..., 0]
    ten = ArrayClip((np.stack([grey] * 2).astype(np.uint16) * 4), FPS, bits=10)
    depth = estimate_depth(ten, context, method="model", model=folder)
    assert depth.nearness.frame(1).shape == SIZE[::-1]


class Pumping(Clip):
    """Maps of a world that rests, each with a scale and a shift of its own, and one that walks."""

    def __init__(self, matrices, seed=0, walker=True):
        super().__init__(
            ClipFormat(126, 70, FPS, len(matrices), channels=1, bits=16), f"pumping-{seed}"
        )
        rng = np.random.default_rng(seed)
        self.matrices, self.walker = matrices, walker
        self.scales = rng.uniform(0.4, 1.0, len(matrices))
        self.shifts = rng.uniform(0.0, 0.3, len(matrices))

    def world(self, index):
        """True nearness (70, 126) in 0 ... 1 of a frame."""
        x, y = np.meshgrid((np.arange(126) + 0.5) / 126, (np.arange(70) + 0.5) / 70)
        pixels = np.stack([x.ravel() * SIZE[0] - 0.5, y.ravel() * SIZE[1] - 0.5, np.ones(x.size)])
        u, v, w = self.matrices[index] @ pixels
        u, v = u / w / SIZE[0], v / w / SIZE[1]
        world = 0.2 + 0.45 * v + 0.25 * np.sin(9 * u) * np.cos(7 * v)
        return world.reshape(x.shape).clip(0.0, 1.0)

    def alpha(self, index):
        plane = np.zeros((90, 160), np.uint8)
        plane[30:80, 20 + 6 * index : 45 + 6 * index] = 255
        return plane

    def _render(self, index):
        values = self.world(index)
        if self.walker:
            values[24:62, round((20 + 6 * index) * 126 / 160) :][:, :20] = 0.95 - 0.05 * index
        noise = np.random.default_rng((5, index)).normal(0, 0.004, values.shape)
        values = self.scales[index] * (values + noise) + self.shifts[index]
        return np.rint(values.clip(0, 1.5) / 1.5 * 65535).astype(np.uint16)


INFO = DepthInfo("ground", 0.3, Horizon(30, 0), 0.2, (Horizon(30, 0),), None, None, 0.4)


def brought_together(raw, context, matrices, cuts=(), matte=True, info=INFO):
    count = len(matrices)
    clip = ArrayClip(np.zeros((count, 90, 160, 3), np.uint8), FPS)
    alpha = ArrayClip(np.stack([raw.alpha(index) for index in range(count)]), FPS)
    return depth_from_raw(
        raw, clip, context, info, camera_of(matrices, cuts), matte=alpha if matte else None
    )


@pytest.mark.parametrize("matte", [True, False])
def test_maps_that_pump_are_brought_together(context, matte):
    matrices = [np.eye(3)] * 14
    raw = Pumping(matrices)
    depth = brought_together(raw, context, matrices, matte=matte)
    corner = np.array([depth.nearness.frame(at)[8:20, 130:150].mean() for at in range(14)]) / 65535
    before = np.array([raw.frame(at)[7:15, 105:118].mean() for at in range(14)]) / 65535
    assert before.std() > 0.05
    assert corner.std() < 0.008
    assert depth.info.method == "model"


def test_maps_of_a_moving_camera_are_brought_together(context):
    matrices = []
    for index in range(14):
        matrix = np.eye(3)
        matrix[:2, 2] = 4.0 * index, -1.5 * index
        matrices.append(matrix)
    raw = Pumping(matrices, seed=4)
    depth = brought_together(raw, context, matrices)
    gaps = []
    for index in range(14):
        true = raw.world(index)
        found = depth.nearness.frame(index)[::9, ::10].astype(float) / 65535
        rows = ((np.arange(0, 90, 9) + 0.5) / 90 * 70).astype(int)
        columns = ((np.arange(0, 160, 10) + 0.5) / 160 * 126).astype(int)
        free = raw.alpha(index)[::9, ::10] == 0
        gaps.append(np.polyfit(true[np.ix_(rows, columns)][free], found[free], 1))
    slopes, shifts = np.array(gaps).T
    assert slopes.std() / slopes.mean() < 0.06
    assert shifts.std() < 0.03


def test_a_new_shot_is_not_bent_to_the_one_before(context):
    matrices = [np.eye(3)] * 8
    raw = Pumping(matrices, seed=2)
    depth = brought_together(raw, context, matrices, cuts=(4,))
    for start, stop in ((0, 4), (4, 8)):
        codes = np.concatenate([depth.nearness.frame(at).ravel() for at in range(start, stop)])
        assert codes.min() < 1500 and codes.max() > 64000


def test_ground_is_brought_to_the_height_that_the_map_shows(context):
    ground = GroundPlane((0.0, 1.0, 0.0), 7.0, 160.0, 0.5)
    matrices = [np.eye(3)] * 3
    raw = Pumping(matrices, seed=6, walker=False)
    depth = brought_together(raw, context, matrices, info=replace(INFO, ground=ground))
    found = depth.info.ground
    assert found.normal == ground.normal
    lowest = np.median(depth.nearness.frame(0)[-3:]) / 65535
    assert (45.0 / 160.0) / found.height == pytest.approx(lowest, rel=0.05)


def test_long_clips_neither_flatten_nor_drift(context):
    matrices = [np.eye(3)] * 120
    raw = Pumping(matrices, seed=9, walker=False)
    depth = brought_together(raw, context, matrices, matte=False)
    spans = [np.ptp(np.quantile(depth.nearness.frame(at), [0.05, 0.95])) for at in (0, 60, 119)]
    assert np.std(spans) / np.mean(spans) < 0.03


def test_affine_is_found_among_outliers_and_is_the_same_both_ways():
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 1, 500)
    wanted = 1.7 * values - 0.2 + rng.normal(0, 0.01, 500)
    wanted[:140] = rng.uniform(0, 2, 140)
    scale, shift = fit_affine(values, wanted)
    assert (scale, shift) == pytest.approx((1.7, -0.2), abs=0.03)
    back = fit_affine(wanted, values)
    assert back.scale == pytest.approx(1 / scale, rel=0.02)
    assert fit_affine(values[:10], wanted[:10]) is None
    assert fit_affine(np.ones(500), wanted) is None
    assert isinstance(fit_affine(values, wanted), Affine)
