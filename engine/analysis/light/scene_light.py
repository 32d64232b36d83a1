"""Key light of a picture without a subject: its bright source, and how the rest falls off.

A small area much brighter than the rest is a window, a lamp or the sun: the light comes from
there, and from behind whoever stands in front of it. Otherwise the luminance of the picture,
without the areas that emit, leans toward the light. Both are only hints, and the confidence
says so. One round disc of full brightness in a glow that fades is the sun itself, and no hint.
"""

from __future__ import annotations

import math
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
#: Least linear luminance of the sun, and of its disc over that; its least and largest share of the
#: picture.
_BRIGHT, _DISC, _SMALLEST_SUN, _LARGEST_SUN = 0.75, 0.93, 1.5e-4, 0.012
#: How much of the circle round it a disc fills, and of its area another such thing may have.
_ROUND, _OTHERS = 0.75, 0.3
#: The glow just round the disc over that further off, and at least; the disc over what is further.
_GLOW, _LEAST_GLOW, _STANDS_OUT = 1.25, 0.25, 2.0
#: Width of the picture over the distance it is seen from, as a rule; and how sure its sun is.
_VIEW, _SUN_SURE = 1.1, 0.9


@dataclass(frozen=True)
class SceneLight:
    """What a picture hints of its light.

    Attributes:
        direction: (3,) unit vector to the light; y up, z toward the camera.
        contrast: light over dark halves of the picture, 1 or more.
        key: linear luminance of the lit parts.
        sure: 0 ... 0.6; 0.9 where the sun itself is seen.
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
    sun = _sun(light)
    if sun is not None:
        direction, sure = sun, _SUN_SURE
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


def _sun(light: Array) -> Array | None:
    """Return the direction (3,) of a sun whose disc is seen; None where there is none."""
    disc = _disc(light)
    if disc is None or not _glows(light, *disc):
        return None
    x, y, _ = disc
    height, width = light.shape
    up = (0.5 * height - y) / width * _VIEW
    direction = np.array([(x / width - 0.5) * _VIEW, max(up, 0.05), -1.0])
    return np.asarray(direction / np.linalg.norm(direction))


def _disc(light: Array) -> tuple[float, float, float] | None:
    """Return middle x, y and radius of the one round thing that is brightest, or None."""
    height, width = light.shape
    bright = light > max(_DISC * float(light.max()), _BRIGHT)
    _, _, stats, centres = cv2.connectedComponentsWithStats(bright.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas):
        return None
    largest = int(areas.argmax()) + 1
    left, top, wide, high, area = (int(v) for v in stats[largest])
    whole = left > 0 and top > 0 and left + wide < width and top + high < height
    alone = int(np.sum(areas > _OTHERS * area)) == 1
    filled = area > _ROUND * math.pi / 4 * max(wide, high) ** 2
    fits = _SMALLEST_SUN < area / light.size < _LARGEST_SUN
    if not (whole and alone and filled and fits):
        return None
    x, y = centres[largest].tolist()
    return x, y, math.sqrt(area / math.pi) + 1.0


def _glows(light: Array, x: float, y: float, radius: float) -> bool:
    """Return whether the light round a disc fades with the distance, and the disc stands out."""
    rows, columns = np.mgrid[: light.shape[0], : light.shape[1]]
    away = np.hypot(columns - x, rows - y) / radius
    near, far = (light[(away > start) & (away < stop)] for start, stop in ((1.5, 2.5), (4.0, 7.0)))
    if not near.size or not far.size:
        return False
    level = float(np.median(far))
    fades = float(np.median(near)) > max(_GLOW * level, _LEAST_GLOW)
    return fades and float(light.max()) > _STANDS_OUT * level


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
