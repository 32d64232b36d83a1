"""Error of an estimated camera: how far it puts the picture's corners from where they belong (the
mean corner error of DeTone et al., "Deep Image Homography Estimation", 2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Array, check_same_shape

#: Errors are told for a picture of this height.
_HEIGHT_PX = 1080


@dataclass(frozen=True)
class CameraError:
    """Mean distance of the four corners, px at 1080p.

    Attributes:
        steps_px: (T - 1,) of each step.
        drift_px: (T - 1,) of the steps accumulated from frame 0; the last is the clip's drift.
    """

    steps_px: Array
    drift_px: Array

    @property
    def median_px(self) -> float:
        """The error of a typical step."""
        return float(np.median(self.steps_px))

    @property
    def largest_drift_px(self) -> float:
        """The largest drift at any frame."""
        return float(self.drift_px.max())


def camera_error(transforms: Array, true_transforms: Array, size: tuple[int, int]) -> CameraError:
    """Return the error of each step and of their product.

    Args:
        transforms: (T - 1, 3, 3), each takes a pixel (x, y, 1) of frame t to frame t + 1.
        true_transforms: the same shape.
        size: (width, height) px of the pictures the transforms belong to.
    """
    check_same_shape(transforms, true_transforms)
    scale = _HEIGHT_PX / size[1]
    pairs = list(
        zip(transforms.astype(np.float64), true_transforms.astype(np.float64), strict=True)
    )
    steps, drift = [], []
    path, true_path = np.eye(3), np.eye(3)
    for step, true_step in pairs:
        path, true_path = step @ path, true_step @ true_path
        steps.append(scale * corner_error_px(step, true_step, size))
        drift.append(scale * corner_error_px(path, true_path, size))
    return CameraError(steps_px=np.array(steps), drift_px=np.array(drift))


def corner_error_px(transform: Array, true_transform: Array, size: tuple[int, int]) -> float:
    """Return the mean distance of the corners under two (3, 3) transforms, px."""
    right, bottom = size[0] - 1.0, size[1] - 1.0
    corners = np.array([[0, 0, 1], [right, 0, 1], [right, bottom, 1], [0, bottom, 1]]).T
    found, truth = transform @ corners, true_transform @ corners
    return float(np.hypot(*(found[:2] / found[2] - truth[:2] / truth[2])).mean())
