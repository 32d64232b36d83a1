"""Normals of a body guessed from its outline.

Poisson's equation over the matte gives a height (as in M. Prasad, A. Fitzgibbon, *Single view
reconstruction of curved surfaces*, CVPR 2006, with a smoother energy). Over a strip, which is what
limbs and trunks are, height and slope together tell the normal of a cylinder exactly, so the
outline keeps its true normal. Deeper inside a guess regresses to the mean: the expected normal is
shorter, the more so across a body than along it, and undersides are flatter than they look.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array

#: Four times a pixel less its neighbours: the negative Laplacian.
_FIVE_POINTS = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32)
#: Depth under the outline over the root of the area, and what is left there of a guessed slope
#: to the side and upward: means over bodies that stand, walk, sit and turn.
_DEPTH = (0.015, 0.03, 0.06, 0.115, 0.2)
_LEFT_X = (0.98, 0.96, 0.88, 0.83, 0.9)
_LEFT_Y = (0.9, 0.83, 0.75, 0.64, 0.59)
_LEFT_Z = 0.95
#: Of a slope that looks down, and what is added: people bulge upward more than downward.
_LEFT_BELOW, _UPWARD = 0.5, 0.02


def inflated_normals(inside: Array) -> Array:
    """Return (H, W, 3) float32 unit normals, y up, of limbs with the outline of ``inside``.

    What touches the picture's border is taken to go on beyond it.
    """
    height = _poisson(inside)
    padded = np.pad(height, 1, mode="edge")
    right = (padded[2:, 2:] + 2 * padded[1:-1, 2:] + padded[:-2, 2:]) / 8
    right -= (padded[2:, :-2] + 2 * padded[1:-1, :-2] + padded[:-2, :-2]) / 8
    down = (padded[2:, 2:] + 2 * padded[2:, 1:-1] + padded[2:, :-2]) / 8
    down -= (padded[:-2, 2:] + 2 * padded[:-2, 1:-1] + padded[:-2, :-2]) / 8
    # Over a strip of half width R the height is 2 (R^2 - t^2), over a disc R^2 - r^2: what has
    # the area of a disc of its height is a ball, what is longer is round across.
    area = max(float(np.count_nonzero(inside)), 1.0)
    long = 2.0 - min(float(np.max(height)) * np.pi / area, 1.0)
    toward = np.sqrt(long * np.maximum(height, 0.0))
    normals = np.stack([-right / 2, down / 2, toward], axis=-1)
    return np.asarray(normals / np.linalg.norm(normals, axis=-1, keepdims=True).clip(1e-6))


def expected_normals(inside: Array) -> Array:
    """Return (H, W, 3) float32: the inflated normals, each shortened by how unsure it is."""
    normals = inflated_normals(inside)
    # The transform knows no outside of the picture: its border is no outline.
    across = max(float(np.sqrt(np.count_nonzero(inside))), 1.0)
    distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    depth = np.asarray(distance / across, np.float32)
    y = normals[..., 1]
    y = np.where(y < 0, _LEFT_BELOW * y, y) * np.interp(depth, _DEPTH, _LEFT_Y) + _UPWARD
    x = normals[..., 0] * np.interp(depth, _DEPTH, _LEFT_X)
    return np.stack([x, y, _LEFT_Z * normals[..., 2]], axis=-1).astype(np.float32)


def _poisson(inside: Array) -> Array:
    """Return h with Laplacian -4 inside and 0 outside, by conjugate gradients."""
    domain = inside.astype(np.float32)
    height = np.zeros_like(domain)
    residual = 4.0 * domain
    direction, energy = residual.copy(), float(np.sum(residual * residual))
    target = 1e-4 * energy
    for _ in range(300):
        if energy <= target:
            break
        turned = cv2.filter2D(direction, -1, _FIVE_POINTS, borderType=cv2.BORDER_REPLICATE) * domain
        step = energy / max(float(np.vdot(direction, turned)), 1e-12)
        height += step * direction
        residual -= step * turned
        before, energy = energy, float(np.vdot(residual, residual))
        direction *= energy / before
        direction += residual
    return height
