"""Camera paths as the motions between neighbouring frames."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def steps(to_common: Array) -> Array:
    """Return (T - 1, 3, 3) that take pixels of each frame to the next.

    Args:
        to_common: (T, 3, 3) that take pixels of each frame to one common plane.
    """
    return np.stack([np.linalg.inv(after) @ before for before, after in pairwise(to_common)])
