"""The subject's colours brought to the plate's mean and covariance, then laid over: the linear
Monge-Kantorovitch map (Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping for
example-based colour transfer", CVMP 2007) in CIELAB, frame by frame.

ComfyUI's own Transfer Color offers it as ``mkl_lab``; this is written from the paper. That node
knows no matte and takes the whole picture's statistics; here the subject's are taken, which is the
best its user can do.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..metrics.arrays import Array
from .plain_over import plain_over

#: Variances below this are noise, which must not be blown up.
_LEAST_VARIANCE = 1e-6


def mkl_lab(foreground: Array, alpha: Array, background: Array, strength: float = 1.0) -> Array:
    """Return the composite, (..., H, W, 3) float32, 0 ... 1; arguments as :func:`.plain_over`."""
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
    mean, covariance = _statistics(lab, weights)
    wanted_mean, wanted = _statistics(plate_lab, np.ones(plate.shape[:2]))
    root, inverse = _roots(covariance)
    middle, _ = _roots(root @ wanted @ root)
    moved = ((lab - mean) @ (inverse @ middle @ inverse) + wanted_mean).astype(np.float32)
    matched = np.clip(cv2.cvtColor(moved, cv2.COLOR_Lab2RGB), 0.0, 1.0)
    blended: Array = frame + np.float32(strength) * (matched - frame)
    return blended


def _statistics(lab: Array, weights: Array) -> tuple[Array, Array]:
    """Return mean (3,) and covariance (3, 3)."""
    colours, shares = lab.reshape(-1, 3).astype(np.float64), weights.ravel() / weights.sum()
    mean = shares @ colours
    return mean, (colours - mean).T @ ((colours - mean) * shares[:, None])


def _roots(covariance: Array) -> tuple[Array, Array]:
    """Return the symmetric square root of a (3, 3) covariance, and its inverse."""
    values, vectors = np.linalg.eigh(covariance)
    spread = np.sqrt(np.maximum(values, _LEAST_VARIANCE))
    return (vectors * spread) @ vectors.T, (vectors / spread) @ vectors.T
