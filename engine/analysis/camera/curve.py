"""The camera's transforms in an artist's terms: curve, kind of move, stability.

A move is what remains after smoothing over about a second; what smoothing removes is shake.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .geometry import corners_of, move
from .motion import CameraPose

#: A camera that moves the corners by less than this, in parts of the diagonal, is at rest.
REST = 0.0004
#: Shake, in parts of the diagonal, at which stability has fallen to 1/e.
SHAKY = 0.0025
#: A camera that travels shows this much parallax beside its far picture's own motion.
_TRAVELS = 0.3
#: A planned move is this many times larger than any other, and than its own shake.
_DOMINANT = 2.5


def pose_of(matrix: Array, size: Size) -> CameraPose:
    """Return the pose of a (3, 3) matrix that takes a frame of ``size`` to frame 0."""
    middle = np.array([[(size.width - 1) / 2, (size.height - 1) / 2]])
    x, y = (move(middle, matrix) - middle)[0]
    around = move(middle + np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), matrix)
    right, down = (around[0] - around[1]) / 2, (around[2] - around[3]) / 2
    area = abs(float(right[0] * down[1] - right[1] * down[0]))
    turn = np.arctan2(right[1] - down[0], right[0] + down[1])
    return CameraPose(float(x), float(y), float(max(area, 1e-12) ** -0.5), float(np.degrees(turn)))


def corner_path(matrices: Array, size: Size) -> Array:
    """Return (T, 4, 2): where each frame's corners lie in frame 0."""
    corners = corners_of(size)
    return np.array([move(corners, matrix) for matrix in matrices])


def is_static(path: Array, confidence: Array, size: Size) -> bool:
    """Tell whether (T, 4, 2) corners hardly ever leave their usual place, or nothing tells."""
    away = np.linalg.norm(path - np.median(path, axis=0), axis=2).mean(axis=1)
    sure = away[confidence > 0.2]
    return sure.size < len(away) / 2 or float(np.percentile(sure, 95)) < REST * diagonal(size)


def classify(curve: Sequence[CameraPose], parallax_px: Array, fps: float, size: Size) -> str:
    """Return the kind of a camera that is not at rest (see motion.KINDS).

    Args:
        curve: T poses.
        parallax_px: (T, 3), see motion.Parallax.
        fps: frames per second.
        size: of the picture.
    """
    path = np.concatenate([in_pixels(curve, size), parallax_px], axis=1)
    moves = smoothed(path, fps)
    shake = float(np.sqrt(np.square(path - moves)[:, :4].mean(axis=0).sum()))
    spans = np.ptp(moves, axis=0)
    slide, sideways = float(np.hypot(*spans[:2])), float(np.hypot(*spans[4:6]))
    zoom, outward = float(spans[2]), float(spans[6])
    sizes = {"pan": slide, "zoom": zoom, "roll": float(spans[3])}
    if max(sideways, outward) > max(_TRAVELS * max(slide, zoom), _DOMINANT * shake):
        sizes = {"truck": slide + sideways, "dolly": zoom + outward, "roll": sizes["roll"]}
    first, second = sorted(sizes, key=lambda name: -sizes[name])[:2]
    columns = {"pan": (0, 1), "zoom": (2,), "roll": (3,), "truck": (0, 1, 4, 5), "dolly": (2, 6)}
    column = max(columns[first], key=lambda one: spans[one])
    way = moves[:, column]
    way_px = float(np.abs(np.diff(way)).sum())
    directed = abs(way[-1] - way[0]) > 0.7 * max(way_px, 1e-9)
    if sizes[first] < _DOMINANT * shake or not directed:
        return "handheld"
    if sizes[first] < _DOMINANT * sizes[second]:
        return "mixed"
    if first == "pan" and spans[1] > spans[0]:
        return "tilt"
    if first == "dolly":
        return "dolly in" if moves[-1, 6] > moves[0, 6] else "dolly out"
    return first


def stability(path: Array, fps: float, size: Size) -> float:
    """Return 1 for a path without shake, falling to 0 with its size."""
    flat = path.reshape(len(path), -1)
    shake = np.sqrt(np.square(flat - smoothed(flat, fps)).sum(axis=1).mean() / 4)
    return float(np.exp(-shake / (SHAKY * diagonal(size))))


def in_pixels(curve: Sequence[CameraPose], size: Size) -> Array:
    """Return (T, 4): pan, tilt, and how far zoom and roll move the corners, in pixels."""
    pan, tilt, zoom, roll = np.array(curve).reshape(-1, 4).T
    reach = diagonal(size) / 2
    return np.stack([pan, tilt, np.log(zoom) * reach, np.radians(roll) * reach], axis=1)


def diagonal(size: Size) -> float:
    """Return the picture's diagonal in pixels."""
    return float(np.hypot(size.width, size.height))


def smoothed(values: Array, fps: float) -> Array:
    """Return (T, K) columns without what changes within about half a second.

    The ends are continued by point reflection, so that an even move keeps its slope there.
    """
    sigma = 0.25 * fps
    radius = min(round(3 * sigma), len(values) - 1)
    if radius < 1:
        return values
    offsets = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * np.square(offsets / sigma))
    kernel /= kernel.sum()
    before = 2 * values[0] - values[radius:0:-1]
    after = 2 * values[-1] - values[-2 : -radius - 2 : -1]
    padded = np.concatenate([before, values, after])
    columns = [np.convolve(column, kernel, mode="valid") for column in padded.T]
    return np.stack(columns, axis=1)
