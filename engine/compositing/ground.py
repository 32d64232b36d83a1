"""Where the subject stands: the lowest contact, the line through the feet, and whether it shows."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import cv2
import numpy as np

from ..clip.clip import Array

#: The steepest line through two feet, in rows per column.
STEEPEST = 0.3


@dataclass(frozen=True)
class Ground:
    """Where a frame's subject stands, in reduced pixels.

    Attributes:
        contact: row of the lowest contact.
        foot: row in which the line through the feet meets column 0.
        slope: rows downward per column of that line: one foot is nearer the camera.
        height: rows from the contact to the top.
        visible: 1 when the contact is inside the picture ... 0 when the border cuts the subject.
    """

    contact: float
    foot: float
    slope: float
    height: float
    visible: float


def find_ground(matte: Array) -> Ground | None:
    """Return where the subject of a reduced matte stands; None when there is none."""
    widths = cv2.reduce(matte, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F)[:, 0] / 65535.0
    rows = np.flatnonzero(widths >= 1.0)
    if len(rows) < 3:
        return None
    last = int(rows[-1])
    below = float(widths[last + 1]) if last + 1 < len(widths) else 0.0
    contact = last + (widths[last] - 1.0) / max(widths[last] - below, 1e-6)
    height = contact - float(rows[0])
    cut = float(widths[-1]) / (0.1 * height)
    first = max(0, int(contact - 0.2 * height))
    lowest = matte[first:].astype(np.float32) / np.float32(65535)
    foot, slope = _line(soles_of(lowest, contact - first, height), contact - first, 0.05 * height)
    return Ground(float(contact), first + foot, slope, height, 1.0 - _smooth(cut, 0.2, 1.0))


def _line(weights: Array, contact: float, steadiness: float) -> tuple[float, float]:
    """Return row at column 0 and slope of the line through ``weights``, level when unsure."""
    rows, columns = np.arange(weights.shape[0])[:, None], np.arange(weights.shape[1])[None]
    total = float(weights.sum())
    if total < 1.0:
        return contact, 0.0
    x = float((weights * columns).sum()) / total
    y = float((weights * rows).sum()) / total
    spread = float((weights * (columns - x) ** 2).sum()) / total
    tilt = float((weights * (columns - x) * (rows - y)).sum()) / total
    slope = min(max(tilt / (spread + steadiness**2), -STEEPEST), STEEPEST)
    return y + 0.5 - slope * x, slope


def steady_ground(grounds: list[Ground | None]) -> Ground:
    """Return the weighted mean around the middle frame."""
    middle = len(grounds) // 2
    total, sums = 1e-9, np.zeros(5)
    for distance, ground in enumerate(grounds, -middle):
        if ground is not None:
            weight = middle + 1 - abs(distance)
            total += weight
            sums += weight * np.array(astuple(ground))
    return Ground(*(sums / total).tolist())


def soles_of(silhouette: Array, contact: float, height: float) -> Array:
    """Return the silhouette's lower edges, less the higher they are above the contact."""
    below = np.vstack([silhouette[1:], np.zeros_like(silhouette[:1])])
    lift = (contact - np.arange(len(silhouette))).clip(0.0, None) / (0.04 * height)
    fade = np.exp(-lift).astype(np.float32)
    return np.asarray(np.maximum(silhouette - below, 0.0) * fade[:, None])


def _smooth(value: float, start: float, stop: float) -> float:
    part = min(max((value - start) / (stop - start), 0.0), 1.0)
    return part * part * (3.0 - 2.0 * part)
