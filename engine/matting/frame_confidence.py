"""How sure a matte is of each frame, and where a correction would help most.

A frame is in doubt by the area near its outline whose colours belong to the other side (see
``colour_grid``): of many signs that were tried on mattes whose truth is known - time since the
prompt, change of shape and of colours, what the flow explains - it alone foretells the error in a
clip, and mixtures did no better. It needs clip and matte only, so it judges any matte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_length, check_same_size, convert, resize
from ..clip.pull import pull_each
from ..context import Context
from ..fingerprint import fingerprint
from .colour_grid import likely_subject
from .matte import Matte
from .shape import signed_distance
from .window import around

STAGE = "matting"
#: Short side of the picture that is judged on, pixels; all other pixels here are of it.
COARSE_PX = 180
#: Pixels this near the outline are mixed, and not learned from.
MIXED_PX = 2.0
#: How far from the outline a doubt counts for the frame, and for the place to click.
NEAR_PX, PLACE_PX = 8.0, 24.0
#: A place is sought where the doubt, so smoothed, is over half.
SMOOTH_PX, IN_DOUBT = 1.5, 0.5
#: Clear doubt counts more for a place, by this power, than much of a faint one.
CLEAR = 3
#: Places that are named, and least frames between them: as a share of the clip, and bounds.
PLACES, APART, LEAST_APART, MOST_APART = 8, 1 / 12, 3, 24


@dataclass(frozen=True)
class Place:
    """A place to correct at.

    Attributes:
        frame: counted from 0.
        x: from the left, pixels of the clip.
        y: from the top.
        confidence: of that frame, 0 ... 1.
    """

    frame: int
    x: int
    y: int
    confidence: float

    @property
    def point(self) -> str:
        """The place as the prompt ``points`` takes it, but for the sign."""
        return f"{self.x},{self.y}@{self.frame}"


@dataclass(frozen=True)
class FrameConfidence:
    """How sure a matte is.

    Attributes:
        frames: confidence of every frame, 0 ... 1.
        least_sure: where to correct, the least sure frame first.
    """

    frames: tuple[float, ...]
    least_sure: tuple[Place, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write."""
        places = [
            {
                "frame": one.frame,
                "x": one.x,
                "y": one.y,
                "confidence": one.confidence,
                "point": one.point,
            }
            for one in self.least_sure
        ]
        return {"frames": list(self.frames), "least_sure": places}

    def to_text(self, count: int = 3) -> str:
        """Return the ``count`` least sure frames in words; nothing where there are none."""
        frames = [str(one.frame) for one in self.least_sure[:count]]
        if not frames:
            return ""
        return f"least sure at frame{'s' if len(frames) > 1 else ''} {', '.join(frames)}"


def frame_confidence(clip: Clip, matte: Matte, context: Context) -> FrameConfidence:
    """Return how sure ``matte`` is of each frame of ``clip``; kept in the store.

    A frame without a subject is as sure as the last that showed one: what left in doubt may be
    there still.

    Args:
        clip: RGB, as large and as long as the matte.
        matte: what is judged.
        context: store, progress and cancel.

    Raises:
        ClipMismatchError: if clip and matte differ in size or length.
        Cancelled: if the host asked to stop.
    """
    check_same_length([clip, matte.alpha], "frame confidence")
    check_same_size([clip, matte.alpha], "frame confidence")
    key = fingerprint("frame_confidence/1", clip.fingerprint, matte.alpha.fingerprint)
    looks = np.array(context.store.record(key, lambda: list(_looks(clip, matte, context))))
    sure = _confidence(looks[:, 0], looks[:, 1])
    scale = clip.format.width / _size(clip)[0], clip.format.height / _size(clip)[1]
    return FrameConfidence(
        tuple(round(float(one), 4) for one in sure), _least_sure(sure, looks[:, 2:], scale)
    )


def _size(clip: Clip) -> tuple[int, int]:
    """Return width and height of what is judged on."""
    width, height = clip.format.width, clip.format.height
    shrink = max(1.0, min(width, height) / COARSE_PX)
    return max(2, round(width / shrink)), max(2, round(height / shrink))


def _looks(clip: Clip, matte: Matte, context: Context) -> Iterator[list[float]]:
    """Yield area of the doubt, area of the subject, x and y of the place (-1: none) a frame."""
    size = _size(clip)
    small = convert(resize(clip, *size), 8)
    alpha = convert(resize(matte.alpha, *size), 8)

    def look(index: int) -> list[float]:
        return _look(np.ascontiguousarray(small.frame(index)[..., :3]), alpha.frame(index))

    looks = pull_each(small, look, workers=context.workers, check=context.check)
    yield from context.steps(looks, len(clip), STAGE, "Judging the matte")


def _look(frame: Array, alpha: Array) -> list[float]:
    mask = alpha > 127
    distance = signed_distance(alpha / np.float32(255))
    # OpenCV says "infinitely far" where a mask has no outline.
    far = np.minimum(np.abs(distance), np.float32(1e3))
    likely = likely_subject(frame, mask, far > MIXED_PX)
    doubt = np.abs(likely - mask)
    area = float((doubt * _near(far, NEAR_PX)).sum())
    return [area, float(mask.sum()), *_place(likely, mask, _near(far, PLACE_PX))]


def _near(far: Array, reach_px: float) -> Array:
    return np.asarray(np.exp(-np.square(far * np.float32(1 / reach_px))))


def _place(likely: Array, mask: Array, near: Array) -> tuple[int, int]:
    """Return x, y deep within the region that most looks like the other side; -1, -1 for none."""
    window = around(mask)
    if window is None:
        return -1, -1
    likely, mask, near = likely[window], mask[window], near[window]
    smooth = cv2.GaussianBlur(likely, (0, 0), SMOOTH_PX)
    most, best = 0.0, None
    for side, other in ((mask, 1 - smooth), (~mask, smooth)):
        doubt = other * near * side
        _, parts = cv2.connectedComponents((doubt > IN_DOUBT).view(np.uint8), connectivity=4)
        within = parts > 0
        weights = np.bincount(parts[within], doubt[within] ** CLEAR, minlength=1)
        if weights.max() > most:
            most, best = weights.max(), parts == weights.argmax()
    if best is None:
        return -1, -1
    depth = cv2.distanceTransform(np.pad(best, 1).view(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(x) + window[1].start, int(y) + window[0].start


def _confidence(doubt: Array, area: Array) -> Array:
    """Return confidence 0 ... 1 from the areas a frame; the subject's usual size is the scale."""
    shown = np.flatnonzero(area > 0)
    if not len(shown):
        return np.zeros(len(area))
    sure = 1 / (1 + doubt / np.median(area[shown]))
    last = np.maximum.accumulate(np.where(area > 0, np.arange(len(area)), shown[0]))
    return np.asarray(sure[last])


def _least_sure(sure: Array, places: Array, scale: tuple[float, float]) -> tuple[Place, ...]:
    """Return the least sure frames that lie apart and know a place, with it at the clip's size."""
    apart = int(np.clip(APART * len(sure), LEAST_APART, MOST_APART))
    found: list[Place] = []
    for frame in np.argsort(sure, kind="stable"):
        near = any(abs(int(frame) - one.frame) < apart for one in found)
        if near or places[frame, 0] < 0 or len(found) == PLACES:
            continue
        x, y = (int((at + 0.5) * by) for at, by in zip(places[frame], scale, strict=True))
        # A point whose numbers are all at most 1 would be read as shares of the frame.
        found.append(Place(int(frame), max(2, x), y, round(float(sure[frame]), 4)))
    return tuple(found)
