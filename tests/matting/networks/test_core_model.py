"""Segment Subject with a model that ComfyUI has loaded, and masks that are used as they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from backlot import host
from backlot.engine.errors import FinalError, InputError
from backlot.engine.matting.segment import segment_subject
from backlot.nodes.matting import SegmentSubject
from backlot.nodes.matting_edges import RefineMatte
from backlot.nodes.sockets import matte_from


class Everybody:
    """Sees the disc of the scene, by its colours, and somebody else on the right."""

    def __init__(self):
        self.model = torch.nn.Linear(1, 1)
        self.asked = 0

    def encode_image(self, image, image_size=None):
        self.asked += 1
        assert image.shape == (1, 120, 160, 3) and image.dtype == torch.float32
        mask = (image[..., 0] - image[..., 1] > 0.12).float()
        mask[:, 4:20, 140:156] = 1
        return mask


@pytest.fixture
def model():
    return Everybody()


def test_what_it_finds_is_the_matte(walk, context, model):
    matte = segment_subject(walk.clip, context, model="auto", background_removal=model)
    assert matte.method == "segment by ComfyUI's background removal model"
    assert model.asked == len(walk.clip)
    assert matte.alpha.frame(3)[10, 148] == 1023, "without a prompt nobody is dropped"
    disc = walk.alpha[3] > 0.9
    assert matte.alpha.frame(3)[disc].mean() > 900


def test_a_prompt_says_who_is_meant(walk, context, model):
    matte = segment_subject(
        walk.clip, context, box="26,32,84,92", model="auto", background_removal=model
    )
    assert matte.method == "segment by ComfyUI's background removal model"
    for at in (0, 12, 19):
        codes = matte.alpha.frame(at)
        assert codes[4:20, 140:156].max() == 0
        assert codes[walk.alpha[at] > 0.9].mean() > 900


def test_it_is_left_alone_where_another_is_asked_for(walk, greenscreen, context, model):
    none = segment_subject(walk.clip, context, model="none", background_removal=model)
    assert none.method == "segment"
    with pytest.raises(FinalError, match="backlot models get"):
        segment_subject(walk.clip, context, model="rvm", background_removal=model)
    with pytest.raises(InputError, match="text must be read by SAM 2"):
        segment_subject(walk.clip, context, text="dog", model="auto", background_removal=model)
    keyed = segment_subject(greenscreen.clip, context, model="auto", background_removal=model)
    assert keyed.method == "key"
    assert model.asked == 0


def test_the_node_has_a_socket_of_comfyuis_type_and_uses_it(walk, context, model, monkeypatch):
    socket = next(
        one for one in SegmentSubject.define_schema().inputs if one.id == "background_removal"
    )
    assert socket.get_io_type() == "BACKGROUND_REMOVAL" and socket.optional
    said = []
    monkeypatch.setattr(host, "context", lambda: context)
    monkeypatch.setattr(host, "result", lambda *outputs, **shown: said.append(shown) or outputs)
    SegmentSubject.execute(host.video_of(walk.clip), "segment", background_removal=model)
    assert said[0]["text"].startswith("segment by ComfyUI's background removal model")


def test_masks_for_every_frame_are_a_matte_as_they_are(walk, context, monkeypatch):
    masks = torch.from_numpy(walk.alpha.copy())
    matte = matte_from(masks, walk.clip)
    assert matte.screen is None
    for at in (0, 7, 19):
        codes = matte.alpha.frame(at) / matte.alpha.format.max_value
        assert np.abs(codes - walk.alpha[at]).max() < 3e-3
    monkeypatch.setattr(host, "context", lambda: context)
    monkeypatch.setattr(host, "result", lambda *outputs, **_: outputs)
    refined = RefineMatte.execute(host.video_of(walk.clip), masks, 8.0, 1.0)[0]
    assert np.abs(refined.alpha.frame(7) / 1023 - walk.alpha[7]).mean() < 0.01
    assert refined.method == "edge by colour"
    small = torch.nn.functional.interpolate(masks[:, None], (60, 80), mode="area")[:, 0]
    assert matte_from(small, walk.clip).alpha.frame(3).shape == (120, 160)
    with pytest.raises(InputError, match="20 frames like the clip, got 19"):
        matte_from(masks[:19], walk.clip)
