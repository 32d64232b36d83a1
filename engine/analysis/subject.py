"""Tracking the subject: its box, centre and standing point in every frame, read from the matte."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..context import Context
from .curve import smoothed
from .passes import Footage, Look, Question, ask_one
from .tracking import Box, Point, SubjectTracking

__all__ = ["SUBJECT", "SubjectTracking", "track_subject"]

#: Pieces of the matte smaller than this part of the largest one are specks.
_SPECK = 0.05
#: A frame with less than this share of the picture has no subject.
_EMPTY = 0.0005
#: Alpha, 8 bits, above which a pixel belongs to the subject.
_HALF = 127


@dataclass(frozen=True)
class _Found:
    """A subject in one reduced frame: box, centre, standing point, share of the picture."""

    box: Box
    centre: Point
    contact: Point
    coverage: float


def track_subject(clip: Clip, matte: Clip, context: Context) -> SubjectTracking:
    """Return where the subject is in every frame, kept in the store.

    Reads the clip once, at about 960 x 540; positions are good to about a reduced pixel.

    Args:
        clip: the source.
        matte: one channel, 1 is the subject.
        context: store, progress and cancel.

    Raises:
        ClipMismatchError: if the matte has another length or size than the clip.
        Cancelled: if the host asked to stop.
    """
    return ask_one(clip, context, SUBJECT, matte=matte, message="Tracking the subject")


class _SubjectObserver:
    """Finds the subject in each frame's matte."""

    def __init__(self, footage: Footage) -> None:
        self._footage = footage
        self._found: list[_Found | None] = []

    def see(self, look: Look) -> None:
        self._found.append(None if look.alpha is None else _find(look.alpha))

    def answer(self) -> SubjectTracking:
        fmt, size, found = self._footage.format, self._footage.size, self._found
        x, y = fmt.width / size.width, fmt.height / size.height
        boxes = tuple(None if one is None else _full_box(one.box, x, y) for one in found)
        return SubjectTracking(
            boxes=boxes,
            smooth_boxes=_steadied(boxes, float(fmt.fps)),
            centres=tuple(None if one is None else _full(one.centre, x, y) for one in found),
            contacts=tuple(None if one is None else _full(one.contact, x, y) for one in found),
            coverage=tuple(0.0 if one is None else one.coverage for one in found),
        )


SUBJECT = Question("track-subject/3", _SubjectObserver, SubjectTracking.from_json)


def _find(alpha: Array) -> _Found | None:
    """Return the subject of a reduced 8-bit matte: its largest pieces, without specks."""
    binary = (alpha > _HALF).astype(np.uint8)
    count, labels, stats, centroids = cv2.connectedComponentsWithStats(binary, connectivity=8)
    if count < 2:
        return None
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    chosen = areas >= max(_SPECK * areas.max(), 1)
    chosen[0] = False
    share = np.where(chosen, areas, 0)
    total = int(share.sum())
    if total < _EMPTY * alpha.size:
        return None
    left, top, width, height = stats[chosen, :4].T
    bottom = int((top + height).max()) - 1
    high = bottom - max(2, alpha.shape[0] // 100) + 1
    low = np.nonzero(chosen[labels[high : bottom + 1]])[1]
    x, y = share @ centroids / total
    return _Found(
        box=(float(left.min()), float(top.min()), float((left + width).max() - 1), float(bottom)),
        centre=(float(x), float(y)),
        contact=(float(low.mean()), float(bottom)),
        coverage=total / alpha.size,
    )


def _full(point: Point, x: float, y: float) -> Point:
    """Return a reduced position at full size (pixel centres at whole numbers)."""
    return (point[0] + 0.5) * x - 0.5, (point[1] + 0.5) * y - 0.5


def _full_box(box: Box, x: float, y: float) -> Box:
    """Return a box of outermost pixels as the box of outermost full-size pixels."""
    x0, y0, x1, y1 = box
    return x0 * x, y0 * y, (x1 + 1) * x - 1, (y1 + 1) * y - 1


def _steadied(boxes: tuple[Box | None, ...], fps: float) -> tuple[Box | None, ...]:
    """Return boxes without jitter from the first to the last seen; None outside."""
    seen = np.array([index for index, box in enumerate(boxes) if box is not None])
    if not seen.size:
        return boxes
    values = np.array([box for box in boxes if box is not None])
    span = np.arange(seen[0], seen[-1] + 1)
    filled = np.stack([np.interp(span, seen, column) for column in values.T], axis=1)
    steady: list[Box | None] = [None] * len(boxes)
    for index, (x0, y0, x1, y1) in zip(span, smoothed(filled, fps), strict=True):
        steady[int(index)] = (float(x0), float(y0), float(x1), float(y1))
    return tuple(steady)
