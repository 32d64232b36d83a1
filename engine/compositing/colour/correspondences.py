"""Parts of the subject and of the plate that look alike, by DINOv2, and how their light differs.

After the dense correspondences of He et al., "Progressive Color Transfer with Dense Semantic
Correspondences" (ACM TOG 2019), with the patch features of Oquab et al., "DINOv2" (2023): face to
face, cloth to cloth, stone to stone. Only patches that choose each other count. Where they give
local colour transfers, here they vote for one white balance and one exposure: what is alike still
has colours of its own, and the light is what most pairs have in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from ...clip.clip import Array
from ...color import linear_to_srgb, luma
from ...errors import FinalError
from ...models.manifest import manifest
from ...models.networks import load_library
from .illuminant import DARK
from .light_difference import LEVEL, TINT, WARMTH, LightMatch, weighed

MODEL_ID = "dinov2-small"
#: Side of a patch; longest side of the pictures that are read; frames that are read of each clip.
PATCH_PX, SIDE_PX, FRAMES = 14, 448, 3
#: Least likeness (cosine) of a pair, and fewest pairs that may vote.
ALIKE, FEWEST_PAIRS = 0.5, 6
#: Least part of a patch that must be the subject's, and most of the plate's that may be clipped.
COVERED, CLIPPED = 0.9, 0.95
#: Spread of log(red / blue), tint and log luminance between alike things in one light.
_SPREADS = (0.5, 0.15, 0.8)
#: Pairs that say something of their own, at most: neighbours say the same.
_INDEPENDENT = 12.0
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Patches:
    """Patches of some pictures: (N, D) float32 features of length 1, (N, 3) linear colours."""

    features: Array
    colours: Array


class PatchReader:
    """A DINOv2 network from a folder in Hugging Face's layout."""

    def __init__(self, folder: Path, device: str) -> None:
        """Load the network in ``folder``.

        Raises:
            FinalError: if it cannot be loaded.
        """
        library: Any = load_library(MODEL_ID)
        try:
            model = library.Dinov2Model.from_pretrained(folder, local_files_only=True)
        except Exception as error:
            raise FinalError(
                f"{folder} must hold {manifest(MODEL_ID).title} as it is published, got files that "
                f"cannot be loaded ({error}). Remove the folder and run "
                f"`backlot models get {MODEL_ID}`."
            ) from error
        self._model, self._device = model.eval().to(device), device
        self._side = int(model.config.patch_size)

    def read(self, frames: list[tuple[Array, Array]]) -> Patches:
        """Return the patches of frames that are covered and not clipped.

        Args:
            frames: (H, W, 3) float32 linear light and (H, W) cover, 0 ... 1, of each.
        """
        features, colours = [], []
        for linear, cover in frames:
            grid = tuple(max(2, round(side / self._side)) for side in cover.shape)
            size = grid[1] * self._side, grid[0] * self._side
            picture = cv2.resize(linear, size, interpolation=cv2.INTER_AREA)
            found = self._features(linear_to_srgb(picture.clip(0.0, 1.0)))
            means = cv2.resize(linear, grid[::-1], interpolation=cv2.INTER_AREA).reshape(-1, 3)
            opaque = cv2.resize(cover, grid[::-1], interpolation=cv2.INTER_AREA).ravel()
            used = (opaque >= COVERED) & (means.max(axis=1) < CLIPPED)
            features.append(found[used])
            colours.append(means[used])
        return Patches(np.concatenate(features), np.concatenate(colours))

    @torch.inference_mode()
    def _features(self, display: Array) -> Array:
        pixels = torch.from_numpy(np.ascontiguousarray(display, np.float32))
        pixels = (pixels - torch.tensor(_MEAN)) / torch.tensor(_DEVIATION)
        given = pixels.permute(2, 0, 1)[None].to(self._device)
        tokens = self._model(pixel_values=given).last_hidden_state[0, 1:].float()
        return np.asarray(torch.nn.functional.normalize(tokens, dim=1).cpu().numpy())


def match_patches(subject: Patches, plate: Patches) -> tuple[LightMatch, int]:
    """Return the difference of light that alike patches vote for, and how many pairs there are."""
    first, second = pairs(subject.features, plate.features)
    if len(first) < FEWEST_PAIRS:
        return LightMatch(), len(first)
    alike = (subject.colours[first], plate.colours[second])
    before, after = (np.log(colours + DARK) for colours in alike)
    dim, bright = (np.log(luma(colours) + DARK) for colours in alike)
    step = after - before
    votes = (
        step[:, 0] - step[:, 2],
        step[:, 1] - (step[:, 0] + step[:, 2]) / 2,
        bright - dim,
    )
    count = min(len(first), _INDEPENDENT)
    beliefs = [
        weighed(*_voted(vote, least, count), axis.real)
        for vote, least, axis in zip(votes, _SPREADS, (WARMTH, TINT, LEVEL), strict=True)
    ]
    warmth, tint, level = beliefs
    return LightMatch(warmth, tint, level), len(first)


def pairs(subject: Array, plate: Array) -> tuple[Array, Array]:
    """Return the rows of both that choose each other and are alike enough.

    Args:
        subject: (N, D) features of length 1.
        plate: (M, D).
    """
    if not len(subject) or not len(plate):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    likeness = subject @ plate.T
    chosen = likeness.argmax(axis=1)
    rows = np.arange(len(subject))
    mutual = likeness.argmax(axis=0)[chosen] == rows
    kept = rows[mutual & (likeness[rows, chosen] >= ALIKE)]
    return kept, chosen[kept]


def _voted(votes: Array, least: float, count: float) -> tuple[float, float]:
    """Return the median of the votes and its spread."""
    middle = float(np.median(votes))
    spread = max(1.4826 * float(np.median(np.abs(votes - middle))), least)
    return middle, 1.25 * spread / count**0.5
