"""Lengths of vectors, the same bits every time."""

from __future__ import annotations

import numpy as np

from .clip import Array


def norm(across: Array, down: Array) -> Array:
    """Return the lengths of vectors (x, y) of any shape, float32.

    OpenCV's own ``magnitude`` differs in the last bit with where its arrays lie in memory: a mask
    or a choice made of it would differ from run to run.
    """
    return np.asarray(np.sqrt(across * across + down * down))
