"""The plain despill of every compositor: the screen's channel limited to the mean of the others.

The usual formula of colour-difference keyers (Vlahos); the old background stays in the edge.
"""

from __future__ import annotations

import numpy as np

from ..metrics.arrays import Array


def plain_despill(frame: Array, channel: int) -> Array:
    """Return the picture without spill, (H, W, 3) float32, 0 ... 1.

    Args:
        frame: (H, W, 3) RGB, 0 ... 1.
        channel: the screen's: 1 for green, 2 for blue.
    """
    out = frame.astype(np.float32)
    others = [at for at in range(3) if at != channel]
    out[..., channel] = np.minimum(out[..., channel], out[..., others].mean(-1))
    return out
