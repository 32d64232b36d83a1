"""Finds what a text names in a picture by Grounding DINO.

After Liu et al., "Grounding DINO: Marrying DINO with Grounded Pre-Training for Open-Set Object
Detection", ECCV 2024.

The network and its tokens come from transformers. Pictures are prepared here, in torch, as its
publisher does it: the shorter side to 800 pixels unless the longer then passes 1333. A text is made
lower case, its things are parted and ended by full stops. The surest box is the answer.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import torch

from ...clip.clip import Array, Clip, ClipFormat
from ...context import Context
from ...errors import FinalError, InputError
from ...fingerprint import fingerprint
from ...models.library import model_mark, need_model
from ...models.manifest import manifest
from ...models.networks import load_library
from .pictures import IMAGENET, Size, normalised, planes, resized

MODEL_ID = "grounding-dino-tiny"
Box = tuple[float, float, float, float]

#: Sides of the picture that the network sees, pixels.
SHORT_PX, LONG_PX = 800, 1333
#: A box that the network trusts less is none.
LEAST_SCORE = 0.25


class Found(NamedTuple):
    """A box (x0, y0, x1, y1) in pixels of the clip, and how sure the network is, 0 ... 1."""

    box: Box
    score: float


def box_from_text(clip: Clip, context: Context, text: str) -> Box:
    """Return the box round what ``text`` names on the first frame, in pixels of the clip.

    The answer is kept in the store.

    Raises:
        InputError: if the text is empty, too long, or nothing like it is seen.
        FinalError: if the network is not there or cannot be loaded.
    """
    folder = need_model(context, MODEL_ID)
    words = prepared_text(text)
    mark = model_mark(context, folder, MODEL_ID)

    def look() -> list[float]:
        found = Detector(folder, context.device).find(clip.frame(0), clip.format, words)
        return [*found.box, found.score] if found is not None else []

    key = fingerprint("grounding-dino/1", clip.fingerprint, mark, words)
    *corners, score = context.store.record(key, look) or [0.0, 0.0, 0.0, 0.0, 0.0]
    if score < LEAST_SCORE:
        raise InputError(
            f"text must name something that is seen on the first frame, got {text.strip()!r}, "
            "which is not found there. Use other words, or draw a box."
        )
    x0, y0, x1, y1 = corners
    return x0, y0, x1, y1


def prepared_text(text: str) -> str:
    """Return a text as the network was trained: lower case, full stops after the things.

    Raises:
        InputError: if there is no word in it.
    """
    parts = [" ".join(part.split()) for part in re.split(r"[.,;\n]+", text.lower())]
    things = [part for part in parts if part]
    if not things:
        raise InputError(
            "text must name the subject, got an empty one. Write for example: the woman in red."
        )
    return " ".join(f"{thing}." for thing in things)


def input_size(width: int, height: int, short_px: int = SHORT_PX, long_px: int = LONG_PX) -> Size:
    """Return the size in which a picture of ``width`` x ``height`` is shown to the network."""
    short, long = min(width, height), max(width, height)
    target: float = short_px
    if long / short * short_px > long_px:
        target = long_px * short / long
    side = round(target)
    if side == short:
        return Size(width, height)
    other = int(target * long / short)
    return Size(side, other) if width < height else Size(other, side)


class Detector:
    """A Grounding DINO network from a folder in Hugging Face's layout."""

    def __init__(self, folder: Path, device: str) -> None:
        """Load the network in ``folder``.

        Raises:
            FinalError: if it cannot be loaded.
        """
        library: Any = load_library(MODEL_ID)
        try:
            self._tokens = library.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = library.GroundingDinoForObjectDetection.from_pretrained(
                folder, local_files_only=True, use_safetensors=True
            )
        except Exception as error:
            raise FinalError(
                f"{folder} must hold {manifest(MODEL_ID).title} as it is published, got files that "
                f"cannot be loaded ({error}). Remove the folder and run "
                f"`backlot models get {MODEL_ID}`."
            ) from error
        self._model, self._device = model.eval().to(device), device

    def find(self, frame: Array, fmt: ClipFormat, words: str) -> Found | None:
        """Return what is surest to be meant by ``words``, or None if there is nothing to choose.

        Args:
            frame: native.
            fmt: its clip's.
            words: from :func:`prepared_text`.

        Raises:
            InputError: if there are more words than the network reads.
        """
        tokens = self._tokens(words, return_tensors="pt")
        count, most = tokens["input_ids"].shape[1], int(self._model.config.max_text_len)
        if count > most:
            raise InputError(
                f"text must be at most {most} tokens long, got {count}. Use fewer words."
            )
        size = input_size(fmt.width, fmt.height)
        pixels = normalised(resized(planes(frame, fmt), size), IMAGENET).to(self._device)
        with torch.inference_mode():
            said = self._model(
                pixel_values=pixels,
                pixel_mask=torch.ones(pixels.shape[0], *pixels.shape[2:]).long().to(self._device),
                **{name: value.to(self._device) for name, value in tokens.items()},
            )
        return surest(said.logits[0].float().cpu(), said.pred_boxes[0].float().cpu(), fmt)


def surest(logits: torch.Tensor, boxes: torch.Tensor, fmt: ClipFormat) -> Found | None:
    """Return the box that agrees best with any word.

    Args:
        logits: (Q, L) of Q boxes and L tokens.
        boxes: (Q, 4) middle, width and height as shares of the picture.
        fmt: of the picture.
    """
    scores = logits.sigmoid().amax(dim=1)
    if not len(scores):
        return None
    best = int(scores.argmax())
    x, y, wide, high = boxes[best].tolist()
    corners = (
        min(max((x - wide / 2) * fmt.width, 0.0), float(fmt.width)),
        min(max((y - high / 2) * fmt.height, 0.0), float(fmt.height)),
        min(max((x + wide / 2) * fmt.width, 0.0), float(fmt.width)),
        min(max((y + high / 2) * fmt.height, 0.0), float(fmt.height)),
    )
    return Found(corners, float(scores[best]))
