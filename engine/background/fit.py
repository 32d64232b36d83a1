"""How a picture is laid behind a moving camera: cover fit with room for the camera's whole path.

The picture lives in frame 0's space. Each frame's corners are followed there, and the picture is
enlarged until it covers them all. When that would enlarge it too far, the motion is damped:
first its perspective is dropped, then its extent is reduced, so that no border ever shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array

#: Frame pixels kept free at the picture's border for filters and local displacement.
MARGIN_PX = 3.0


@dataclass(frozen=True)
class PlateFit:
    """Where each frame looks into the picture.

    Attributes:
        views: (T, 3, 3) homographies, frame pixels to picture pixels.
        zoom: enlargement over a plain cover fit, at least 1.
        motion: part of the asked motion that is kept, 0 ... 1.
        perspective: False when perspective was dropped to make room.
        density: picture pixels per frame pixel, the mean over the clip.
    """

    views: Array
    zoom: float
    motion: float
    perspective: bool
    density: float


def fit_plate(
    picture: tuple[int, int],
    frame: tuple[int, int],
    transforms: Sequence[Array],
    *,
    motion: float,
    overscan: float,
) -> PlateFit:
    """Return how a picture covers all frames of a camera's path.

    Args:
        picture: (width, height) in pixels.
        frame: (width, height) in pixels.
        transforms: one (3, 3) homography a frame, from its pixels to frame 0's.
        motion: part of the motion to follow, 0 ... 1.
        overscan: largest enlargement over a plain cover fit, at least 1.
    """
    corners = _corners(frame)
    paths = np.stack([_project(matrix, corners) for matrix in transforms])
    asked = corners + motion * (paths - corners)
    perspective = True
    if _zoom(asked, picture, frame) > overscan:
        asked, perspective = np.stack([_similar(corners, path) for path in asked]), False
    kept = _largest_motion(asked, corners, picture, frame, overscan)
    paths = corners + kept * (asked - corners)
    zoom = max(1.0, _zoom(paths, picture, frame))
    place = _placement(paths, picture, frame, zoom)
    exact = motion == 1.0 and perspective and kept == 1.0
    inside = transforms if exact else [_from_corners(corners, path) for path in paths]
    views = np.stack([place @ (matrix / matrix[2, 2]) for matrix in inside])
    return PlateFit(views, zoom, kept, perspective, _density(views, frame))


def visible(views: Array, frame: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return (x0, y0, x1, y1) of everything the views see, in the space they map to."""
    points = np.stack([_project(view, _corners(frame)) for view in views]).reshape(-1, 2)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _corners(frame: tuple[int, int]) -> Array:
    """Return the frame's outer corners; (0, 0) is the centre of the first pixel."""
    right, bottom = frame[0] - 0.5, frame[1] - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def _project(matrix: Array, points: Array) -> Array:
    mapped = np.column_stack([points, np.ones(len(points))]) @ np.asarray(matrix, float).T
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def _from_corners(corners: Array, path: Array) -> Array:
    start, stop = corners.astype(np.float32), path.astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(start, stop))


def _similar(corners: Array, path: Array) -> Array:
    """Return where the closest shift, turn and zoom (least squares) puts the corners."""
    start = corners - corners.mean(axis=0)
    stop = path - path.mean(axis=0)
    power = float((start**2).sum())
    real = float((start * stop).sum()) / power
    imaginary = float((start[:, 0] * stop[:, 1] - start[:, 1] * stop[:, 0]).sum()) / power
    turn = np.array([[real, imaginary], [-imaginary, real]])
    return np.asarray(start @ turn + path.mean(axis=0))


def _room(paths: Array) -> tuple[Array, Array]:
    """Return the lowest and highest point of all paths, with the margin where they move."""
    points = paths.reshape(-1, 2)
    margin = MARGIN_PX if len(paths) > 1 and np.ptp(paths, axis=0).max() > 0 else 0.0
    return points.min(axis=0) - margin, points.max(axis=0) + margin


def _cover(picture: tuple[int, int], frame: tuple[int, int]) -> float:
    return min(picture[0] / frame[0], picture[1] / frame[1])


def _zoom(paths: Array, picture: tuple[int, int], frame: tuple[int, int]) -> float:
    """Return the enlargement at which the picture covers all paths."""
    low, high = _room(paths)
    return float(_cover(picture, frame) / (np.asarray(picture) / (high - low)).min())


def _largest_motion(
    asked: Array,
    corners: Array,
    picture: tuple[int, int],
    frame: tuple[int, int],
    overscan: float,
) -> float:
    """Return the largest part of the motion that the picture has room for."""
    if _zoom(asked, picture, frame) <= overscan:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(24):
        middle = (low + high) / 2.0
        fits = _zoom(corners + middle * (asked - corners), picture, frame) <= overscan
        low, high = (middle, high) if fits else (low, middle)
    return low


def _placement(
    paths: Array, picture: tuple[int, int], frame: tuple[int, int], zoom: float
) -> Array:
    """Return the map from frame 0 to the picture: centred, moved only as far as needed."""
    scale = _cover(picture, frame) / zoom
    low, high = _room(paths)
    middle = (np.asarray(frame) - 1) / 2.0
    half = np.asarray(picture) / (2.0 * scale)
    shift = np.clip(
        0.0, high - middle - half, np.maximum(low - middle + half, high - middle - half)
    )
    start = (np.asarray(picture) - 1) / 2.0 - scale * (middle + shift)
    return np.array([[scale, 0.0, start[0]], [0.0, scale, start[1]], [0.0, 0.0, 1.0]])


def _density(views: Array, frame: tuple[int, int]) -> float:
    """Return picture pixels per frame pixel, the geometric mean over the frames."""
    corners = _corners(frame)
    areas = [cv2.contourArea(_project(view, corners).astype(np.float32)) for view in views]
    return float(np.exp(np.mean(np.log(areas)) / 2.0) / np.sqrt(frame[0] * frame[1]))
