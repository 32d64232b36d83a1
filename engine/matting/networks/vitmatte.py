"""The edge of a matte solved by ViTMatte, where it is unknown and nowhere else.

After Yao et al., "ViTMatte: Boosting Image Matting with Pretrained Plain Vision Transformers",
Information Fusion 2024. The network comes from transformers. It is shown windows along the band, at
full size and with room round them, each with a map of what is surely subject, surely not, and
unknown; where windows overlap their answers are blended. Pictures are prepared here, in torch, as
its publisher does it: brought to -1 ... 1, the map as a fourth channel, filled up to whole 32.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch

from ...clip.clip import Array, Clip
from ...clip.operations import check_same_size, map_frames
from ...clip.render import render
from ...context import Context
from ...errors import FinalError
from ...models.library import model_mark, need_model
from ...models.manifest import manifest
from ...models.networks import load_library
from ..matte import Matte
from .pictures import ALPHA_BITS, CENTRED, alpha_codes, mask_of, normalised, planes

MODEL_ID = "vitmatte-small-composition-1k"
STAGE = "matting"
#: Side of the part that a window answers for, and the room round it, pixels.
CORE_PX, ROOM_PX = 512, 96
_WHOLE = 32
#: Alpha further from 0 and 1 than this is unsure in itself.
UNSURE = 0.08
#: Value of the unknown in the map.
UNKNOWN = 0.5


def refine_by_vitmatte(
    clip: Clip, matte: Matte, context: Context, *, radius_px: float, trimap: Clip | None = None
) -> Matte:
    """Return ``matte`` with its edge solved, rendered to the store; a keyed matte is left alone.

    Args:
        clip: RGB, as large and long as the matte.
        matte: what to refine.
        context: store, progress, cancel, device, model folders.
        radius_px: how far from the matte's edge the true one may lie, pixels of the clip.
        trimap: one channel that says what is known: 0 is not subject, 1 is, between is unknown;
            None tells it from the matte and the radius.

    Raises:
        ClipMismatchError: if the clips differ in size or length.
        FinalError: if the network is not there or cannot be loaded.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    given = matte.alpha if trimap is None else trimap
    check_same_size([clip, given], "refine matte")
    if matte.screen is not None:
        return matte
    folder = need_model(context, MODEL_ID)
    mark = model_mark(context, folder, MODEL_ID)
    network = VitMatte(folder, context.device)

    def refined(_: int, frame: Array, alpha: Array) -> Array:
        plane = mask_of(alpha, given.format)
        known = trimap_of(plane, radius_px) if trimap is None else _three(plane)
        return alpha_codes(network.solve(planes(frame, clip.format), known))

    kept = None if trimap is not None else radius_px
    asked = map_frames(
        refined, [clip, given], "vitmatte/1", mark, kept, channels=1, bits=ALPHA_BITS
    )
    alpha = render(asked, context, STAGE, "Solving the edge with ViTMatte")
    return replace(matte, alpha=alpha)


def trimap_of(alpha: Array, radius_px: float) -> Array:
    """Return (H, W) float32 of 0, UNKNOWN and 1: unknown near the edge and where alpha is unsure.

    Args:
        alpha: (H, W) float32 in 0 ... 1.
        radius_px: how far from the edge.
    """
    solid = (alpha > 0.5).astype(np.uint8)
    unsure = ((alpha > UNSURE) & (alpha < 1 - UNSURE)).astype(np.uint8)
    rim = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    away = cv2.distanceTransform(1 - np.maximum(unsure, rim), cv2.DIST_L2, 5)
    return np.where(away <= radius_px, np.float32(UNKNOWN), solid.astype(np.float32))


def _three(trimap: Array) -> Array:
    """Return a map of any values as one of three."""
    sure = np.where(trimap >= 1 - UNSURE, np.float32(1), np.float32(UNKNOWN))
    return np.where(trimap <= UNSURE, np.float32(0), sure)


class Window(NamedTuple):
    """A part of the picture: what it answers for, and what is shown of it, (x0, y0, x1, y1)."""

    core: tuple[int, int, int, int]
    shown: tuple[int, int, int, int]


