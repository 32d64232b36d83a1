"""Relative inverse depth by Depth Anything V2 (Yang et al., NeurIPS 2024), frame by frame.

The network comes from transformers and is loaded when the first frame is asked for. Frames are
prepared here, in torch, as its publisher does it: the shorter side as long as in training, both a
multiple of the patch, cubic, normalised by ImageNet's mean and deviation. Each answer is right
only up to a scale and a shift of its own: :mod:`.depth_align` brings them together.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...clip.clip import Array, Clip
from ...errors import FinalError
from ...fingerprint import fingerprint
from ...models.networks import load_library
from ..reduced import Size, to_eight_bits

MODEL_ID = "depth-anything-v2-small"
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_BITS, _TOP = 16, 65535


class DepthNetwork:
    """A Depth Anything network from a folder in Hugging Face's layout."""

    def __init__(self, folder: Path, device: str) -> None:
        """Use the network in ``folder`` on ``device``; nothing is loaded yet."""
        self._folder, self._device = folder, device
        self._model: Any = None
        self._lock = threading.Lock()

    def input_size(self, width: int, height: int) -> Size:
        """Return the size in which the network sees a picture of ``width`` x ``height``."""
        config = self._loaded().config
        return input_size(width, height, config.backbone_config.image_size, config.patch_size)

    def nearness(self, frame: Array) -> Array:
        """Return (h, w) float32 in the network's size: inverse depth, scale and shift unknown.

        Args:
            frame: (H, W, 3) uint8, display-referred RGB.
        """
        with self._lock:
            model = self._loaded()
            size = self.input_size(frame.shape[1], frame.shape[0])
            with torch.inference_mode():
                prepared = prepare(frame, size, self._device)
                found = model(pixel_values=prepared).predicted_depth[0]
        return np.asarray(found.float().cpu().numpy())

    def _loaded(self) -> Any:
        if self._model is None:
            library: Any = load_library(MODEL_ID)
            kind = library.DepthAnythingForDepthEstimation
            try:
                model = kind.from_pretrained(
                    str(self._folder), local_files_only=True, use_safetensors=True
                )
            except Exception as error:
                raise FinalError(
                    f"{self._folder} must hold Depth Anything V2 as it is published, got files "
                    f"that cannot be loaded ({error}). Remove the folder and run "
                    f"backlot models get {MODEL_ID}."
                ) from error
            self._model = model.eval().to(self._device)
        return self._model


def input_size(width: int, height: int, side: int, patch: int) -> Size:
    """Return the size in which a picture is shown to a network trained on squares of ``side``.

    The picture keeps its shape and is scaled as little as it can be for one side to fit; then each
    side is rounded to whole patches.
    """
    across, down = side / width, side / height
    scale = across if abs(1 - across) < abs(1 - down) else down
    columns, rows = (max(round(scale * length / patch), 1) for length in (width, height))
    return Size(columns * patch, rows * patch)


def prepare(frame: Array, size: Size, device: str) -> torch.Tensor:
    """Return (1, 3, h, w) float32, resized and normalised.

    Args:
        frame: (H, W, 3) uint8.
        size: the network's.
        device: where the result lies.
    """
    values = torch.from_numpy(np.array(frame)).to(device)
    planes = values.permute(2, 0, 1)[None].float()
    small = torch.nn.functional.interpolate(
        planes, (size.height, size.width), mode="bicubic", antialias=True, align_corners=False
    )
    small = small.round().clamp(0.0, 255.0) / 255.0
    mean, deviation = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in (_MEAN, _DEVIATION))
    return (small - mean) / deviation


class RawDepthClip(Clip):
    """What the network says of each frame, stretched over the codes of 16 bits; costly."""

    def __init__(self, clip: Clip, network: DepthNetwork, mark: str) -> None:
        """Say nothing yet.

        Args:
            clip: the source.
            network: who is asked.
            mark: identifies the network's weights.
        """
        fmt = clip.format
        size = network.input_size(fmt.width, fmt.height)
        super().__init__(
            replace(fmt, width=size.width, height=size.height, channels=1, bits=_BITS),
            fingerprint("raw-depth/1", clip.fingerprint, mark),
            parents=(clip,),
        )
        self._clip, self._network = clip, network

    def _render(self, index: int) -> Array:
        frame = to_eight_bits(self._clip.frame(index), self._clip.format)
        rgb = np.repeat(frame[..., None], 3, axis=2) if frame.ndim == 2 else frame[..., :3]
        found = self._network.nearness(rgb)
        low, high = float(found.min()), float(found.max())
        spread = max(high - low, 1e-9)
        return np.rint((found - low) * np.float32(_TOP / spread)).astype(np.uint16)
