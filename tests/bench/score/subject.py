"""Where the subject is found, against the true boxes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..pipeline import Made
from ..studio import Truth
from ..table import OURS, CaseResult, Measure

MEASURES = (Measure("subject/box IoU", higher=True, goal=0.85),)


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures of a studio case."""
    shares = []
    for found, frame in zip(made.tracking.boxes, truth.per_frame, strict=True):
        boxes = [person["box"] for person in frame["people"] if person["box"] is not None]
        if not boxes:
            if found is not None:
                shares.append(0.0)
            continue
        low, high = np.array(boxes)[:, :2].min(0), np.array(boxes)[:, 2:].max(0)
        shares.append(0.0 if found is None else _iou(found, (*low, *high)))
    if shares:
        result.add("subject/box IoU", OURS, float(np.mean(shares)))


def _iou(pixels: Any, edges: Any) -> float:
    """Return the overlap of a box of outermost pixels with one of edges."""
    x0, y0, x1, y1 = pixels[0], pixels[1], pixels[2] + 1, pixels[3] + 1
    wide = min(x1, edges[2]) - max(x0, edges[0])
    high = min(y1, edges[3]) - max(y0, edges[1])
    both = max(wide, 0.0) * max(high, 0.0)
    area = (x1 - x0) * (y1 - y0) + (edges[2] - edges[0]) * (edges[3] - edges[1])
    return float(both / (area - both))
