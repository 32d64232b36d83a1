"""Transfers of colour statistics in CIELAB: what the rivals share."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ..metrics.arrays import Array
from .plain_over import plain_over

#: Takes (H, W, 3) CIELAB, (H, W) weights of its pixels and the plate's CIELAB; returns CIELAB.
Move = Callable[[Array, Array, Array], Array]


def composite(
    move: Move, foreground: Array, alpha: Array, background: Array, strength: float
) -> Array:
    """Return the composite, (..., H, W, 3) float32, 0 ... 1.

    Args:
        move: the transfer.
        foreground: (..., H, W, 3) RGB, 0 ... 1, straight colour; each frame is matched by itself.
        alpha: (..., H, W), 0 ... 1.
        background: like ``foreground``.
        strength: 0 is ``plain_over``, 1 the whole transfer.
    """
    frames = [array.reshape(-1, *array.shape[-3:]) for array in (foreground, background)]
    mattes = alpha.reshape(-1, *alpha.shape[-2:])
    matched = [
        matched_frame(move, *one, strength)
        for one in zip(frames[0], mattes, frames[1], strict=True)
    ]
    return plain_over(np.reshape(matched, foreground.shape), alpha, background)


def matched_frame(move: Move, frame: Array, alpha: Array, plate: Array, strength: float) -> Array:
    """Return a frame whose subject has the plate's statistics, (H, W, 3) float32, 0 ... 1.

    Args:
        move: the transfer.
        frame: (H, W, 3) RGB, 0 ... 1.
        alpha: (H, W), 0 ... 1, how much each pixel of the frame counts; of the plate, all do.
        plate: (H, W, 3) RGB, 0 ... 1.
        strength: opacity of the result over the frame as it was, 0 ... 1.
    """
    frame = frame.astype(np.float32)
    weights = alpha.astype(np.float64)
    if weights.sum() <= 0.0:
        return frame
    lab, plate_lab = (
        cv2.cvtColor(one.astype(np.float32), cv2.COLOR_RGB2Lab) for one in (frame, plate)
    )
    moved = move(lab, weights, plate_lab).astype(np.float32)
    matched = np.clip(cv2.cvtColor(moved, cv2.COLOR_Lab2RGB), 0.0, 1.0)
    blended: Array = frame + np.float32(strength) * (matched - frame)
    return blended
