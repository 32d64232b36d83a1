"""The line where a plate's ground ends at a wall, seen in its depth.

Down to the line a wall that faces the camera is as near as the ground is there; below it the
ground comes nearer evenly with each row, for relative inverse depth is linear on a plane (R.
Hartley, A. Zisserman, *Multiple View Geometry*, 2004, chapter 8). Columns vote for their line.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array

#: Columns and rows in which the line is looked for.
_COLUMNS, _ROWS = 48, 180
#: The wall is seen from that far above the horizon, and ends at that much below it at least; so
#: much ground is seen before it. In parts of the picture's height.
_ABOVE, _BELOW, _GROUND = 0.05, 0.04, 0.06
#: Part of a column's variance that a line leaves at most, and of what is left without a wall.
_LEFT, _BETTER = 0.04, 0.3
#: Part of the columns that must show a wall, of which that part must agree so closely.
_SHOW, _AGREE, _NEAR = 0.5, 0.7, 0.03


def find_wall(nearness: Array, horizon: float, slope: float = 0.0) -> float | None:
    """Return the height of the line in the picture's middle column; None where no wall is seen.

    Args:
        nearness: (H, W) relative inverse depth of the plate, of any scale and offset.
        horizon: height of the horizon in the middle column, in parts of the height from the top.
        slope: how much lower it is, in the same parts, at the right border than at the left.
    """
    plain = cv2.resize(nearness, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA)
    rows = (np.arange(_ROWS) + 0.5) / _ROWS
    aside = slope * ((np.arange(_COLUMNS) + 0.5) / _COLUMNS - 0.5)
    lines = np.concatenate([[horizon], rows[(rows > horizon + _BELOW) & (rows < 1.0 - _GROUND)]])
    found = []
    for values, off in zip(plain.T.astype(np.float64), aside.tolist(), strict=True):
        line = _line(values, rows - off, lines, horizon)
        if line is not None:
            found.append(line)
    if len(found) < _SHOW * _COLUMNS:
        return None
    middle = float(np.median(found))
    agreeing = np.abs(np.array(found) - middle) < _NEAR
    return middle if np.mean(agreeing) > _AGREE else None


def _line(values: Array, rows: Array, lines: Array, horizon: float) -> float | None:
    """Return which of the lines ends a column's ground; None for the first, the horizon.

    Args:
        values: (H,) nearness.
        rows: (H,) their heights.
        lines: (N,) heights that are tried.
        horizon: its height.
    """
    some = rows > max(horizon - _ABOVE, 0.0)
    own = values[some] - values[some].mean()
    shapes = np.maximum(rows[some], lines[:, None])
    shapes -= shapes.mean(axis=1, keepdims=True)
    total = float(own @ own)
    fits = shapes @ own
    left = total - np.where(fits > 0, fits * fits, 0.0) / np.square(shapes).sum(axis=1)
    best = int(np.argmin(left))
    if best == 0 or left[best] > _LEFT * total or left[best] > _BETTER * left[0]:
        return None
    return float(lines[best])
