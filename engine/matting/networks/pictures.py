"""What goes into the networks and comes out of them: pictures as tensors, alpha as codes."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch

from ...clip.clip import Array, Clip, ClipFormat
from ...clip.operations import map_frames

#: Mean and deviation of ImageNet's pictures, of values 0 ... 1.
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
#: What brings 0 ... 1 to -1 ... 1.
CENTRED = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
Statistics = tuple[tuple[float, float, float], tuple[float, float, float]]

ALPHA_BITS = 10
ALPHA_TOP = float((1 << ALPHA_BITS) - 1)


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


def planes(frame: Array, fmt: ClipFormat) -> torch.Tensor:
    """Return a native frame as (1, 3, H, W) float32 RGB in 0 ... 1, on the CPU."""
    rgb = np.repeat(frame[..., None], 3, axis=2) if frame.ndim == 2 else frame[..., :3]
    values = rgb.transpose(2, 0, 1)[None].astype(np.float32)
    values *= np.float32(1.0 / fmt.max_value)
    return torch.from_numpy(np.clip(values, 0.0, 1.0, out=values))


def resized(pixels: torch.Tensor, size: Size, mode: str = "bilinear") -> torch.Tensor:
    """Return (B, C, h, w) at another size, averaged where that is smaller."""
    if pixels.shape[2:] == (size.height, size.width):
        return pixels
    if mode == "area":
        return torch.nn.functional.interpolate(pixels, (size.height, size.width), mode="area")
    return torch.nn.functional.interpolate(
        pixels, (size.height, size.width), mode=mode, antialias=True, align_corners=False
    )


def normalised(pixels: torch.Tensor, statistics: Statistics) -> torch.Tensor:
    """Return (B, 3, H, W) less the mean and divided by the deviation of each channel."""
    mean, deviation = (
        torch.tensor(one, device=pixels.device).view(1, 3, 1, 1) for one in statistics
    )
    return (pixels - mean) / deviation


def alpha_codes(alpha: Array) -> Array:
    """Return alpha 0 ... 1 as native codes of 10 bits."""
    kept = np.nan_to_num(np.asarray(alpha, np.float32))
    codes = np.clip(kept, 0.0, 1.0) * np.float32(ALPHA_TOP) + np.float32(0.5)
    return np.asarray(codes.astype(np.uint16))


def enlarged(alpha: Clip, fmt: ClipFormat) -> Clip:
    """Return an alpha clip at the size of ``fmt``, lazily, by cubic interpolation."""
    width, height = fmt.width, fmt.height
    if (width, height) == (alpha.format.width, alpha.format.height):
        return alpha
    top = np.uint16(alpha.format.max_value)

    def enlarge(_: int, codes: Array) -> Array:
        large = cv2.resize(codes, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.minimum(large, top)

    return map_frames(enlarge, [alpha], "enlarge_alpha/1", width, height, size=(width, height))


def mask_of(alpha: Array, fmt: ClipFormat) -> Array:
    """Return a native frame of a matte as (H, W) float32 in 0 ... 1."""
    plane = alpha if alpha.ndim == 2 else alpha[..., 0]
    return np.asarray(plane, np.float32) * np.float32(1.0 / fmt.max_value)
