"""The subject's colours brought to the plate's mean and spread, then laid over (Reinhard et al.,
"Color Transfer between Images", IEEE CG&A 2001), frame by frame. In CIELAB, as image editors and
most nodes do it, where the paper has l-alpha-beta.
"""

from __future__ import annotations

import numpy as np

from ..metrics.arrays import Array
from .lab_transfer import composite, matched_frame

#: Spreads below this are noise, which must not be blown up.
_LEAST_SPREAD = 1e-3


def reinhard(foreground: Array, alpha: Array, background: Array, strength: float = 1.0) -> Array:
    """Return the composite; see :func:`.lab_transfer.composite`."""
    return composite(_moved, foreground, alpha, background, strength)


def transfer(frame: Array, alpha: Array, plate: Array, strength: float = 1.0) -> Array:
    """Return a frame with the plate's statistics; see :func:`.lab_transfer.matched_frame`."""
    return matched_frame(_moved, frame, alpha, plate, strength)


def _moved(lab: Array, weights: Array, plate: Array) -> Array:
    mean, spread = _statistics(lab, weights)
    wanted_mean, wanted_spread = _statistics(plate, np.ones(plate.shape[:2]))
    gain = wanted_spread / np.maximum(spread, _LEAST_SPREAD)
    return np.asarray((lab - mean) * gain + wanted_mean)


def _statistics(lab: Array, weights: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of each channel, (3,) each."""
    colours, shares = lab.reshape(-1, 3).astype(np.float64), weights.ravel() / weights.sum()
    mean = shares @ colours
    return mean, np.sqrt(shares @ (colours - mean) ** 2)
