"""Lines, marks and words on an RGB picture, legible on any ground."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..clip.clip import Array

Colour = tuple[int, int, int]
Place = Sequence[float] | Array

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def line(picture: Array, points: Sequence[Sequence[float]] | Array, colour: Colour) -> None:
    """Draw a polyline through (N, 2) positions, in place."""
    path = np.rint(np.asarray(points, np.float64).reshape(-1, 1, 2)).astype(np.int32)
    for width, paint in ((4, BLACK), (2, colour)):
        cv2.polylines(picture, [path], False, paint, width, cv2.LINE_AA)


def dot(picture: Array, at: Place, colour: Colour, radius: int = 5) -> None:
    """Draw a filled mark, in place."""
    where = round(at[0]), round(at[1])
    cv2.circle(picture, where, radius + 1, BLACK, -1, cv2.LINE_AA)
    cv2.circle(picture, where, radius, colour, -1, cv2.LINE_AA)


def frame(picture: Array, box: Place, colour: Colour) -> None:
    """Draw a box x0, y0, x1, y1, in place."""
    x0, y0, x1, y1 = box
    line(picture, [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], colour)


def words(picture: Array, text: str, at: Place, colour: Colour = WHITE, size: float = 0.5) -> None:
    """Write a line whose baseline begins at ``at``, in place."""
    x, y = round(at[0]), round(at[1])
    # A thicker stroke would be wider in some versions of OpenCV: the rim is the word itself.
    for right, down in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1)):
        cv2.putText(picture, text, (x + right, y + down), _FONT, size, BLACK, 1, cv2.LINE_AA)
    cv2.putText(picture, text, (x, y), _FONT, size, colour, 1, cv2.LINE_AA)


def width_of(text: str, size: float = 0.5) -> int:
    """Return how wide a line of words is, in pixels."""
    return int(cv2.getTextSize(text, _FONT, size, 1)[0][0])
