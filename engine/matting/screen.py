"""Finds an evenly coloured screen behind the subject.

Sampled frames vote: a screen is one saturated hue that fills most of the border, is smooth at a
small scale (lawns, foliage and curtains are not) and stays through the clip. White, grey and
pale skies are no screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..context import Context
from ..fingerprint import fingerprint
from .screen_hue import SKIN_HUE_DEG

#: Frames looked at, and the width they are looked at in.
SAMPLES, LOOK_PX = 8, 192
#: Half width of the hue range that counts as one colour, degrees.
HUE_DEG = 14.0
#: Hues this near to skin's are skin, wood, brick and lamplight, degrees.
WOOD_DEG = 28.0
#: Share of the top and side borders, and of the picture, that a screen covers at least.
BORDER_SHARE, PICTURE_SHARE = 0.55, 0.12
#: Largest median and 90th percentile of the local contrast inside a screen (1 is full scale).
EVEN_MEDIAN, EVEN_HIGH = 0.014, 0.05


@dataclass(frozen=True)
class Screen:
    """An evenly coloured screen found in a clip.

    Attributes:
        rgb: its median colour, 0 ... 1, display-referred.
        share: the part of the picture it covers, 0 ... 1.
        picture: (x0, y0, x1, y1) pixels, the end excluded: the picture inside black bars.
    """

    rgb: tuple[float, float, float]
    share: float
    picture: tuple[int, int, int, int]


def detect_screen(clip: Clip, context: Context) -> Screen | None:
    """Return the screen that ``clip`` (RGB) was shot in front of, or None.

    The answer is kept in the store under the clip's fingerprint.
    """

    def compute() -> dict[str, Any]:
        step = max(1, len(clip) // SAMPLES)
        looked = []
        for index in range(step // 2, len(clip), step):
            context.check()
            looked.append(_small(clip.frame(index), clip.format.max_value))
        found = _find(looked, (clip.format.width, clip.format.height))
        return (
            {} if found is None else {"rgb": found.rgb, "share": found.share, "at": found.picture}
        )

    kept = context.store.record(fingerprint("detect_screen/2", clip.fingerprint), compute)
    if not kept:
        return None
    red, green, blue = kept["rgb"]
    x0, y0, x1, y1 = kept["at"]
    return Screen((red, green, blue), kept["share"], (x0, y0, x1, y1))


def _small(frame: Array, max_value: float) -> Array:
    """Return the frame as float32 RGB in 0 ... 1, LOOK_PX wide."""
    height = max(8, round(frame.shape[0] * LOOK_PX / frame.shape[1]))
    small = cv2.resize(frame[..., :3], (LOOK_PX, height), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(max_value)


def _find(frames: list[Array], size: tuple[int, int]) -> Screen | None:
    left, top, right, bottom = _picture(frames)
    if right - left < LOOK_PX // 2 or bottom - top < 8:
        return None
    inside = [np.ascontiguousarray(frame[top:bottom, left:right]) for frame in frames]
    hue = _border_hue(inside)
    # A key on the hue of skin would key the subject: that is a room of wood, not a screen.
    if hue is None or abs((hue - SKIN_HUE_DEG + 180) % 360 - 180) < WOOD_DEG:
        return None
    votes = [_screen_in(frame, hue) for frame in inside]
    found = [vote for vote in votes if vote is not None]
    if len(found) < 0.7 * len(votes):
        return None
    rgb = np.median([colour for colour, _ in found], axis=0)
    share = float(np.median([part for _, part in found]))
    scale_x, scale_y = size[0] / frames[0].shape[1], size[1] / frames[0].shape[0]
    picture = (
        int(np.ceil(left * scale_x)),
        int(np.ceil(top * scale_y)),
        int(np.floor(right * scale_x)),
        int(np.floor(bottom * scale_y)),
    )
    return Screen((float(rgb[0]), float(rgb[1]), float(rgb[2])), share, picture)


def _picture(frames: list[Array]) -> tuple[int, int, int, int]:
    """Return (x0, y0, x1, y1) of what is not a black bar in any frame."""
    brightest = np.max([frame.max(2) for frame in frames], axis=0)
    rows = np.flatnonzero(np.quantile(brightest, 0.95, axis=1) > 0.09)
    columns = np.flatnonzero(np.quantile(brightest, 0.95, axis=0) > 0.09)
    if not rows.size or not columns.size:
        return 0, 0, 0, 0
    x0, y0, x1, y1 = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    height, width = brightest.shape
    # A row that is half bar, half picture goes with the bar.
    x0, y0 = x0 + (x0 > 0), y0 + (y0 > 0)
    return x0, y0, x1 - (x1 < width), y1 - (y1 < height)


def _hsv(frame: Array) -> tuple[Array, Array, Array]:
    hue, saturation, value = cv2.split(cv2.cvtColor(frame, cv2.COLOR_RGB2HSV))
    return hue, saturation, value


def _border(shape: tuple[int, ...]) -> Array:
    """Return the mask of the top and the upper part of the sides (subjects stand below)."""
    height, width = shape[:2]
    mask = np.zeros((height, width), bool)
    mask[: max(2, height // 12)] = True
    side = max(2, width // 16)
    mask[: round(height * 0.8), :side] = True
    mask[: round(height * 0.8), -side:] = True
    return mask


def _border_hue(frames: list[Array]) -> float | None:
    """Return the commonest hue of the saturated border, degrees, or None without one."""
    counts = np.zeros(360)
    border = _border(frames[0].shape)
    for frame in frames:
        hue, saturation, value = _hsv(frame)
        coloured = border & (saturation > 0.3) & (value > 0.12)
        counts += np.bincount(hue[coloured].astype(int) % 360, minlength=360)
    kernel = np.ones(2 * int(HUE_DEG) + 1)
    around = np.convolve(np.concatenate([counts, counts, counts]), kernel, "same")[360:720]
    if around.max() < BORDER_SHARE * border.sum() * len(frames):
        return None
    # Every hue that reaches all of them counts the same: the middle of these.
    first = int(around.argmax())
    turned = np.roll(around, 180 - first) == around[first]
    below, above = turned[180::-1].argmin(), turned[180:].argmin()
    return float((first + (above - below) / 2) % 360)


def _screen_in(frame: Array, hue: float) -> tuple[Array, float] | None:
    """Return (median colour, share of the picture) of the screen of that hue, or None."""
    hues, saturation, value = _hsv(frame)
    apart = np.abs((hues - hue + 180) % 360 - 180)
    like = (apart < 1.5 * HUE_DEG) & (saturation > 0.25) & (value > 0.1)
    region = _touching_border(like)
    if region[_border(region.shape)].mean() < BORDER_SHARE or region.mean() < PICTURE_SHARE:
        return None
    core = cv2.erode(region.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if region.mean() > 0.985 or core.sum() < 50:
        return None
    median = np.median(frame[core], axis=0)
    if float(np.median(saturation[core])) < _least_saturation(hue) or not _is_even(frame, core):
        return None
    return median, float(region.mean())


def _touching_border(mask: Array) -> Array:
    """Return the parts of ``mask`` that are large or touch the top or a side."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    width = mask.shape[1]
    keep = np.zeros(count, bool)
    for label in range(1, count):
        x, y, w, _, area = stats[label]
        keep[label] = (y == 0 or x == 0 or x + w == width) and area > 0.004 * mask.size
    return np.asarray(keep[labels])


def _least_saturation(hue: float) -> float:
    """Return how saturated a screen of that hue must be: skies, skin and wood are less so."""
    if 60 <= hue < 175:
        return 0.38
    return 0.72 if 175 <= hue < 232 else 0.62


def _is_even(frame: Array, core: Array) -> bool:
    """Whether the small-scale contrast inside ``core`` is that of paint or cloth, not of leaves."""
    weights = core.astype(np.float32)
    size = (5, 5)
    amount = np.maximum(cv2.boxFilter(weights, -1, size), 1e-3)[..., None]
    mean = cv2.boxFilter(frame * weights[..., None], -1, size) / amount
    contrast = np.abs(frame - mean).max(2)[core]
    return bool(np.median(contrast) < EVEN_MEDIAN and float(np.quantile(contrast, 0.9)) < EVEN_HIGH)
