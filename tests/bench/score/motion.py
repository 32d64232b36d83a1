"""Motions between neighbouring frames: of the camera, and back along what moved."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..metrics.motion import fetch

Array = np.ndarray[Any, Any]


def steps(to_common: Array) -> Array:
    """Return (T - 1, 3, 3) that take pixels of each frame to the next.

    Args:
        to_common: (T, 3, 3) that take pixels of each frame to one common plane.
    """
    return np.stack([np.linalg.inv(after) @ before for before, after in pairwise(to_common)])


def back_motion(forth: Array) -> tuple[Array, Array]:
    """Return the motion back (T, H, W, 2) of a motion forth, and where both agree (T, H, W)."""
    found = [_inverse(flow) for flow in forth]
    return np.stack([back for back, _ in found]), np.stack([agree for _, agree in found])


def _inverse(flow: Array) -> tuple[Array, Array]:
    back = -flow
    for _ in range(6):
        back = -fetch(flow, back)
    return back, np.abs(back + fetch(flow, back)).max(-1) < 0.25
