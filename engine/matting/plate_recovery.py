"""Recovers the background from frames in which the subject stands elsewhere.

On the canvas each pixel takes the median of the frames in which it was seen, then the mean of
those that agree with it: a passer-by or a slip of the matte is voted out, noise is averaged. How
often a pixel was seen, and how well the sights agree, is its confidence. Exposure is evened out
first, a factor a channel for each frame. What was never seen is filled from its surroundings
(pull-push, Gortler et al. 1996) and has no confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array
from .plate_canvas import Canvas, project
from .spread import spread

#: Sights of a pixel that make it as sure as it gets.
ENOUGH = 6
#: Deviations, and codes of 255 on top, within which a sight agrees with the median.
AGREE, AGREE_CODES = 2.5, 1.5
#: Codes of 255 of restlessness beyond the noise that halve the confidence.
RESTLESS_CODES = 12.0
#: Values that are worked on at once, so that memory stays within bounds.
VALUES = 6_000_000
#: Width exposure is compared at, pixels; the factors it may take; change that is no change.
LOOK_PX, LEAST_GAIN, MOST_GAIN, NO_CHANGE = 240, 0.4, 2.5, 0.004
#: Codes of 255 between which a pixel tells of exposure.
DARK, BRIGHT = 12.0, 248.0


@dataclass(frozen=True)
class Sample:
    """A frame that the background is looked for in.

    Attributes:
        frame: (H, W, 3) native.
        seen: (H, W) uint8: 255 where the background shows, 0 where the subject is or near it.
        index: of its view on the canvas.
        gain: (3,) what its values are multiplied by to fit the others.
    """

    frame: Array
    seen: Array
    index: int
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Recovered:
    """A background and how surely it is known.

    Attributes:
        picture: (H, W, 3) float32, 0 ... 1.
        confidence: (H, W) float32: 1 seen often and steady, 0 never seen.
    """

    picture: Array
    confidence: Array


def recover(samples: Sequence[Sample], canvas: Canvas, top: float) -> Recovered:
    """Return the background that ``samples`` show, every pixel of it filled.

    Args:
        samples: at least one.
        canvas: where they lie.
        top: the native value of 1.
    """
    picture = np.zeros((canvas.height, canvas.width, 3), np.float32)
    seen = np.zeros((canvas.height, canvas.width), np.float32)
    restless = np.zeros_like(seen)
    rows = max(1, VALUES // (3 * canvas.width * len(samples)))
    for start in range(0, canvas.height, rows):
        part = slice(start, min(start + rows, canvas.height))
        values = [_placed(sample, canvas, part, top) for sample in samples]
        shown = [value for value in values if value is not None]
        if shown:
            picture[part], seen[part], restless[part] = _agreed(shown)
    known = seen > 0
    enough = min(ENOUGH, len(samples))
    confidence = np.minimum(seen / np.float32(enough), 1)
    if known.any():
        noise = np.median(restless[known][:: max(1, int(known.sum()) // 100_000)])
        beyond = np.maximum(restless - 2 * noise, 0) * np.float32(255 / RESTLESS_CODES)
        confidence /= 1 + beyond * beyond
    filled = picture if known.all() else spread(picture, known.astype(np.float32))
    return Recovered(np.clip(filled, 0, 1), np.asarray(confidence, np.float32))


def even_exposure(samples: Sequence[Sample], canvas: Canvas, top: float) -> list[Sample]:
    """Return the samples with gains that bring them to the exposure most of them have."""
    scale = min(1.0, LOOK_PX / samples[0].frame.shape[1])
    small_canvas = canvas.scaled(scale)
    small = [_reduced(sample, scale) for sample in samples]
    for _ in range(2):
        plate = recover(small, small_canvas, top)
        gains = np.array([_gain(sample, plate, small_canvas, top) for sample in small])
        gains /= np.median(gains, axis=0)
        gains[np.abs(gains - 1) < NO_CHANGE] = 1.0
        small = [_with_gain(one, gain) for one, gain in zip(small, gains, strict=True)]
    return [replace(one, gain=other.gain) for one, other in zip(samples, small, strict=True)]


def _with_gain(sample: Sample, gain: Array) -> Sample:
    red, green, blue = (float(value) for value in gain)
    return replace(sample, gain=(red, green, blue))


def _reduced(sample: Sample, scale: float) -> Sample:
    height, width = sample.seen.shape
    size = max(2, round(width * scale)), max(2, round(height * scale))
    seen = np.where(area_average(sample.seen, size) == 255, np.uint8(255), np.uint8(0))
    return replace(sample, frame=area_average(sample.frame, size), seen=seen)


def _gain(sample: Sample, plate: Recovered, canvas: Canvas, top: float) -> Array:
    """Return by what a sample must be multiplied to look like the plate."""
    whole = slice(0, canvas.height)
    placed = _placed(replace(sample, gain=(1.0, 1.0, 1.0)), canvas, whole, top)
    if placed is None:
        return np.ones(3)
    values, seen = placed
    use = seen & (plate.confidence > 0)
    use &= (values.min(2) > DARK / 255) & (values.max(2) < BRIGHT / 255)
    if use.sum() < 64:
        return np.ones(3)
    return np.clip(np.median(plate.picture[use] / values[use], axis=0), LEAST_GAIN, MOST_GAIN)


def _placed(sample: Sample, canvas: Canvas, rows: slice, top: float) -> tuple[Array, Array] | None:
    """Return a sample's pixels (h, W, 3) float32 and where it shows rows of the canvas."""
    gain = np.asarray(sample.gain, np.float32) / np.float32(top)
    if canvas.still:
        return sample.frame[rows].astype(np.float32) * gain, sample.seen[rows] > 0
    height, width = sample.seen.shape
    view = canvas.views[sample.index]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    across = project(view, corners)[:, 1]
    if across.max() < rows.start - 1 or across.min() > rows.stop + 1:
        return None
    move = np.array([[1.0, 0, 0], [0, 1, -rows.start], [0, 0, 1]]) @ view
    size = (canvas.width, rows.stop - rows.start)
    pixels = cv2.warpPerspective(sample.frame, move, size, flags=cv2.INTER_CUBIC)
    seen = cv2.warpPerspective(sample.seen, move, size, flags=cv2.INTER_LINEAR)
    return pixels.astype(np.float32) * gain, seen == 255


