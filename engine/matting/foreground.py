"""The subject's own colour where it is mixed with the background.

Wide estimates of foreground and background are spread from where each is surely seen (pull-push,
as the multi-level estimate of Germer et al. 2020 does with averages), then the pixel itself
decides: the smallest change of both that mixes to what was seen (the closed form behind the blur
fusion of Forte 2021). Coarse pixels decide first and are spread again, so that strands far from
the solid subject are expected in their own colour. Spill of a screen is taken out of the wedge of
its hue at constant luma.
Outside the subject its colour goes on, so that filters never pull in the old background.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip
from ..clip.operations import check_same_size, map_frames
from ..clip.strips import strips, tiles_with
from .channels import times
from .chroma_key import inside_bars
from .matte import Matte
from .screen import Screen
from .screen_hue import screen_share, unit_axis, wedge_slope
from .spread import spread
from .window import around

#: Short side the wide estimates are made at, pixels.
COARSE_PX = 270
#: Alpha above which a pixel's colour is surely the subject's; below 1 - SURE surely not.
SURE = 0.97
#: How often coarse pixels are unmixed and spread again, and how much they are averaged then.
ROUNDS, SMOOTH = 2, 0.1
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def foreground_colour(clip: Clip, matte: Matte, *, despill: float) -> Clip:
    """Return the straight foreground colour of ``clip``: RGB, same bits, lazy.

    Args:
        clip: RGB, as large as the matte.
        matte: alpha and, for a keyed one, its screen.
        despill: how much of the screen's hue is taken out, 0 ... 1; without a screen, unused.

    Raises:
        ClipMismatchError: if clip and matte differ in size or length.
    """
    check_same_size([clip, matte.alpha], "foreground colour")
    top, full = clip.format.max_value, matte.alpha.format.max_value
    screen = matte.screen

    def decontaminated(_: int, frame: Array, alpha: Array) -> Array:
        frame = frame[..., :3]
        if screen is not None:
            frame = inside_bars(frame, screen)
        return _foreground(frame, alpha, top, full, screen, despill)

    return map_frames(
        decontaminated,
        [clip, matte.alpha],
        "foreground_colour/4",
        screen,
        despill,
        channels=3,
    )


def _foreground(
    frame: Array, alpha: Array, top: float, full: float, screen: Screen | None, despill: float
) -> Array:
    height, width = alpha.shape
    rule = None if screen is None or despill <= 0 else _Despill(screen, despill)
    none, all_ = alpha <= 0, alpha >= alpha.dtype.type(full)
    mixed = ~(none | all_)
    known = _wide_estimates(frame, alpha, mixed, top, full)
    fore_clean = known.fore if rule is None else rule(known.fore)
    # Rounded before it is enlarged: nothing of it is seen where it is not also unmixed below.
    wide = known.whole(_native(fore_clean, frame, top))
    out = cv2.resize(wide, (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.copyTo(frame, all_.view(np.uint8), out)
    changed = mixed if rule is None else ~none
    for strip in strips(tiles_with(changed), (width, height)):
        pixels = strip.gather(frame).astype(np.float32) * np.float32(1.0 / top)
        part = strip.gather(alpha).astype(np.float32) * np.float32(1.0 / full)
        near_fore = strip.sample(known.fore, known.scale, known.start)
        near_back = strip.sample(known.back, known.scale, known.start)
        pixels = unmix(pixels, part, near_fore, near_back)
        strip.put(_native(pixels if rule is None else rule(pixels), frame, top), out)
    return np.asarray(out)


def unmix(pixels: Array, alpha: Array, fore: Array, back: Array) -> Array:
    """Return the foreground that mixes to ``pixels``, as near to the estimates as can be.

    Args:
        pixels: (H, W, 3) float32.
        alpha: (H, W) float32, 0 ... 1.
        fore: (H, W, 3) float32, the foreground expected.
        back: (H, W, 3) float32, the background expected.
    """
    residual, least = _missed(pixels, alpha, fore, back)
    result = cv2.add(fore, times(residual, alpha * least))
    return np.asarray(np.clip(result, 0.0, 1.0))


def _missed(pixels: Array, alpha: Array, fore: Array, back: Array) -> tuple[Array, Array]:
    """Return what the mixture of both misses, and the reciprocal of its squared weights."""
    rest = 1 - alpha
    residual = cv2.subtract(pixels, cv2.add(times(fore, alpha), times(back, rest)))
    return np.asarray(residual), 1 / (alpha * alpha + rest * rest)


@dataclass(frozen=True)
class _Known:
    """Both sides' colours, spread over a part of the reduced frame.

    Attributes:
        fore: (h, w, 3) float32, of the subject.
        back: (h, w, 3) float32, of the background.
        size: (width, height) of the reduced frame.
        scale: (x, y) size of the reduced frame divided by that of the frame.
        start: (x, y) of the part in the reduced frame.
    """

    fore: Array
    back: Array
    size: tuple[int, int]
    scale: tuple[float, float]
    start: tuple[int, int]

    def whole(self, part: Array) -> Array:
        """Return a picture of the part, continued over the whole reduced frame."""
        left, top = self.start
        right, bottom = self.size[0] - left - part.shape[1], self.size[1] - top - part.shape[0]
        return np.asarray(cv2.copyMakeBorder(part, top, bottom, left, right, cv2.BORDER_REPLICATE))


def _wide_estimates(frame: Array, alpha: Array, mixed: Array, top: float, full: float) -> _Known:
    """Return coarse foreground and background, each spread from where it is surely seen."""
    height, width = alpha.shape
    shrink = max(1.0, min(height, width) / COARSE_PX)
    size = (max(2, round(width / shrink)), max(2, round(height / shrink)))
    spots = mixed.view(np.uint8) * np.uint8(255)
    unsure = area_average(spots, size) > 0
    window = around(unsure) or (slice(0, size[1]), slice(0, size[0]))
    small = area_average(frame, size)[window].astype(np.float32)
    small = small * np.float32(1.0 / top)
    part = area_average(alpha, size)[window].astype(np.float32)
    part = part * np.float32(1.0 / full)
    sure = np.float32(1.0 / (1.0 - SURE))
    fore = np.clip((part - np.float32(SURE)) * sure, 0.0, 1.0)
    back = np.clip((np.float32(1.0 - SURE) - part) * sure, 0.0, 1.0)
    both = spread(small, fore, 0.3), spread(small, back, 0.3)
    for _ in range(ROUNDS):
        both = _spread_again(small, part, *both)
    return _Known(
        *both,
        size,
        (size[0] / width, size[1] / height),
        (window[1].start, window[0].start),
    )


def _spread_again(small: Array, alpha: Array, fore: Array, back: Array) -> tuple[Array, Array]:
    """Return both sides' estimates, corrected by the coarse pixels and spread from these."""
    rest = 1 - alpha
    residual, least = _missed(small, alpha, fore, back)
    fore = np.clip(cv2.add(fore, times(residual, alpha * least)), 0.0, 1.0)
    back = np.clip(cv2.add(back, times(residual, rest * least)), 0.0, 1.0)
    # What shows a side faintly tells its colour badly.
    return spread(fore, alpha**3, SMOOTH), spread(back, rest**3, SMOOTH)


class _Despill:
    """Takes a screen's hue out of float32 RGB pixels at constant luma."""

    def __init__(self, screen: Screen, amount: float) -> None:
        colour = np.array(screen.rgb, np.float32)
        self._axis = unit_axis(colour[None, None])
        self._slope = wedge_slope(screen.rgb)
        self._tint = (colour - float(colour @ LUMA)) * np.float32(amount)

    def __call__(self, pixels: Array) -> Array:
        """Return ``pixels`` (H, W, 3) without spill."""
        spill = np.maximum(screen_share(pixels, self._axis, self._slope), 0.0)
        tint = cv2.merge([spill * part for part in self._tint])
        return np.asarray(np.clip(cv2.subtract(pixels, tint), 0.0, 1.0))


def _native(pixels: Array, like: Array, top: float) -> Array:
    """Return float32 pixels in the form of ``like``, rounded."""
    if like.dtype == np.float32:
        return pixels
    return (pixels * np.float32(top) + np.float32(0.5)).astype(like.dtype)
