"""Closed-form matting from a trimap (Levin, Lischinski and Weiss, "A Closed-Form Solution to
Natural Image Matting", PAMI 2008), as pymatting has it.

pymatting is imported where it is used: its first import compiles for most of a minute.
"""

from __future__ import annotations

import importlib.util

import numpy as np

from ..metrics.arrays import Array
from .trimap import is_solvable


def available() -> bool:
    """Return whether pymatting is installed."""
    return importlib.util.find_spec("pymatting") is not None


def closed_form(frame: Array, trimap: Array) -> Array:
    """Return the matte, (H, W) float32, 0 ... 1.

    Args:
        frame: (H, W, 3) RGB uint8.
        trimap: (H, W) float32, 0, 0.5 or 1. One that leaves nothing to solve is returned.

    Raises:
        ValueError: the solver did not converge.
    """
    if not is_solvable(trimap):
        return trimap
    from pymatting import estimate_alpha_cf

    found: Array = estimate_alpha_cf(frame / 255.0, trimap.astype(np.float64))
    return found.astype(np.float32)
