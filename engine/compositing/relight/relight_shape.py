"""The rounded shape of a subject from its soft matte, without steps from frame to frame.

Poisson's equation over the matte gives a height (as in M. Prasad, A. Fitzgibbon, *Single view
reconstruction of curved surfaces*, CVPR 2006, with a smoother energy). Instead of cutting the
matte at a half, what lies outside is held down by a spring as stiff as the matte is clear, so
that the shape is a smooth function of the matte: an edge that trembles by a part of a pixel moves
the normals by as little, where a binary outline would jump by a whole cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array

#: Four times a pixel less its neighbours: the negative Laplacian.
_FIVE_POINTS = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32)
#: Stiffness of the springs outside: the height falls to nothing within about a cell.
_SPRING = np.float32(2.0)
#: Cells around the subject that are solved with it.
_MARGIN = 6
#: Steps of the solver on a finest and a coarsest grid, and the side of the latter.
_STEPS, _COARSE_STEPS, _COARSE = 14, 40, 24
#: Of the subject's height: how far over its lowest part its own feet and the ground take light
#: away, and the share of the mass that lies below what counts as its lowest part.
_REACH, _LOWEST = 0.05, 0.004
#: Light from all around that is taken away right at the ground.
_CONTACT = np.float32(0.5)
#: Spread of depth inside the subject, over its nearness, that is relief and not a flat slab.
_FLAT = 0.01


@dataclass(frozen=True)
class Shape:
    """A subject's shape on a reduced grid.

    Attributes:
        normals: (h, w, 3) float32 unit vectors, x right, y up, z toward the camera.
        open: (h, w) float32, 0 ... 1, share of the light from all around that arrives.
    """

    normals: Array
    open: Array


def soft_shape(alpha: Array, nearness: Array | None = None) -> Shape:
    """Return the shape of limbs with the outline of a matte.

    Args:
        alpha: (h, w) float32, 0 ... 1, reduced. What touches the border is taken to go on.
        nearness: (h, w) float32 relative inverse depth, of which the relief within the subject
            is used.
    """
    normals = np.zeros((*alpha.shape, 3), np.float32)
    normals[..., 2] = 1.0
    at = _box(alpha)
    if at is not None:
        inside = np.ascontiguousarray(alpha[at])
        height = np.maximum(_solved(inside), 0.0)
        # Over a strip of half width R the height is 2 (R^2 - t^2), over a disc R^2 - r^2: what
        # has the area of a disc of its height is a ball, what is longer is round across.
        area = max(float(inside.sum()), 1.0)
        long = 2.0 - min(float(height.max()) * np.pi / area, 1.0)
        slope = np.stack(_slopes(height), axis=-1) / 2
        toward = np.sqrt(long * height)
        if nearness is not None:
            slope = slope + _relief(nearness[at], inside, toward)
        part = np.dstack([-slope[..., 0], slope[..., 1], toward])
        length = np.linalg.norm(part, axis=-1, keepdims=True)
        normals[at] = np.where(length > 1e-3, part / np.maximum(length, 1e-3), normals[at])
    return Shape(normals, _opening(alpha))


def _box(alpha: Array) -> tuple[slice, slice] | None:
    """Return the rows and columns of the subject with a margin."""
    some = alpha > 0.02
    rows, columns = np.flatnonzero(some.any(axis=1)), np.flatnonzero(some.any(axis=0))
    if len(rows) < 2 or len(columns) < 2:
        return None
    height, width = alpha.shape
    return (
        slice(max(int(rows[0]) - _MARGIN, 0), min(int(rows[-1]) + _MARGIN + 1, height)),
        slice(max(int(columns[0]) - _MARGIN, 0), min(int(columns[-1]) + _MARGIN + 1, width)),
    )


def _solved(inside: Array) -> Array:
    """Return h with -Laplacian h + spring (1 - alpha) h = 4 alpha, from coarse to fine."""
    rows, columns = inside.shape
    if max(rows, columns) <= _COARSE:
        return _descended(inside, np.zeros_like(inside), _COARSE_STEPS)
    size = (-(-columns // 2), -(-rows // 2))
    half = np.asarray(cv2.resize(inside, size, interpolation=cv2.INTER_AREA))
    start = cv2.resize(_solved(half), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return _descended(inside, 4.0 * np.asarray(start), _STEPS)


def _descended(inside: Array, height: Array, steps: int) -> Array:
    """Return ``height`` after some steps of conjugate gradients."""
    spring = _SPRING * (1.0 - inside)

    def turned(plane: Array) -> Array:
        bent = cv2.filter2D(plane, -1, _FIVE_POINTS, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(bent + spring * plane)

    residual = 4.0 * inside - turned(height)
    direction, energy = residual.copy(), float(np.vdot(residual, residual))
    for _ in range(steps):
        if energy <= 1e-6:
            break
        pushed = turned(direction)
        step = energy / max(float(np.vdot(direction, pushed)), 1e-12)
        height = height + np.float32(step) * direction
        residual = residual - np.float32(step) * pushed
        before, energy = energy, float(np.vdot(residual, residual))
        direction = residual + np.float32(energy / before) * direction
    return height


def _slopes(plane: Array) -> tuple[Array, Array]:
    """Return how a plane rises to the right and down, per cell."""
    right = cv2.Sobel(plane, cv2.CV_32F, 1, 0, scale=0.125, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, scale=0.125, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(right), np.asarray(down)


def _relief(nearness: Array, inside: Array, toward: Array) -> Array:
    """Return (h, w, 2) slopes that a depth map adds, times the thickness of the rounded shape.

    A map of depth is relative: its relief is scaled so that it is as thick as the rounded shape.
    """
    weight = inside * inside
    total = max(float(weight.sum()), 1e-6)
    mean = float((nearness * weight).sum()) / total
    gap = nearness - np.float32(mean)
    spread = float(np.sqrt((gap * gap * weight).sum() / total))
    if spread < _FLAT * max(mean, 1e-3):
        return np.zeros((*nearness.shape, 2), np.float32)
    body = float(np.sqrt((toward * toward * weight).sum() / total))
    scaled = np.clip(gap / np.float32(spread), -3.0, 3.0) * np.float32(0.5 * body) * inside
    slope = np.stack(_slopes(cv2.GaussianBlur(scaled, (0, 0), 1.0)), axis=-1)
    return np.asarray(0.5 * slope * toward[..., None])


def _opening(alpha: Array) -> Array:
    """Return how much of the light from all around reaches each row of a subject that stands.

    Ground and feet hide it from each other. One that is cut by the picture's border stands
    somewhere below.
    """
    rows = alpha.sum(axis=1, dtype=np.float64)
    total = float(rows.sum())
    height = len(alpha)
    # A subject that reaches the border is hidden there as much as its last row is wide.
    cut = min(float(alpha[-1].mean()) * 20.0, 1.0)
    if total < 1.0 or cut >= 1.0:
        return np.ones_like(alpha)
    below = np.cumsum(rows[::-1])[::-1] / total
    lowest = float(np.interp(_LOWEST, below[::-1], np.arange(height)[::-1]))
    highest = float(np.interp(1.0 - _LOWEST, below[::-1], np.arange(height)[::-1]))
    reach = max(_REACH * (lowest - highest), 1.0)
    above = np.maximum(lowest - np.arange(height), 0.0) / reach
    share = 1.0 - _CONTACT * (1.0 - cut) * np.exp(-above)
    return np.broadcast_to(share.astype(np.float32)[:, None], alpha.shape)
