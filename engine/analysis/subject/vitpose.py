"""Key points by ViTPose: crops in, COCO's seventeen points out.

The network is transformers' (Xu et al., "ViTPose: Simple Vision Transformer Baselines for Human
Pose Estimation", 2022). Crops are made as it was trained, without bias between picture and heat map
(Huang et al., "The Devil is in the Details: Delving into Unbiased Data Processing for Human Pose
Estimation", 2020), and peaks are refined below a cell by a second-order expansion of the
log heat map (Zhang et al., "Distribution-Aware Coordinate Representation for Human Pose
Estimation", 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...clip.clip import Array
from ...models.networks import load_library
from .tracking import Box

MODEL = "vitpose-base-simple"
#: ImageNet's mean and deviation, of values 0 ... 1.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
#: Room left round a box.
_ROOM = 1.25
#: Blur of the heat map before its peak is refined, in cells.
_SIGMA, _RADIUS = 0.8, 5


@dataclass(frozen=True)
class Network:
    """A loaded ViTPose.

    Attributes:
        model: transformers' module.
        device: it is on.
        size: width and height of its crops.
    """

    model: Any
    device: str
    size: tuple[int, int]


def load_network(folder: Path, device: str) -> Network:
    """Return the network of a folder in Hugging Face layout; safetensors only.

    Raises:
        FinalError: if transformers is missing or too old.
        OSError: if the folder holds no such model.
    """
    library = load_library(MODEL)
    model = library.VitPoseForPoseEstimation.from_pretrained(
        folder, local_files_only=True, use_safetensors=True
    )
    height, width = model.config.backbone_config.image_size
    return Network(model.eval().to(device), device, (width, height))


def crop_window(box: Box, size: tuple[int, int]) -> Box:
    """Return middle x, middle y, width and height of what a crop shows of a picture."""
    x0, y0, x1, y1 = box
    wide, high = x1 - x0, y1 - y0
    shape = size[0] / size[1]
    wide, high = max(wide, shape * high), max(high, wide / shape)
    return (x0 + x1) / 2, (y0 + y1) / 2, max(_ROOM * wide, 1.0), max(_ROOM * high, 1.0)


def crop_of(rgb: Array, box: Box, size: tuple[int, int]) -> Array:
    """Return (3, h, w) float32: what the network is given of a person.

    Args:
        rgb: (H, W, 3) uint8.
        box: x0, y0, x1, y1 in pixels.
        size: width and height of the crop.
    """
    x, y, wide, high = crop_window(box, size)
    across, along = (size[0] - 1) / wide, (size[1] - 1) / high
    matrix = np.array([[across, 0, across * (wide / 2 - x)], [0, along, along * (high / 2 - y)]])
    crop = cv2.warpAffine(rgb, matrix, size, flags=cv2.INTER_LINEAR)
    values = (crop.astype(np.float32) / 255 - _MEAN) / _DEVIATION
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def heatmaps(network: Network, crops: Array) -> Array:
    """Return (N, K, h, w) float32 heat maps of (N, 3, H, W) crops."""
    import torch

    with torch.inference_mode():
        more = {}
        if getattr(network.model.config.backbone_config, "num_experts", 1) > 1:
            # The expert of COCO's key points.
            more["dataset_index"] = torch.zeros(len(crops), dtype=torch.long, device=network.device)
        given = torch.from_numpy(crops).to(network.device)
        found = network.model(pixel_values=given, **more).heatmaps
    maps: Array = found.float().cpu().numpy()
    return maps


def peaks(maps: Array, boxes: list[Box], size: tuple[int, int]) -> Array:
    """Return (N, K, 3): x, y in the picture's pixels, and the height of the peak.

    Args:
        maps: (N, K, h, w) heat maps.
        boxes: of the N people.
        size: width and height of the crops.
    """
    count, points, high, wide = maps.shape
    flat = maps.reshape(count, points, -1)
    at = flat.argmax(2)
    height = np.take_along_axis(flat, at[..., None], 2)[..., 0]
    cells = _refined(maps, at)
    windows = np.array([crop_window(box, size) for box in boxes])[:, None]
    x = cells[..., 0] * windows[..., 2] / (wide - 1) + windows[..., 0] - windows[..., 2] / 2
    y = cells[..., 1] * windows[..., 3] / (high - 1) + windows[..., 1] - windows[..., 3] / 2
    return np.stack([x, y, height], axis=2)


def _refined(maps: Array, at: Array) -> Array:
    """Return (N, K, 2) x, y of each peak, below a cell."""
    count, points, _, wide = maps.shape
    logs = np.log(_blurred(maps).clip(0.001, 50))
    logs = np.pad(logs, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    y, x = at // wide, at % wide
    n, k = np.arange(count)[:, None], np.arange(points)[None]

    def near(across: int, along: int) -> Array:
        return np.asarray(logs[n, k, y + 1 + along, x + 1 + across])

    middle = near(0, 0)
    slope = np.stack([near(1, 0) - near(-1, 0), near(0, 1) - near(0, -1)], axis=2) / 2
    xx = near(1, 0) - 2 * middle + near(-1, 0)
    yy = near(0, 1) - 2 * middle + near(0, -1)
    xy = (near(1, 1) - near(1, 0) - near(0, 1) + 2 * middle - near(-1, 0) - near(0, -1)
          + near(-1, -1)) / 2  # fmt: skip
    bend = np.stack([np.stack([xx, xy], 2), np.stack([xy, yy], 2)], axis=2)
    bend = bend + np.finfo(np.float32).eps * np.eye(2)
    step = np.linalg.solve(bend.astype(np.float64), slope[..., None].astype(np.float64))[..., 0]
    return np.stack([x, y], axis=2) - step


def _blurred(maps: Array) -> Array:
    """Return heat maps under a Gaussian, mirrored at their borders."""
    offsets = np.arange(-_RADIUS, _RADIUS + 1)
    kernel = np.exp(-0.5 * np.square(offsets / _SIGMA)).astype(np.float32)
    kernel /= kernel.sum()
    wide = np.pad(maps, ((0, 0), (0, 0), (_RADIUS,) * 2, (_RADIUS,) * 2), mode="symmetric")
    rows = sum(weight * wide[:, :, at : at + maps.shape[2]] for at, weight in enumerate(kernel))
    columns = sum(weight * rows[..., at : at + maps.shape[3]] for at, weight in enumerate(kernel))
    return np.asarray(columns)
