"""The kind of place, told by SigLIP 2 (Tschannen et al. 2025) without training for it.

Pictures and sentences are brought into one space; the place whose sentences lie nearest wins. The
network comes from transformers and is loaded when the first picture is read. Pictures are prepared
here, in torch, as its publisher does it: squeezed to a square and scaled to -1 ... 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...clip.clip import Array
from ...errors import FinalError
from ...models.networks import load_library
from .place_words import PLACES, sentences

MODEL_ID = "siglip2-base-patch16-224"
#: Tokens a sentence is filled up to: the network knows no other length.
_TOKENS = 64
#: Sentences that are encoded at once.
_BATCH = 16


class PlaceReader:
    """Reads pictures with a SigLIP network from a folder."""

    def __init__(self, folder: Path, device: str) -> None:
        """Use the network in ``folder`` on ``device``; nothing is loaded yet."""
        self._folder, self._device = str(folder), device
        self._loaded: _Loaded | None = None

    def likely(self, picture: Array) -> Array:
        """Return how likely each of PLACES is, (P,) float64 that sum to 1.

        Args:
            picture: (H, W, 3) uint8.
        """
        if self._loaded is None:
            self._loaded = _Loaded(self._folder, self._device)
        return self._loaded.likely(picture)


class _Loaded:
    def __init__(self, folder: str, device: str) -> None:
        library: Any = load_library(MODEL_ID)
        try:
            model = library.SiglipModel.from_pretrained(folder, local_files_only=True)
            tokenizer = library.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except Exception as error:
            raise FinalError(
                f"{folder} must hold SigLIP 2 as it is published, got files that cannot be loaded "
                f"({error}). Remove the folder and run backlot models get {MODEL_ID}."
            ) from error
        model = model.eval().to(device)
        length = min(_TOKENS, int(model.config.text_config.max_position_embeddings))
        self._device = device
        self._side_px = int(model.config.vision_config.image_size)
        self._scale = float(model.logit_scale.detach().exp())
        self._places = _encoded_places(model.text_model, tokenizer, length, device)
        self._vision = model.vision_model  # the larger part, that reads text, is let go

    @torch.inference_mode()
    def likely(self, picture: Array) -> Array:
        found = self._vision(pixel_values=self._prepared(picture)).pooler_output
        logits = self._scale * (_unit(found) @ self._places.T)[0]
        return np.asarray(torch.softmax(logits.double(), dim=0).cpu().numpy())

    def _prepared(self, picture: Array) -> torch.Tensor:
        """Return (1, 3, S, S) float32 in -1 ... 1."""
        values = torch.from_numpy(np.array(picture)).to(self._device)
        planes = values.permute(2, 0, 1)[None].float() / 255.0
        square = torch.nn.functional.interpolate(
            planes, (self._side_px, self._side_px), mode="bilinear", antialias=True
        )
        return (square - 0.5) / 0.5


@torch.inference_mode()
def _encoded_places(model: Any, tokenizer: Any, length: int, device: str) -> torch.Tensor:
    """Return (P, D): the mean direction of each place's sentences."""
    numbers, texts = zip(*sentences(), strict=True)
    encoded = []
    for first in range(0, len(texts), _BATCH):
        tokens = tokenizer(
            list(texts[first : first + _BATCH]),
            padding="max_length",
            max_length=length,
            truncation=True,
            return_tensors="pt",
        )
        # The network was trained without a mask: what fills a sentence up is read, too.
        encoded.append(_unit(model(input_ids=tokens["input_ids"].to(device)).pooler_output))
    every = torch.cat(encoded)
    belongs = torch.tensor(numbers, device=every.device)
    means = [every[belongs == number].mean(dim=0) for number in range(len(PLACES))]
    return _unit(torch.stack(means))


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(vectors, dim=-1)
