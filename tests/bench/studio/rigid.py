"""Turning and placing frames: (3, 4) maps of a rotation and an origin."""

from __future__ import annotations

import math

import numpy as np


def turn_x(deg: float) -> np.ndarray:
    """Return the (3, 3) rotation about x; a negative angle swings what hangs forward (+z)."""
    c, s = math.cos(math.radians(deg)), math.sin(math.radians(deg))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def turn_y(deg: float) -> np.ndarray:
    """Return the (3, 3) rotation about y, counter-clockwise from above."""
    c, s = math.cos(math.radians(deg)), math.sin(math.radians(deg))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def turn_z(deg: float) -> np.ndarray:
    """Return the (3, 3) rotation about z; a positive angle lifts what hangs to +x."""
    c, s = math.cos(math.radians(deg)), math.sin(math.radians(deg))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def frame(rotation: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Return the (3, 4) frame of a rotation and an origin."""
    return np.column_stack([rotation, origin])


def child(parent: np.ndarray, rotation: np.ndarray, origin: tuple[float, ...]) -> np.ndarray:
    """Return the frame that has this rotation and origin within its parent."""
    return frame(parent[:, :3] @ rotation, place(parent, origin))


def place(parent: np.ndarray, point: tuple[float, ...] | np.ndarray) -> np.ndarray:
    """Return the world place of a point (..., 3) of a frame."""
    return np.asarray(point) @ parent[:, :3].T + parent[:, 3]


def limb(start: np.ndarray, end: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """Return the frame at ``start`` whose -y points to ``end`` and whose z leans forward."""
    y = start - end
    y = y / np.linalg.norm(y)
    x = _cross(y, forward)
    x = x / np.linalg.norm(x)
    return frame(np.column_stack([x, y, _cross(x, y)]), start)


def bend(
    start: np.ndarray, end: np.ndarray, upper: float, lower: float, pole: np.ndarray
) -> np.ndarray:
    """Return where the joint between two bones goes, bent toward ``pole``."""
    line = end - start
    reach = min(float(np.linalg.norm(line)), (upper + lower) * 0.9995)
    line = line / np.linalg.norm(line)
    along = (upper**2 - lower**2 + reach**2) / (2 * reach)
    aside = math.sqrt(max(upper**2 - along**2, 0.0))
    pole = pole - line * (pole @ line)
    return start + line * along + pole / np.linalg.norm(pole) * aside


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a x b of two vectors, without the overhead of numpy's for arrays."""
    ax, ay, az = a.tolist()
    bx, by, bz = b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])
