"""Background features followed from look to look, far enough apart that parallax shows.

Corners after Shi and Tomasi, pyramidal Lucas-Kanade forwards and back, as in :mod:`.tracks`; but
each trail goes on from where it was last seen, so that it outlives what any keyframe shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array
from ..camera.geometry import cell_of
from ..camera.tracks import View, find_corners
from ..reduced import Size

#: Forwards and back must end this near to where it began, in pixels.
_RETURN_PX = 0.7
#: Trails kept in each cell of the picture.
_IN_CELL = 4
#: New corners are looked for when fewer than this share of the first ones is left.
_FEW = 0.65
_WINDOW, _LEVELS = (17, 17), 4
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 15, 0.03)


@dataclass(frozen=True)
class Seen:
    """The trails that are seen in one look.

    Attributes:
        names: (N,) int64, increasing: which trails.
        points: (N, 2) float64 positions in pixels.
    """

    names: Array
    points: Array


NOTHING = Seen(np.empty(0, np.int64), np.empty((0, 2)))


class Trails:
    """Follows corners through looks that are shown in order."""

    def __init__(self, size: Size) -> None:
        """Prepare for pictures of ``size``."""
        self._size = size
        self._grey: Array | None = None
        self._last = NOTHING
        self._next, self._most = 0, 0

    def follow(self, view: View, *, anew: bool) -> Seen:
        """Return the trails in the next look.

        Args:
            view: the look.
            anew: nothing of the looks before is in it: another scene.
        """
        last = NOTHING
        if self._grey is not None and not anew and len(self._last.names):
            last = self._followed(self._grey, view)
        if anew or len(last.names) < _FEW * self._most or not len(last.names):
            last = self._refilled(last, view)
            self._most = max(len(last.names), 1)
        self._grey, self._last = view.grey, last
        return last

    def _followed(self, grey: Array, view: View) -> Seen:
        start = self._last.points.astype(np.float32).reshape(-1, 1, 2)
        there, ok = _lucas_kanade(grey, view.grey, start, start, _LEVELS)
        back, ok_back = _lucas_kanade(view.grey, grey, there, start, 1)
        gap = np.linalg.norm((back - start).reshape(-1, 2), axis=1)
        points = there.reshape(-1, 2).astype(np.float64)
        kept = (
            (ok.ravel() > 0) & (ok_back.ravel() > 0) & (gap < _RETURN_PX) & _is_free(points, view)
        )
        return Seen(self._last.names[kept], points[kept])

    def _refilled(self, seen: Seen, view: View) -> Seen:
        """Return the trails and new ones where a cell has room."""
        corners = find_corners(view)
        if not len(corners):
            return seen
        cells = cell_of(corners, self._size)
        taken = np.bincount(cell_of(seen.points, self._size), minlength=cells.max() + 1)
        order = np.argsort(cells, kind="stable")
        rank = np.arange(len(order)) - np.searchsorted(cells[order], cells[order])
        room = rank < _IN_CELL - taken[cells[order]]
        new = corners[order[room]]
        names = np.arange(self._next, self._next + len(new))
        self._next += len(new)
        return Seen(np.concatenate([seen.names, names]), np.concatenate([seen.points, new]))


def _lucas_kanade(
    first: Array, second: Array, points: Array, guess: Array, levels: int
) -> tuple[Array, Array]:
    """Return where (N, 1, 2) points went, looked for around ``guess``, and which were found."""
    found, ok, _ = cv2.calcOpticalFlowPyrLK(
        first,
        second,
        points,
        guess.copy(),
        winSize=_WINDOW,
        maxLevel=levels,
        criteria=_STOP,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(found), np.asarray(ok)


def _is_free(points: Array, view: View) -> Array:
    """Return (N,): which points lie well in the picture and not on the subject."""
    size = view.size
    x, y = np.rint(points).astype(np.int64).T
    inside = (x >= 4) & (y >= 4) & (x < size.width - 4) & (y < size.height - 4)
    if view.free is not None:
        inside &= view.free[y.clip(0, size.height - 1), x.clip(0, size.width - 1)] > 0
    return np.asarray(inside)
