"""Small pictures smoothed over time, but not over cuts and not where the subject moves fast.

Neighbours count by how alike their mattes are, which is a smooth function of them: nothing
switches from one frame to the next.
"""

from __future__ import annotations

import numpy as np

from ...clip.clip import Array, Clip
from ...clip.operations import window_frames

#: Change of a matte, over its area, at which a frame hardly counts for its neighbour.
_CHANGE = 0.25


def steadied(clip: Clip, radius_frames: int) -> Clip:
    """Return small frames averaged over their neighbours in time.

    Args:
        clip: (h, w) float32 mattes, or (h, w, C) whose last channel is the matte.
        radius_frames: to each side, with weights that fall off in a straight line.
    """

    def averaged(_: int, frames: list[Array]) -> Array:
        middle = frames[radius_frames]
        total, sum_of_weights = np.zeros_like(middle), 0.0
        for place, frame in enumerate(frames):
            weight = 1.0 - abs(place - radius_frames) / (radius_frames + 1)
            weight *= float(np.exp(-((_change(frame, middle) / _CHANGE) ** 2)))
            total += np.float32(weight) * frame
            sum_of_weights += weight
        return np.asarray(total / np.float32(sum_of_weights))

    return window_frames(averaged, clip, radius_frames, "relight-steady/1")


def _change(one: Array, other: Array) -> float:
    """Return how far two mattes differ, over the larger's area."""
    first, second = (frame if frame.ndim == 2 else frame[..., -1] for frame in (one, other))
    if one is other:
        return 0.0
    area = max(float(first.sum()), float(second.sum()), 1.0)
    return float(np.abs(first - second).sum()) / area
