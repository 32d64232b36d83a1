"""The subject's colours brought to the plate's mean and covariance, then laid over: the linear
Monge-Kantorovitch map (Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping for
example-based colour transfer", CVMP 2007) in CIELAB, frame by frame.

ComfyUI's own Transfer Color offers it as ``mkl_lab``; this is written from the paper. That node
knows no matte and takes the whole picture's statistics; here the subject's are taken, which is the
best its user can do.
"""

from __future__ import annotations

import numpy as np

from ..metrics.arrays import Array
from .lab_transfer import composite, matched_frame

#: Variances below this are noise, which must not be blown up.
_LEAST_VARIANCE = 1e-6


def mkl_lab(foreground: Array, alpha: Array, background: Array, strength: float = 1.0) -> Array:
    """Return the composite; see :func:`.lab_transfer.composite`."""
    return composite(_moved, foreground, alpha, background, strength)


def transfer(frame: Array, alpha: Array, plate: Array, strength: float = 1.0) -> Array:
    """Return a frame with the plate's statistics; see :func:`.lab_transfer.matched_frame`."""
    return matched_frame(_moved, frame, alpha, plate, strength)


def _moved(lab: Array, weights: Array, plate: Array) -> Array:
    mean, covariance = _statistics(lab, weights)
    wanted_mean, wanted = _statistics(plate, np.ones(plate.shape[:2]))
    root, inverse = _roots(covariance)
    middle, _ = _roots(root @ wanted @ root)
    return np.asarray((lab - mean) @ (inverse @ middle @ inverse) + wanted_mean)


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
