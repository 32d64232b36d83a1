"""The subject's colours brought to the plate's mean and spread, then laid over (Reinhard et al.,
"Color Transfer between Images", IEEE CG&A 2001), frame by frame. In CIELAB, as image editors and
most nodes do it, where the paper has l-alpha-beta.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..metrics.arrays import Array
from .plain_over import plain_over

#: Spreads below this are noise, which must not be blown up.
_LEAST_SPREAD = 1e-3


def reinhard(foreground: Array, alpha: Array, background: Array, strength: float = 1.0) -> Array:
    """Return the composite, (..., H, W, 3) float32, 0 ... 1.

    Args:
        foreground: (..., H, W, 3) RGB, 0 ... 1, straight colour; each frame is matched by itself.
        alpha: (..., H, W), 0 ... 1.
        background: like ``foreground``.
        strength: 0 is ``plain_over``, 1 the whole transfer.
    """
    frames = [array.reshape(-1, *array.shape[-3:]) for array in (foreground, background)]
    mattes = alpha.reshape(-1, *alpha.shape[-2:])
    matched = [transfer(*one, strength) for one in zip(frames[0], mattes, frames[1], strict=True)]
    return plain_over(np.reshape(matched, foreground.shape), alpha, background)


def transfer(frame: Array, alpha: Array, plate: Array, strength: float = 1.0) -> Array:
    """Return a frame whose subject has the plate's statistics, (H, W, 3) float32, 0 ... 1.

    Args:
        frame: (H, W, 3) RGB, 0 ... 1.
        alpha: (H, W), 0 ... 1, how much each pixel of the frame counts; of the plate, all do.
        plate: (H, W, 3) RGB, 0 ... 1.
        strength: opacity of the result over the frame as it was, 0 ... 1.
    """
    frame = frame.astype(np.float32)
    weights = alpha.astype(np.float64)
    if weights.sum() <= 0.0:
        return frame
    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2Lab)
    plate_lab = cv2.cvtColor(plate.astype(np.float32), cv2.COLOR_RGB2Lab)
    mean, spread = _statistics(lab, weights)
    wanted_mean, wanted_spread = _statistics(plate_lab, np.ones(plate.shape[:2]))
    gain = wanted_spread / np.maximum(spread, _LEAST_SPREAD)
    moved = ((lab - mean) * gain + wanted_mean).astype(np.float32)
    matched = np.clip(cv2.cvtColor(moved, cv2.COLOR_Lab2RGB), 0.0, 1.0)
    blended: Array = frame + np.float32(strength) * (matched - frame)
    return blended


def _statistics(lab: Array, weights: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of each channel, (3,) each."""
    colours, shares = lab.reshape(-1, 3).astype(np.float64), weights.ravel() / weights.sum()
    mean = shares @ colours
    return mean, np.sqrt(shares @ (colours - mean) ** 2)
