"""A subject's straight colour by the multi-level method (Germer et al., "Fast Multi-Level
Foreground Estimation", ICPR 2020), as pymatting has it.
"""

from __future__ import annotations

import importlib.util

import numpy as np

from ..metrics.arrays import Array


def available() -> bool:
    """Return whether pymatting is installed."""
    return importlib.util.find_spec("pymatting") is not None


def foreground_ml(frame: Array, alpha: Array) -> Array:
    """Return the straight foreground colour, (H, W, 3) float32, 0 ... 1.

    Args:
        frame: (H, W, 3) RGB, 0 ... 1.
        alpha: (H, W), 0 ... 1.
    """
    # pymatting compiles for most of a minute at its first import.
    from pymatting import estimate_foreground_ml

    found: Array = estimate_foreground_ml(frame.astype(np.float32), alpha.astype(np.float32))
    return found
