"""Where within a pixel and when within the shutter each sub-frame sample is taken."""

from __future__ import annotations

import numpy as np

#: The plastic number's powers: the R3 sequence of Roberts (2018) spreads evenly in any prefix.
_R3 = np.array([0.8191725134, 0.6710436067, 0.5497004779])


def samples(count: int) -> np.ndarray:
    """Return (count, 3): offsets x, y in pixels and time in shutters, each in -0.5 ... 0.5.

    Times are stratified so that a fast limb leaves an even trail. All frames have one pattern:
    what stands still must be the same in each.
    """
    index = np.arange(count)
    spread = np.mod(0.5 + (index[:, None] + 1) * _R3, 1.0) - 0.5
    spread[:, 2] = (index + 0.5) / count - 0.5
    spread[:, :2] -= spread[:, :2].mean(0)
    return spread
