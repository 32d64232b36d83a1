"""How a camera sees a level ground: what a shadow, a reflection or a foot needs of perspective.

Everything follows from the horizon and the focal length (R. Hartley, A. Zisserman, *Multiple View
Geometry*, 2004, chapter 8). Lengths are in heights of the camera above the ground, which is the
only scale there is; the axes are x right, y up from the ground, z toward the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...clip.clip import Array

#: Where the horizon of pictures of people is, in parts of the height, if nothing is known; it is
#: this part of a person's height above the feet at least.
USUAL_HORIZON, _LEAST_ABOVE = 0.42, 0.35
#: Heights below the horizon from which feet do not stand on a ground that is seen, and do.
_NO_GROUND, _GROUND = 0.08, 0.25
#: The usual focal length in parts of the picture's longer side.
USUAL_FOCAL = 1.0


@dataclass(frozen=True)
class GroundView:
    """Horizon and lens of a picture, and the wall behind the ground.

    Attributes:
        horizon: its height in the picture's middle column, in parts of the height from the top.
        tilt: its slope: rows downward per column to the right.
        focal: focal length in parts of the longer side.
        wall: height of the line where the ground ends at an upright wall that faces the camera,
            as that of the horizon; None where there is none.
    """

    horizon: float
    tilt: float = 0.0
    focal: float = USUAL_FOCAL
    wall: float | None = None

    def on(self, width: float, height: float) -> Eye:
        """Return the camera of a raster of that size."""
        return _eye(self, width, height)


def usual_view(foot: float, tall: float) -> GroundView:
    """Return the view of somebody ``tall`` who stands at ``foot``, both in parts of the height."""
    return GroundView(min(USUAL_HORIZON, foot - _LEAST_ABOVE * tall))


class Eye:
    """A camera at height 1 over the ground y = 0."""

    def __init__(self, view: GroundView, width: float, height: float) -> None:
        """Stand over the origin.

        Args:
            view: horizon and lens.
            width: of the raster; half a pixel more or less counts.
            height: of the raster.
        """
        self.focal = view.focal * max(width, height)
        across, down = (width - 1) / 2, (height - 1) / 2
        self._lens = np.array(
            [[self.focal, 0.0, across], [0.0, self.focal, down], [0.0, 0.0, 1.0]]
        ) @ np.diag([1.0, -1.0, -1.0])
        self.middle = across
        self.horizon, self.tilt = view.horizon * height - 0.5, view.tilt
        self.wall = None if view.wall is None else view.wall * height - 0.5
        up = np.array([view.tilt, 1.0, (down - self.horizon) / self.focal])
        up /= np.linalg.norm(up)
        right = np.array([up[1], -up[0], 0.0]) / np.hypot(up[0], up[1])
        self._turn = np.stack([right, up, np.cross(right, up)], axis=1)
        self._to_rays = np.linalg.inv(self._lens).T @ self._turn
        self.projection = self._lens @ np.column_stack([self._turn, -self._turn[:, 1]])
        corners = self.ground_at(np.array([0.0, width - 1]), np.array(height - 1))
        #: z of the nearest ground that is seen.
        self.nearest = float(corners[:, 1].max())

    def to_world(self, vector: Array) -> Array:
        """Return a direction given in the camera's axes (x right, y up, z toward it)."""
        return np.asarray(self._turn.T @ vector)

    def ground_at(self, x: Array, y: Array) -> Array:
        """Return (..., 2) x and z of the ground at pixels; far away at and above the horizon."""
        pixels = np.stack(np.broadcast_arrays(x, y, 1.0), axis=-1).astype(np.float64)
        rays = pixels @ self._to_rays
        reach = 1.0 / np.maximum(-rays[..., 1], 1e-4 * np.abs(rays[..., 2]))
        return np.asarray(rays[..., [0, 2]] * reach[..., None])

    def upright(self, depth: float) -> Array:
        """Return (3, 3) pixels of the points (x, y, 1) of the upright plane z = ``depth``."""
        p = self.projection
        return np.column_stack([p[:, 0], p[:, 1], depth * p[:, 2] + p[:, 3]])

    @property
    def wall_depth(self) -> float | None:
        """Return z of the wall; None where there is none."""
        if self.wall is None:
            return None
        return float(self.ground_at(np.array(self.middle), np.array(self.wall))[1])

    @property
    def ground(self) -> Array:
        """Return (3, 3) pixels of the points (x, z, 1) of the ground."""
        return np.asarray(self.projection[:, [0, 2, 3]])

    def ground_seen(self, x: float, row: float, tall: float) -> float:
        """Return 1 where somebody ``tall`` stands well below the horizon ... 0 where at it."""
        below = (row - self.horizon - self.tilt * (x - self.middle)) / tall
        part = min(max((below - _NO_GROUND) / (_GROUND - _NO_GROUND), 0.0), 1.0)
        return float(part * part * (3.0 - 2.0 * part))

    def before_wall(self, rows: slice, columns: slice) -> Array:
        """Return (H, W) float32 of a part of the raster: 1 where there is ground, 0 wall."""
        assert self.wall is not None
        line = self.wall + self.tilt * (np.arange(columns.start, columns.stop) - self.middle)
        below = np.arange(rows.start, rows.stop)[:, None] - line[None] + 0.5
        return np.asarray(below.clip(0.0, 1.0), np.float32)


@lru_cache(maxsize=8)
def _eye(view: GroundView, width: float, height: float) -> Eye:
    return Eye(view, width, height)


def move(points: Array, matrix: Array) -> Array:
    """Return (..., 2) points taken through a (3, 3) matrix."""
    flat = np.concatenate([points, np.ones((*np.shape(points)[:-1], 1))], axis=-1) @ matrix.T
    return np.asarray(flat[..., :2] / flat[..., 2:])