def windows(unknown: Array) -> Iterator[Window]:
    """Yield windows that cover what is ``unknown`` (H, W) bool, and no others."""
    height, width = unknown.shape
    if not unknown.any():
        return
    rows, columns = (np.flatnonzero(unknown.any(axis=axis)) for axis in (1, 0))
    for y in range(int(rows[0]), int(rows[-1]) + 1, CORE_PX):
        for x in range(int(columns[0]), int(columns[-1]) + 1, CORE_PX):
            core = x, y, min(x + CORE_PX, width), min(y + CORE_PX, height)
            if unknown[core[1] : core[3], core[0] : core[2]].any():
                x0, y0 = max(core[0] - ROOM_PX, 0), max(core[1] - ROOM_PX, 0)
                x1, y1 = min(core[2] + ROOM_PX, width), min(core[3] + ROOM_PX, height)
                yield Window(core, (x0, y0, x1, y1))


class VitMatte:
    """A ViTMatte network from a folder in Hugging Face's layout; loaded when first asked."""

    def __init__(self, folder: Path, device: str) -> None:
        """Use the network in ``folder`` on ``device``; nothing is loaded yet."""
        self._folder, self._device = folder, device
        self._model: Any = None
        self._lock = threading.Lock()

    def solve(self, pixels: torch.Tensor, trimap: Array) -> Array:
        """Return the alpha (H, W) float32 of a picture: the map's, but for what it leaves unknown.

        Args:
            pixels: (1, 3, H, W) RGB in 0 ... 1.
            trimap: (H, W) float32 of 0, UNKNOWN and 1.
        """
        unknown = trimap == np.float32(UNKNOWN)
        total, weights = np.zeros(trimap.shape, np.float32), np.zeros(trimap.shape, np.float32)
        for window in windows(unknown):
            x0, y0, x1, y1 = window.shown
            part = np.ascontiguousarray(trimap[y0:y1, x0:x1])
            said = self._answer(pixels[..., y0:y1, x0:x1], part)
            trust = _trust(window, trimap.shape)
            total[y0:y1, x0:x1] += said * trust
            weights[y0:y1, x0:x1] += trust
        solved = total / np.maximum(weights, np.float32(1e-6))
        return np.where(unknown, solved, trimap)

    def _answer(self, pixels: torch.Tensor, trimap: Array) -> Array:
        height, width = trimap.shape
        with self._lock, torch.inference_mode():
            given = prepared(pixels, torch.from_numpy(trimap)[None, None]).to(self._device)
            alpha = self._loaded()(pixel_values=given).alphas[0, 0, :height, :width]
        return np.asarray(alpha.float().cpu().numpy())

    def _loaded(self) -> Any:
        if self._model is None:
            library: Any = load_library(MODEL_ID)
            try:
                model = library.VitMatteForImageMatting.from_pretrained(
                    str(self._folder), local_files_only=True, use_safetensors=True
                )
            except Exception as error:
                raise FinalError(
                    f"{self._folder} must hold {manifest(MODEL_ID).title} as it is published, got "
                    f"files that cannot be loaded ({error}). Remove the folder and run "
                    f"`backlot models get {MODEL_ID}`."
                ) from error
            self._model = model.eval().to(self._device)
        return self._model


def prepared(pixels: torch.Tensor, trimap: torch.Tensor) -> torch.Tensor:
    """Return (1, 4, h, w): the picture in -1 ... 1 and the map, filled up with zeros."""
    both = torch.cat([normalised(pixels, CENTRED), trimap], dim=1)
    down, across = (-side % _WHOLE for side in both.shape[2:])
    return torch.nn.functional.pad(both, (0, across, 0, down))


def _trust(window: Window, shape: tuple[int, ...]) -> Array:
    """Return how much a window's answer counts, (h, w): less towards its rim in the picture."""
    x0, y0, x1, y1 = window.shown
    across = _ramp(x1 - x0, begins=x0 > 0, ends=x1 < shape[1])
    down = _ramp(y1 - y0, begins=y0 > 0, ends=y1 < shape[0])
    return np.asarray(down[:, None] * across[None])


def _ramp(length: int, *, begins: bool, ends: bool) -> Array:
    place = np.arange(length, dtype=np.float32) + np.float32(0.5)
    rise = np.minimum(place / ROOM_PX, 1) if begins else np.ones(length, np.float32)
    fall = np.minimum(place[::-1] / ROOM_PX, 1) if ends else np.ones(length, np.float32)
    return np.asarray(np.maximum(rise * fall, np.float32(1e-3)))