def _agreed(shown: list[tuple[Array, Array]]) -> tuple[Array, Array, Array]:
    """Return the agreed colour, how often it was seen, and the spread of the sights."""
    values = np.stack([pixels for pixels, _ in shown])
    seen = np.stack([where for _, where in shown])
    count = seen.sum(0)
    middle = _median(np.where(seen[..., None], values, np.float32(np.inf)), count)
    apart = np.abs(values - middle)
    spreads = _median(np.where(seen, apart.max(-1), np.float32(np.inf))[..., None], count)[..., 0]
    spreads *= np.float32(1.4826)
    bound = spreads * np.float32(AGREE) + np.float32(AGREE_CODES / 255)
    agrees = (seen & (apart.max(-1) <= bound)).astype(np.float32)
    number = np.maximum(agrees.sum(0), 1)
    mean = np.einsum("nhwc,nhw->hwc", values, agrees) / number[..., None]
    known = count > 0
    return (
        np.where(known[..., None], mean, np.float32(0)),
        count.astype(np.float32),
        np.where(known, spreads, np.float32(0)),
    )


def _median(values: Array, count: Array) -> Array:
    """Return the median (h, W, C) of the first ``count`` smallest of (N, h, W, C)."""
    ordered = np.sort(np.moveaxis(values, 0, -1), axis=-1)
    last = np.maximum(count - 1, 0)[..., None, None]
    low = np.take_along_axis(ordered, last // 2, -1)[..., 0]
    high = np.take_along_axis(ordered, (last + 1) // 2, -1)[..., 0]
    return np.asarray(np.where(count[..., None] > 0, (low + high) * np.float32(0.5), 0), np.float32)
