from __future__ import annotations

import numpy as np
import pytest
import torch
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.errors import FinalError, InputError
from backlot.engine.matting.networks import grounding_dino
from backlot.engine.matting.networks.grounding_dino import (
    Detector,
    box_from_text,
    input_size,
    prepared_text,
    surest,
)
from backlot.engine.matting.networks.pictures import IMAGENET, normalised, planes, resized


@pytest.mark.parametrize(
    ("width", "height"), [(1920, 1080), (1080, 1920), (640, 480), (2400, 800), (800, 900), (97, 61)]
)
def test_pictures_are_prepared_as_the_publisher_does_it(width, height):
    transformers = pytest.importorskip("transformers")
    kind = getattr(transformers, "GroundingDinoImageProcessorPil", None)
    if kind is None:
        pytest.skip("this version of transformers has no processor that works without torchvision")
    rng = np.random.default_rng(3)
    frame = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    wanted = kind()(frame, return_tensors="pt")
    clip = ArrayClip(frame[None], 25)
    size = input_size(width, height)
    found = normalised(resized(planes(frame, clip.format), size), IMAGENET)
    assert found.shape == wanted["pixel_values"].shape
    assert wanted["pixel_mask"].all()
    # The publisher's rounds to whole codes of 8 bits: one is 0.018 here.
    assert (found - wanted["pixel_values"]).abs().max() < 0.03


def test_text_is_written_as_the_network_was_trained():
    assert prepared_text("The Woman in  RED") == "the woman in red."
    assert prepared_text("a dog, a woman.") == "a dog. a woman."
    with pytest.raises(InputError, match="text must name the subject"):
        prepared_text(" . ")


def test_the_surest_box_wins_and_stays_inside_the_picture(clip_of):
    fmt = clip_of(1).format
    logits = torch.full((3, 5), -9.0)
    logits[1, 2], logits[2, 3] = 1.0, 0.5
    boxes = torch.tensor([[0.5, 0.5, 1, 1], [0.25, 0.5, 0.6, 0.5], [0.1, 0.1, 0.1, 0.1]])
    found = surest(logits, boxes, fmt)
    assert found.score == pytest.approx(torch.tensor(1.0).sigmoid().item())
    assert found.box == pytest.approx((0, 22.5, 88, 67.5))
    assert surest(logits[:0], boxes[:0], fmt) is None


def test_the_answer_is_that_of_the_whole_network(grounding_dino_folder, clip_of):
    transformers = pytest.importorskip("transformers")
    clip = clip_of(1)
    found = Detector(grounding_dino_folder, "cpu").find(clip.frame(0), clip.format, "the woman.")
    model = transformers.GroundingDinoForObjectDetection.from_pretrained(grounding_dino_folder)
    tokens = torch.tensor([[101, 203, 201, 1012, 102]])
    pixels = normalised(resized(planes(clip.frame(0), clip.format), input_size(160, 90)), IMAGENET)
    with torch.inference_mode():
        said = model.eval()(
            pixel_values=pixels,
            pixel_mask=torch.ones(1, *pixels.shape[2:]).long(),
            input_ids=tokens,
            attention_mask=torch.ones_like(tokens),
            token_type_ids=torch.zeros_like(tokens),
        )
    wanted = surest(said.logits[0], said.pred_boxes[0], clip.format)
    assert found.box == pytest.approx(wanted.box, abs=0.01)
    assert found.score == pytest.approx(wanted.score, abs=1e-5)


def test_a_text_becomes_a_box_that_is_kept(
    grounding_dino_folder, clip_of, with_models, monkeypatch
):
    context = with_models(grounding_dino_folder.parent)
    clip = clip_of(2)
    monkeypatch.setattr(grounding_dino, "LEAST_SCORE", 0.0)
    x0, y0, x1, y1 = box_from_text(clip, context, "A woman")
    assert 0 <= x0 < x1 <= 160 and 0 <= y0 < y1 <= 90
    monkeypatch.setattr(grounding_dino, "Detector", lambda *_: pytest.fail("asked again"))
    assert box_from_text(clip, context, "a  WOMAN.") == (x0, y0, x1, y1)


def test_what_is_not_seen_is_said(grounding_dino_folder, clip_of, with_models, monkeypatch):
    context = with_models(grounding_dino_folder.parent)
    monkeypatch.setattr(grounding_dino, "LEAST_SCORE", 1.1)
    with pytest.raises(InputError, match="seen on the first frame, got 'a dog'"):
        box_from_text(clip_of(1), context, "a dog")
    with pytest.raises(InputError, match="at most 32 tokens"):
        box_from_text(clip_of(1), context, "dog " * 40)


def test_without_the_weights_or_with_wrong_ones_it_says_what_to_do(context, clip_of, tmp_path):
    pytest.importorskip("transformers")
    with pytest.raises(FinalError, match="backlot models get grounding-dino-tiny"):
        box_from_text(clip_of(1), context, "a dog")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(FinalError, match="backlot models get grounding-dino-tiny"):
        Detector(tmp_path, "cpu")
