from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.subject.pose import with_poses
from backlot.engine.analysis.subject.track import track_subject
from backlot.engine.analysis.subject.tracking import CONTOUR, KEYPOINTS, VITPOSE
from backlot.engine.analysis.subject.vitpose import crop_of, heatmaps, load_network, peaks
from backlot.engine.clip.operations import ArrayClip

FPS = Fraction(25)
SIZE = (48, 64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny ViTPose of random weights, as transformers saves it."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    backbone = transformers.VitPoseBackboneConfig(
        image_size=SIZE[::-1],
        patch_size=(16, 16),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        part_features=8,
        out_indices=[2],
    )
    config = transformers.VitPoseConfig(backbone_config=backbone, num_labels=17)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        model = transformers.VitPoseForPoseEstimation(config).eval()
    # Untrained heat maps are flat; these have peaks above zero.
    with torch.no_grad():
        for name, weights in model.head.named_parameters():
            weights.mul_(6.0) if name.endswith("weight") else weights.fill_(0.2)
    path = tmp_path_factory.mktemp("vitpose")
    model.save_pretrained(path)
    return path


def blobs(centres, size=(16, 12)):
    """Return (1, K, h, w) heat maps with a Gaussian at each centre."""
    y, x = np.mgrid[: size[0], : size[1]]
    maps = [0.9 * np.exp(-((x - a) ** 2 + (y - b) ** 2) / 4) for a, b in centres]
    return np.array(maps, np.float32)[None]


def test_a_crop_shows_the_box_with_room_round_it():
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[50:150, 100:175] = 255
    crop = crop_of(picture, (100, 50, 174, 149), SIZE)
    inside = crop[0] > 0
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    # 1 / 1.25 of the crop, in its middle.
    assert len(rows) == pytest.approx(0.8 * SIZE[1], abs=2)
    assert len(columns) == pytest.approx(0.8 * SIZE[0], abs=2)
    assert rows.mean() == pytest.approx((SIZE[1] - 1) / 2, abs=0.6)
    assert columns.mean() == pytest.approx((SIZE[0] - 1) / 2, abs=0.6)


def test_peaks_are_found_below_a_cell_in_the_pictures_pixels():
    box = (40.0, 20.0, 115.0, 120.0)
    centres = [(5.3, 7.6), (6.8, 4.2), (3.1, 11.4)]
    found = peaks(blobs(centres), [box], SIZE)[0]
    for (x, y), (left, top, height) in zip(centres, found, strict=True):
        assert left == pytest.approx(77.5 + (x / 11 - 0.5) * 93.75, abs=0.3)
        assert top == pytest.approx(70 + (y / 15 - 0.5) * 125, abs=0.3)
        assert 0.7 < height <= 0.9


@pytest.fixture(scope="module")
def reference():
    """Return transformers' own preparation of pictures and reading of heat maps."""
    pytest.importorskip("scipy")
    transformers = pytest.importorskip("transformers")
    if not hasattr(transformers, "VitPoseImageProcessorPil"):
        pytest.skip("this transformers has no processor without torchvision")
    return transformers.VitPoseImageProcessorPil(size={"height": 64, "width": 48})


BOXES = [(100.0, 60.0, 190.0, 250.0), (150.0, 90.0, 290.0, 170.0)]
COCO = [[x0, y0, x1 - x0, y1 - y0] for x0, y0, x1, y1 in BOXES]


def test_crops_are_those_of_transformers(reference):
    rng = np.random.default_rng(5)
    picture = cv2.resize(rng.integers(0, 255, (30, 40, 3), np.uint8), (400, 300))
    theirs = reference(picture, boxes=[COCO], return_tensors="pt")["pixel_values"].numpy()
    ours = np.stack([crop_of(picture, box, SIZE) for box in BOXES])
    assert np.abs(ours - theirs).max() < 0.06
    assert np.abs(ours - theirs).mean() < 0.01


def test_peaks_are_those_of_transformers(reference):
    torch = pytest.importorskip("torch")
    outputs = pytest.importorskip("transformers.models.vitpose.modeling_vitpose")
    places = np.random.default_rng(6).uniform((1, 1), (10, 14), (2, 17, 2))
    maps = np.concatenate([blobs(centres) for centres in places])
    given = outputs.VitPoseEstimatorOutput(heatmaps=torch.from_numpy(maps))
    wanted = reference.post_process_pose_estimation(given, boxes=[COCO])[0]
    for theirs, ours in zip(wanted, peaks(maps, BOXES, SIZE), strict=True):
        assert np.abs(theirs["scores"].numpy() - ours[:, 2]).max() < 1e-5
        assert np.abs(theirs["keypoints"].numpy() - ours[:, :2]).max() < 0.02


def test_the_network_is_read_from_its_folder(folder):
    network = load_network(folder, "cpu")
    assert network.size == SIZE
    crops = np.random.default_rng(7).standard_normal((3, 3, 64, 48), dtype=np.float32)
    maps = heatmaps(network, crops)
    assert maps.shape == (3, 17, 16, 12)
    assert np.array_equal(heatmaps(network, crops[1:2])[0].argmax(), maps[1].argmax())
    assert not np.allclose(maps[0], maps[1])


def person_clip(count=12):
    matte = np.zeros((count, 180, 320), np.uint8)
    for index in range(count):
        matte[index, 40:160, 100 + 4 * index : 140 + 4 * index] = 255
    matte[5] = 0
    rgb = np.repeat(np.where(matte[..., None] > 0, 200, 60), 3, axis=3).astype(np.uint8)
    return ArrayClip(rgb, FPS), ArrayClip(matte, FPS)


def test_a_clip_gets_the_networks_points_where_somebody_is_seen(folder, context):
    clip, matte = person_clip()
    outline = track_subject(clip, matte, context)
    tracking = with_poses(clip, outline, context, folder=folder)
    (person,) = tracking.people
    assert person.pose_source == VITPOSE
    assert person.boxes == outline.people[0].boxes
    assert [pose is None for pose in person.poses] == [index == 5 for index in range(12)]
    names = {point.name for pose in person.poses if pose for point in pose}
    assert names <= set(KEYPOINTS)
    assert len(names & set(KEYPOINTS[:17])) > 3


def test_points_are_kept_and_follow_the_box(folder, context):
    clip, matte = person_clip()
    outline = track_subject(clip, matte, context)
    first = with_poses(clip, outline, context, folder=folder)

    class Closed(ArrayClip):
        def _render(self, index):
            raise AssertionError("a kept answer needs no frame")

    again = Closed(np.zeros((12, 180, 320, 3), np.uint8), FPS)
    again.fingerprint = clip.fingerprint
    assert with_poses(again, outline, context, folder=folder) == first
    start, end = first.people[0].poses[0], first.people[0].poses[4]
    moves = [b.x - a.x for a in start for b in end if a.name == b.name and a.confidence > 0.3]
    assert moves and np.median(moves) == pytest.approx(16, abs=3)


def test_without_weights_the_outlines_points_stay(context):
    clip, matte = person_clip()
    outline = track_subject(clip, matte, context)
    assert with_poses(clip, outline, context) is outline
    assert outline.people[0].pose_source == CONTOUR
    nobody = replace(outline, people=())
    assert with_poses(clip, nobody, context) is nobody
