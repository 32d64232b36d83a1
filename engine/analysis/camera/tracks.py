"""Background features of a keyframe, followed into other frames.

Corners after Shi and Tomasi (CVPR 1994), spread over the picture, followed by pyramidal
Lucas-Kanade (Bouguet 2001) forwards and back. Each frame is first warped onto the keyframe by the
motion known so far, so that the windows look alike under zoom and roll and only a small step
remains; following the keyframe and not the frame before keeps errors from adding up.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .fit import Fit, fit_motion
from .geometry import cell_of, move

#: Corners kept in each cell of the picture.
_IN_CELL = 5
#: Corners nearer than this to the picture's border are not used, in pixels.
_BORDER_PX = 8
#: Forwards and back must end this near to where it began, in pixels.
_RETURN_PX = 0.5
#: Corners this much weaker than the strongest are noise.
_QUALITY = 0.002
#: Corners of a plain wall or screen are fainter than this,
_FAINTEST = 2.5e-5
#: or than this times the square of the noise in 8-bit codes (the strongest that noise makes).
_NOISIEST = 4e-5
#: More scatter than this is texture, in 8-bit codes.
_MOST_NOISE = 4.0
#: Median magnitude of the Laplacian of noise of one code: 0.6745 times the root of 20.
_LAPLACIAN_OF_NOISE = 3.02
#: How quickly a corner that does not agree loses its vote.
_LEARNED = 0.2
_WINDOW = (15, 15)
_LEVELS = 3
_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 20, 0.02)


@dataclass(frozen=True)
class View:
    """One frame to solve.

    Attributes:
        grey: (H, W) uint8.
        free: (H, W) uint8, 255 where the background shows; None is everywhere.
    """

    grey: Array
    free: Array | None

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return Size(self.grey.shape[1], self.grey.shape[0])


@dataclass(frozen=True)
class Followed:
    """A frame seen from a keyframe.

    Attributes:
        fit: the motion that takes the keyframe's positions to the frame.
        targets: (N, 2) float32, where the keyframe's corners went; NaN where they are not seen.
        visible: share of the keyframe's corners that lie in the frame's background.
        left: corners that were found, as a part of the most that ever were.
        found: share of the corners in the frame's background that were found there.
    """

    fit: Fit
    targets: Array
    visible: float
    left: float
    found: float


class Keyframe:
    """A frame whose corners are followed, and where it lies in frame 0."""

    def __init__(self, view: View, to_first: Array) -> None:
        """Find the corners of ``view``; ``to_first`` (3, 3) takes its positions to frame 0."""
        self.to_first = to_first
        self.points = find_corners(view)
        self.masked = view.free is not None
        self._grey = view.grey
        self._size = view.size
        self._trust = _first_trust(self.points, view)
        self._most = 0.0

    def follow(self, view: View, guess: Array) -> Followed | None:
        """Return the motion from here to ``view``, or None where too little can be followed.

        Args:
            view: the other frame.
            guess: (3, 3), takes positions here to the other frame, about.
        """
        if not len(self.points):
            return None
        expected = move(self.points, guess)
        seen = _is_free(expected, view)
        if not seen.any():
            return None
        points = self.points[seen]
        found, kept = _lucas_kanade(self._grey, _warped(view.grey, guess), points)
        chosen = np.flatnonzero(seen)[kept]
        target = move(found[kept].astype(np.float64), guess)
        fit = fit_motion(self.points[chosen], target, self._trust[chosen], self._size, guess)
        if fit is None:
            return None
        self._trust[chosen] += _LEARNED * (fit.weights - self._trust[chosen])
        count = float(kept.sum())
        self._most = max(self._most, count)
        targets = np.full(self.points.shape, np.nan, np.float32)
        targets[chosen] = target
        return Followed(fit, targets, float(seen.mean()), count / self._most, float(kept.mean()))


def find_corners(view: View) -> Array:
    """Return (N, 2) float64 corners of the background, the strongest of every cell."""
    free = np.zeros(view.grey.shape, np.uint8)
    inner = (slice(_BORDER_PX, -_BORDER_PX), slice(_BORDER_PX, -_BORDER_PX))
    free[inner] = 255 if view.free is None else view.free[inner]
    found, quality = cv2.goodFeaturesToTrackWithQuality(
        view.grey, 2000, _QUALITY, 8, free, blockSize=5
    )
    if found is None or not free.any():
        return np.empty((0, 2))
    faintest = max(_FAINTEST, _NOISIEST * _noise(view.grey, free) ** 2)
    strong = quality.ravel() > faintest
    points = found.reshape(-1, 2)[strong].astype(np.float64)
    cells = cell_of(points, view.size)
    order = np.argsort(cells, kind="stable")
    starts = np.searchsorted(cells[order], cells[order])
    rank = np.arange(len(order)) - starts
    return np.asarray(points[np.sort(order[rank < _IN_CELL])])


def _noise(grey: Array, free: Array) -> float:
    """Return about how much, in 8-bit codes, the picture's noise (or finest texture) scatters."""
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F)[free > 0])
    return min(float(np.median(detail)) / _LAPLACIAN_OF_NOISE, _MOST_NOISE)


def _first_trust(points: Array, view: View) -> Array:
    """Return (N,): 1 where the background is known, less where a subject is likely to stand."""
    if view.free is not None:
        return np.ones(len(points))
    x = np.abs(2 * points[:, 0] / view.size.width - 1)
    y = 1 - points[:, 1] / view.size.height
    return np.asarray(np.clip(0.4 + 1.2 * np.maximum(x - 0.35, y - 0.65), 0.4, 1.0))


def _is_free(points: Array, view: View) -> Array:
    """Return (N,): which points lie in the frame and in its background."""
    x, y = np.rint(points).astype(np.int64).T
    size = view.size
    inside = (x >= 0) & (y >= 0) & (x < size.width) & (y < size.height)
    if view.free is not None:
        free = view.free[y.clip(0, size.height - 1), x.clip(0, size.width - 1)] > 0
        inside &= free
    return np.asarray(inside)


def _warped(grey: Array, guess: Array) -> Array:
    """Return the frame as the keyframe would see it if ``guess`` were right."""
    if np.array_equal(guess, np.eye(3)):
        return grey
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (grey.shape[1], grey.shape[0])
    return np.asarray(
        cv2.warpPerspective(grey, guess, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    )


def _lucas_kanade(first: Array, second: Array, points: Array) -> tuple[Array, Array]:
    """Return where (N, 2) points went, and which (N,) came back when followed the other way."""
    start = points.astype(np.float32).reshape(-1, 1, 2)
    there, ok, _ = cv2.calcOpticalFlowPyrLK(
        first, second, start, start.copy(), winSize=_WINDOW, maxLevel=_LEVELS, criteria=_STOP
    )
    back, ok_back, _ = cv2.calcOpticalFlowPyrLK(
        second,
        first,
        there,
        start.copy(),
        winSize=_WINDOW,
        maxLevel=1,
        criteria=_STOP,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    gap = np.linalg.norm((back - start).reshape(-1, 2), axis=1)
    kept = (ok.ravel() > 0) & (ok_back.ravel() > 0) & (gap < _RETURN_PX)
    return there.reshape(-1, 2), np.asarray(kept)
