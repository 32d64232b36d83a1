from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import FinalError
from backlot.engine.matting.matte import Matte
from backlot.engine.matting.networks import vitmatte
from backlot.engine.matting.networks.vitmatte import (
    UNKNOWN,
    VitMatte,
    prepared,
    refine_by_vitmatte,
    trimap_of,
    windows,
)
from backlot.engine.matting.screen import Screen

FPS = Fraction(25)


def edge_at(x, size=(160, 90), count=2):
    codes = np.zeros((count, size[1], size[0]), np.uint16)
    codes[:, :, x:] = 1023
    return codes


def tensor_of(picture):
    return torch.from_numpy(picture).permute(2, 0, 1)[None] / 255.0


@pytest.mark.parametrize("size", [(64, 96), (90, 160), (33, 65)])
def test_pictures_are_prepared_as_the_publisher_does_it(size):
    transformers = pytest.importorskip("transformers")
    kind = getattr(transformers, "VitMatteImageProcessorPil", None)
    if kind is None:
        pytest.skip("this version of transformers has no processor that works without torchvision")
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    trimap = rng.choice(np.array([0, 255], np.uint8), size)
    wanted = kind()(images=picture, trimaps=trimap, return_tensors="pt")["pixel_values"]
    known = torch.from_numpy((trimap / 255).astype(np.float32))[None, None]
    found = prepared(tensor_of(picture), known)
    assert found.shape == wanted.shape
    assert (found - wanted).abs().max() < 1e-5


def test_only_the_band_is_unknown():
    alpha = edge_at(80)[0].astype(np.float32) / 1023
    found = trimap_of(alpha, 6.0)
    assert set(np.unique(found)) == {0.0, np.float32(UNKNOWN), 1.0}
    columns = np.flatnonzero(found[40] == UNKNOWN)
    assert columns.min() in (73, 74) and columns.max() in (85, 86)
    soft = alpha.copy()
    soft[40:50, 20:30] = 0.5
    assert (trimap_of(soft, 6.0)[40:50, 20:30] == UNKNOWN).all()


def test_windows_cover_what_is_unknown_and_no_more(monkeypatch):
    monkeypatch.setattr(vitmatte, "CORE_PX", 32)
    monkeypatch.setattr(vitmatte, "ROOM_PX", 8)
    unknown = np.zeros((100, 150), bool)
    unknown[10:90, 70:76] = True
    unknown[5, 140] = True
    covered = np.zeros(unknown.shape, int)
    for window in windows(unknown):
        x0, y0, x1, y1 = window.core
        covered[y0:y1, x0:x1] += 1
        sx0, sy0, sx1, sy1 = window.shown
        assert sx0 == max(0, x0 - 8) and sy1 == min(100, y1 + 8)
        assert sx1 <= 150 and sy0 >= 0
    assert (covered[unknown] == 1).all()
    assert covered.sum() < 0.6 * unknown.size
    assert list(windows(np.zeros((10, 10), bool))) == []


def test_what_is_known_is_kept_and_the_rest_is_the_networks(vitmatte_folder, frames):
    transformers = pytest.importorskip("transformers")
    pixels = tensor_of(frames(1)[0])
    trimap = trimap_of(edge_at(80)[0] / np.float32(1023), 10.0)
    found = VitMatte(vitmatte_folder, "cpu").solve(pixels, trimap)
    assert (found[trimap == 0] == 0).all() and (found[trimap == 1] == 1).all()
    model = transformers.VitMatteForImageMatting.from_pretrained(vitmatte_folder).eval()
    with torch.inference_mode():
        whole = model(pixel_values=prepared(pixels, torch.from_numpy(trimap)[None, None])).alphas
    # With the room round the band, the network is shown the whole of so small a picture.
    band = trimap == np.float32(UNKNOWN)
    assert np.abs(found - whole[0, 0, :90, :160].numpy())[band].max() < 1e-5


def test_overlapping_windows_are_blended(vitmatte_folder, frames, monkeypatch):
    monkeypatch.setattr(vitmatte, "CORE_PX", 32)
    monkeypatch.setattr(vitmatte, "ROOM_PX", 16)
    trimap = np.full((90, 160), UNKNOWN, np.float32)
    network = VitMatte(vitmatte_folder, "cpu")
    given = []

    def answer(part, known):
        given.append(known.shape)
        return np.full(known.shape, len(given) % 2, np.float32)

    monkeypatch.setattr(network, "_answer", answer)
    found = network.solve(tensor_of(frames(1)[0]), trimap)
    assert len(given) == 15 and max(given) <= (64, 64)
    assert found.min() >= 0 and found.max() <= 1
    steps = np.abs(np.diff(found, axis=1)).max()
    assert steps < 0.2, "windows that disagree must not show their rims"


def test_a_matte_is_refined_in_its_band(vitmatte_folder, clip_of, with_models):
    context = with_models(vitmatte_folder.parent)
    clip = clip_of(2)
    matte = Matte(ArrayClip(edge_at(80), FPS, bits=10), None, "segment")
    refined = refine_by_vitmatte(clip, matte, context, radius_px=8.0)
    assert refined.method == "segment"
    assert refined.alpha.format == matte.alpha.format
    codes = refined.alpha.frame(1)
    assert (codes[:, :70] == 0).all() and (codes[:, 91:] == 1023).all()
    assert len(np.unique(codes[:, 74:86])) > 3
    wider = refine_by_vitmatte(clip, matte, context, radius_px=20.0)
    assert wider.alpha.fingerprint != refined.alpha.fingerprint


def test_a_trimap_that_is_given_is_obeyed(vitmatte_folder, clip_of, with_models):
    context = with_models(vitmatte_folder.parent)
    trimap = np.zeros((2, 90, 160), np.uint8)
    trimap[:, :, 100:] = 255
    trimap[:, :, 96:104] = 128
    matte = Matte(ArrayClip(edge_at(40), FPS, bits=10))
    refined = refine_by_vitmatte(
        clip_of(2), matte, context, radius_px=8.0, trimap=ArrayClip(trimap, FPS)
    )
    codes = refined.alpha.frame(0)
    assert (codes[:, :96] == 0).all() and (codes[:, 104:] == 1023).all()


def test_a_keyed_matte_is_left_alone(clip_of, context):
    keyed = Matte(ArrayClip(edge_at(80), FPS, bits=10), object.__new__(Screen), "key")
    assert refine_by_vitmatte(clip_of(2), keyed, context, radius_px=8.0) is keyed


def test_without_the_weights_or_with_wrong_ones_it_says_what_to_do(context, clip_of, tmp_path):
    pytest.importorskip("transformers")
    matte = Matte(ArrayClip(edge_at(80), FPS, bits=10))
    said = "backlot models get vitmatte-small-composition-1k"
    with pytest.raises(FinalError, match=said):
        refine_by_vitmatte(clip_of(2), matte, context, radius_px=8.0)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(FinalError, match=said):
        VitMatte(tmp_path, "cpu").solve(torch.zeros(1, 3, 8, 8), np.full((8, 8), 0.5, np.float32))
