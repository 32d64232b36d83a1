"""How far a composite is from the true picture, over the whole frame or any region of it.

PSNR with the constants of PCT-Net's evaluation (Guerreiro et al., CVPR 2023), SSIM and CIEDE2000.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Array, as_float, check_same_shape
from .ciede2000 import ciede2000
from .lab import to_lab
from .ssim import ssim

#: Keeps the PSNR of equal pictures finite: about 108 dB.
_EPSILON = 1e-6


@dataclass(frozen=True)
class CompositeError:
    """Difference of two pictures.

    Attributes:
        psnr_db: higher is better.
        ssim: of luma, higher is better.
        ciede2000: mean over the pixels.
    """

    psnr_db: float
    ssim: float
    ciede2000: float


def composite_error(
    frames: Array, true_frames: Array, where: Array | None = None
) -> CompositeError:
    """Return the difference, each frame's measures averaged over the frames.

    Args:
        frames: (T, H, W, 3) or (H, W, 3), 0 ... 1 or uint8.
        true_frames: the same shape.
        where: the same shape without channels, bool: edge band, subject, shadow; None for all.
            Frames in which nothing counts are left out.
    """
    check_same_shape(frames, true_frames)
    found = frames if frames.ndim == 4 else frames[None]
    truth = true_frames if true_frames.ndim == 4 else true_frames[None]
    regions = np.ones(found.shape[:3], bool) if where is None else where.reshape(found.shape[:3])
    rows = [_frame(*one) for one in zip(found, truth, regions, strict=True) if one[2].any()]
    if not rows:
        raise ValueError("The region must hold a pixel of some frame, got none.")
    return CompositeError(*np.mean(rows, axis=0).tolist())


def psnr_db(picture: Array, true_picture: Array, where: Array | None = None) -> float:
    """Return 10 log10(255^2 / (MSE + 1e-6)) of one picture, MSE in codes over pixels and channels.

    Args:
        picture: (H, W, 3), 0 ... 1 or uint8.
        true_picture: the same shape.
        where: (H, W) bool, the pixels that count, or None for all.
    """
    difference = as_float(picture).astype(np.float64) - as_float(true_picture)
    counted = difference if where is None else difference[where]
    mse_codes = float((counted**2).mean()) * 255.0**2
    return float(10.0 * np.log10(255.0**2 / (mse_codes + _EPSILON)))


def _frame(picture: Array, true_picture: Array, where: Array) -> tuple[float, float, float]:
    labs = (to_lab(one[where], np.float32) for one in (picture, true_picture))
    colour = ciede2000(*labs)
    similar = ssim(picture, true_picture, where)
    return psnr_db(picture, true_picture, where), similar, float(colour.mean(dtype=np.float64))
