"""What a simple tracker does: each connected part of the matte goes to the nearest box before."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, Any]
Edges = tuple[float, float, float, float]

#: Parts smaller than this share of the largest are specks.
_SPECK = 0.05


def nearest_boxes(alphas: Array) -> list[list[Edges | None]]:
    """Return a track of boxes, ends excluded, for everybody it thinks there is.

    Args:
        alphas: (T, H, W) uint8 matte of all people.
    """
    tracks: list[list[Edges | None]] = []
    last: list[Edges] = []
    for at, alpha in enumerate(alphas):
        boxes = _boxes(alpha)
        pairs = sorted(
            (_apart(box, before), number, track)
            for number, box in enumerate(boxes)
            for track, before in enumerate(last)
        )
        taken: dict[int, int] = {}
        for _, number, track in pairs:
            if number not in taken and track not in taken.values():
                taken[number] = track
        for number, box in enumerate(boxes):
            if number not in taken:
                taken[number] = len(tracks)
                tracks.append([None] * len(alphas))
                last.append(box)
            tracks[taken[number]][at] = box
            last[taken[number]] = box
    return tracks


def _boxes(alpha: Array) -> list[Edges]:
    count, _, stats, _ = cv2.connectedComponentsWithStats((alpha > 127).astype(np.uint8))
    if count < 2:
        return []
    least = _SPECK * stats[1:, cv2.CC_STAT_AREA].max()
    return [
        (float(x), float(y), float(x + wide), float(y + high))
        for x, y, wide, high, area in stats[1:]
        if area >= least
    ]


def _apart(one: Edges, other: Edges) -> float:
    return float(
        np.hypot(one[0] + one[2] - other[0] - other[2], one[1] + one[3] - other[1] - other[3])
    )
