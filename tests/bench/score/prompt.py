"""The prompt that a run is given: a box round everybody, as a person would draw it."""

from __future__ import annotations

import numpy as np

from ..studio import Truth

Box = tuple[int, int, int, int]

#: Room left round the true box, as a share of its longer side.
PAD = 0.03


def prompt_box(truth: Truth, at: int = 0) -> Box:
    """Return x0, y0, x1, y1, the ends excluded, in frame ``at``; empty where nobody is seen."""
    width, height = truth.size
    boxes = [person["box"] for person in truth.per_frame[at]["people"] if person["box"]]
    if not boxes:
        return 0, 0, 0, 0
    edges = np.array(boxes)
    low, high = edges[:, :2].min(0), edges[:, 2:].max(0)
    pad = PAD * (high - low).max()
    x0, y0 = np.maximum(low - pad, 0)
    x1, y1 = np.minimum(high + pad, (width, height))
    return int(x0), int(y0), round(float(x1)), round(float(y1))


def as_text(box: Box) -> str:
    """Return a box as the node takes it; nothing for an empty one."""
    return ",".join(str(edge) for edge in box) if box[2] > box[0] else ""
