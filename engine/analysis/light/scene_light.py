"""Key light of a picture without a subject: its bright source, and how the rest falls off.

A small area much brighter than the rest is a window, a lamp or the sun: the light comes from
there, and from behind whoever stands in front of it. Otherwise the luminance of the picture,
without the areas that emit, leans toward the light. Both are only hints, and the confidence
says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array

#: A source is this much brighter than the middle of the picture's luminances,
_SOURCE_RATIO = 6.0
#: and covers no more than this share of the picture.
_LARGEST_SOURCE = 0.25
#: Variance of log luminance that says nothing.
_EVEN = 0.01


@dataclass(frozen=True)
class SceneLight:
    """What a picture hints of its light.

    Attributes:
        direction: (3,) unit vector to the light; y up, z toward the camera.
        contrast: light over dark halves of the picture, 1 or more.
        key: linear luminance of the lit parts.
        sure: 0 ... 0.6.
    """

    direction: Array
    contrast: float
    key: float
    sure: float


def read_scene(light: Array) -> SceneLight:
    """Return the light that (H, W) linear luminance, float32, hints at."""
    smooth = cv2.GaussianBlur(light, (0, 0), max(light.shape) / 60)
    middle = max(float(np.median(smooth)), 1e-3)
    source, share = _source(smooth, middle)
    lean, explained = _lean(smooth, middle)
    direction = np.array([0.9 * lean[0], 0.45 + 0.5 * lean[1], 0.65])
    sure = 0.1 + 0.3 * explained
    if source is not None:
        compact = 1.0 - share / _LARGEST_SOURCE
        from_source = np.array([source[0], max(source[1], 0.0) + 0.2, -0.25])
        direction = (1 - compact) * direction + compact * from_source / np.linalg.norm(from_source)
        sure = max(sure, 0.3 + 0.3 * compact)
    low, high = np.percentile(smooth, (15, 85))
    return SceneLight(
        direction / np.linalg.norm(direction),
        float(np.clip(high / max(float(low), 0.004), 1.0, 12.0)),
        float(np.percentile(smooth, 85)),
        float(sure),
    )


def _source(smooth: Array, middle: float) -> tuple[tuple[float, float] | None, float]:
    """Return where, -1 ... 1 with y up, the source lies, and its share of the picture."""
    bright = smooth > max(_SOURCE_RATIO * middle, 0.5)
    share = float(bright.mean())
    if not 0.001 < share < _LARGEST_SOURCE:
        return None, share
    y, x = np.nonzero(bright)
    height, width = smooth.shape
    return (float(2 * x.mean() / width - 1), float(1 - 2 * y.mean() / height)), share


def _lean(smooth: Array, middle: float) -> tuple[Array, float]:
    """Return how log luminance rises to the right and up, each -1 ... 1, and how well it fits."""
    height, width = smooth.shape
    rows, columns = np.mgrid[:height, :width]
    x, y = 2 * columns.ravel() / width - 1, 1 - 2 * rows.ravel() / height
    value = np.log(np.clip(smooth.ravel() / middle, 0.05, _SOURCE_RATIO))
    design = np.stack([np.ones_like(x), x, y], axis=1)
    solution, *_ = np.linalg.lstsq(design, value, rcond=None)
    left = float(np.var(value - design @ solution))
    explained = 1.0 - (left + _EVEN) / max(float(np.var(value)), _EVEN)
    return np.tanh(solution[1:]), float(np.clip(explained, 0.0, 1.0))
