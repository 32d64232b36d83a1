"""Shape of a matte's edge: how jagged its outline is, and how wide its transition.

Our own definition (metrics research, 2.3): the outline at alpha 0.5, found in the matte enlarged
four times, against the same outline smoothed along its length. Blur hides steps, so the width must
be looked at too.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .arrays import Array, as_clip
from .outline import inside, outlines, read, residual_px


@dataclass(frozen=True)
class Jaggedness:
    """The edge of a matte, mean over frames.

    Attributes:
        jagged_px: rms distance of the outline from its smooth course. A well antialiased edge has
            less than 0.1, a binary one 0.2 and more.
        width_px: width of the transition, 1 / the 90th percentile of the slope on the outline; an
            antialiased edge has about 2 (slopes are Sobel's).
    """

    jagged_px: float
    width_px: float


def jaggedness(alpha: Array) -> Jaggedness | None:
    """Return the shape of the edge; None where no frame has an outline.

    Args:
        alpha: (T, H, W) or (H, W), 0 ... 1 or uint8.
    """
    found = [one for one in map(_frame, as_clip(alpha)) if one]
    return Jaggedness(*np.mean(found, axis=0).tolist()) if found else None


def _frame(alpha: Array) -> tuple[float, float] | None:
    slope = _slope(alpha)
    residuals, slopes = [], []
    for points in outlines(alpha):
        counts = inside(points, alpha.shape)
        residuals.append(residual_px(points)[counts])
        slopes.append(read(slope, points)[counts])
    if not sum(map(len, residuals)):
        return None
    steepest = float(np.percentile(np.concatenate(slopes), 90))
    jagged_px = float(np.sqrt((np.concatenate(residuals) ** 2).mean()))
    return jagged_px, 1.0 / max(steepest, 1e-6)


def _slope(alpha: Array) -> Array:
    across = cv2.Sobel(alpha, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(alpha, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return cv2.magnitude(across, down)
