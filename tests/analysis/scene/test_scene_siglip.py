"""The loading code and what it reads, on a tiny network with random weights."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from backlot.engine.analysis.scene.analyze import analyze_scene
from backlot.engine.analysis.scene.place_words import PLACES, sentences
from backlot.engine.analysis.scene.siglip import MODEL_ID, PlaceReader
from backlot.engine.clip.clip import Clip, ClipFormat
from backlot.engine.errors import FinalError
from backlot.engine.models import networks

transformers = pytest.importorskip("transformers", minversion="4.56")

SIDE = 32


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Return a model folder that holds a tiny network under the real one's name."""
    place = tmp_path_factory.mktemp("models") / MODEL_ID
    words = sorted({word.strip(".") for _, text in sentences() for word in text.split()})
    with torch.random.fork_rng():
        torch.random.manual_seed(3)
        small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
        config = transformers.SiglipConfig(
            text_config={
                **small,
                "num_attention_heads": 2,
                "vocab_size": len(words) + 4,
                "max_position_embeddings": 64,
                "projection_size": 32,
            },
            vision_config={
                **small,
                "num_attention_heads": 2,
                "image_size": SIDE,
                "patch_size": 8,
            },
        )
        model = transformers.SiglipModel(config).eval()
        for values in model.parameters():
            values.data += 0.2 * torch.randn_like(values)
        model.logit_scale.data.fill_(3.0)
    model.save_pretrained(place)
    _tokenizer(words).save_pretrained(place)
    return place.parent


def _tokenizer(words):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    known = {"<pad>": 0, "<eos>": 1, "<unk>": 2, ".": 3}
    known |= {word: number for number, word in enumerate(words, start=4)}
    made = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="$A <eos>", special_tokens=[("<eos>", 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )


def picture(seed, size=(SIDE, SIDE)):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (*size, 3), dtype=np.uint8)


class Still(Clip):
    def __init__(self, rgb, frames=6):
        height, width = rgb.shape[:2]
        mark = f"still-{rgb.sum()}"
        super().__init__(ClipFormat(width, height, Fraction(25), frames), mark)
        self.rgb = rgb

    def _render(self, index):
        return self.rgb


def expected(folder, rgb):
    """Return what the whole network says, its inputs made as its publisher makes them."""
    model = transformers.SiglipModel.from_pretrained(folder / MODEL_ID).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder / MODEL_ID)
    numbers, texts = zip(*sentences(), strict=True)
    tokens = tokenizer(list(texts), padding="max_length", max_length=64, return_tensors="pt")
    assert tokens["input_ids"].shape[1] == 64
    pixels = torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255.0 * 2 - 1
    with torch.inference_mode():
        out = model(input_ids=tokens["input_ids"], pixel_values=pixels)
    means = [
        out.text_embeds[torch.tensor(numbers) == number].mean(0) for number in range(len(PLACES))
    ]
    places = torch.stack([mean / mean.norm() for mean in means])
    logits = (out.image_embeds @ places.T)[0] * model.logit_scale.exp()
    return torch.softmax(logits, 0).detach().numpy()


def test_places_are_ranked_as_the_whole_network_does(models):
    reader = PlaceReader(models / MODEL_ID, "cpu")
    for seed in range(3):
        rgb = picture(seed)
        found = reader.likely(rgb)
        assert found.sum() == pytest.approx(1.0)
        np.testing.assert_allclose(found, expected(models, rgb), atol=2e-4)
    assert np.ptp(reader.likely(picture(0))) > 1e-3, "the network must tell places apart"


def test_any_size_is_squeezed_to_the_networks_square(models):
    reader = PlaceReader(models / MODEL_ID, "cpu")
    rgb = picture(1)
    larger = np.repeat(np.repeat(rgb, 3, axis=0), 5, axis=1)
    np.testing.assert_allclose(reader.likely(larger), reader.likely(rgb), atol=0.02)


def test_sentences_are_lower_case_and_every_place_has_some():
    assert all(text == text.lower() for _, text in sentences())
    assert {number for number, _ in sentences()} == set(range(len(PLACES)))
    assert {place.environment for place in PLACES} == {"indoor", "outdoor"}


def test_the_scene_is_recognised_where_the_network_is_installed(models, context):
    clip = Still(picture(5, (72, 128)))
    guessed = analyze_scene(clip, context)
    assert guessed.is_guess and not guessed.labels
    assert f"backlot models get {MODEL_ID}" in guessed.method
    seen = analyze_scene(clip, replace(context, model_folders=(models,)))
    assert not seen.is_guess, "an answer kept from before the network came must not be given"
    assert len(seen.labels) == 5
    shares = [share for _, share in seen.labels]
    assert shares == sorted(shares, reverse=True)
    assert seen.features == guessed.features and seen.cuts == guessed.cuts
    assert "SigLIP 2" in seen.method


def test_without_the_library_a_guess_is_made(models, context, monkeypatch):
    monkeypatch.setattr(networks, "_version", lambda: None)
    scene = analyze_scene(Still(picture(6)), replace(context, model_folders=(models,)))
    assert scene.is_guess


def test_weights_that_cannot_be_read_are_an_error_with_a_remedy(context, tmp_path):
    place = tmp_path / MODEL_ID
    place.mkdir()
    for name in ("config.json", "tokenizer_config.json", "tokenizer.json", "model.safetensors"):
        (place / name).write_text("{}")
    with pytest.raises(FinalError, match=f"backlot models get {MODEL_ID}"):
        analyze_scene(Still(picture(7)), replace(context, model_folders=(tmp_path,)))
