"""The moving camera: a pose and a focal length at every time, and its projection.

World and camera: x right, y up, z toward the viewer; the camera looks along its own -z. Pixel
(0, 0) is the centre of the top-left pixel. Lengths in metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: Metres a drifting move turns back after; keeps long clips inside the scene.
_SWING_RAD_S = 0.55


@dataclass(frozen=True)
class View:
    """One pose of the camera on one raster."""

    position: np.ndarray
    rotation: np.ndarray
    focal_px: float
    width: int
    height: int
    shift_px: tuple[float, float] = (0.0, 0.0)

    @property
    def intrinsics(self) -> np.ndarray:
        """Return the (3, 3) matrix from (x, -y, -z) of the camera to pixels."""
        cx, cy = (self.width - 1) / 2 - self.shift_px[0], (self.height - 1) / 2 - self.shift_px[1]
        return np.array([[self.focal_px, 0, cx], [0, self.focal_px, cy], [0, 0, 1.0]])

    @property
    def projection(self) -> np.ndarray:
        """Return the (3, 4) matrix from homogeneous world points to homogeneous pixels."""
        outer = np.column_stack([self.rotation, -self.rotation @ self.position])
        return self.intrinsics @ np.diag([1.0, -1.0, -1.0]) @ outer

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return (..., 3): pixel x, pixel y and depth in metres of world points (..., 3)."""
        flat = points @ self.projection[:, :3].T + self.projection[:, 3]
        depth = np.maximum(flat[..., 2:], 1e-3)
        return np.concatenate([flat[..., :2] / depth, flat[..., 2:]], -1)

    def rays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return world vectors (c, x, y): the ray of pixel (i, j) is c + i x + j y, depth 1."""
        k = np.linalg.inv(self.intrinsics)
        back = self.rotation.T @ np.diag([1.0, -1.0, -1.0]) @ k
        return back[:, 2], back[:, 0], back[:, 1]


@dataclass(frozen=True)
class Camera:
    """Where a camera stands, how it moves, and its lens.

    ``focal`` is in frame heights; ``shake`` is 1 for a calm hand; ``aperture`` is the blur disc's
    radius at infinity in frame heights, 0 for none; ``shutter`` is the open part of a frame.
    """

    position: tuple[float, float, float] = (0.0, 1.35, 4.2)
    yaw_deg: float = 0.0
    pitch_deg: float = -4.0
    focal: float = 1.75
    pan_deg_s: float = 0.0
    tilt_deg_s: float = 0.0
    roll_deg_s: float = 0.0
    dolly_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    zoom_per_s: float = 0.0
    shake: float = 0.0
    aperture: float = 0.0
    focus_m: float = 4.2
    shutter: float = 0.5

    @property
    def moves(self) -> tuple[str, ...]:
        """Return the names of the motions, ("locked",) when there are none."""
        named = {
            "pan": self.pan_deg_s,
            "tilt": self.tilt_deg_s,
            "roll": self.roll_deg_s,
            "dolly": any(self.dolly_m_s),
            "zoom": self.zoom_per_s,
            "handheld": self.shake,
        }
        return tuple(name for name, amount in named.items() if amount) or ("locked",)

    def view(
        self, time_s: float, width: int, height: int, shift_px: tuple[float, float] = (0.0, 0.0)
    ) -> View:
        """Return the pose at a time; ``shift_px`` moves the sample within the pixel."""
        drift = math.sin(_SWING_RAD_S * time_s) / _SWING_RAD_S
        hand = self.shake * _hand(time_s)
        yaw, pitch, roll = np.radians(
            [
                self.yaw_deg + self.pan_deg_s * drift + hand[0],
                self.pitch_deg + self.tilt_deg_s * drift + hand[1],
                self.roll_deg_s * drift + hand[2],
            ]
        )
        position = np.array(self.position) + np.array(self.dolly_m_s) * drift + hand[3:] * 0.02
        rotation = (_turn_y(yaw) @ _turn_x(pitch) @ _turn_z(roll)).T
        focal_px = self.focal * height * math.exp(self.zoom_per_s * drift)
        return View(position, rotation, focal_px, width, height, shift_px)


def _hand(time_s: float) -> np.ndarray:
    """Return the sway of a hand: yaw, pitch, roll in degrees, then a place; 0.3 ... 4 Hz."""
    rates = np.array([[0.37, 0.93, 2.3], [0.31, 1.11, 2.9], [0.43, 0.79, 1.7]])
    rates = np.concatenate([rates, rates * 0.83])
    sizes = np.array([0.5, 0.22, 0.07])
    phases = np.arange(18).reshape(6, 3) * 1.9
    return (sizes * np.sin(2 * np.pi * rates * time_s + phases)).sum(1) * [1, 1, 0.7, 1, 1, 1]


def _turn_x(angle: float) -> np.ndarray:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _turn_y(angle: float) -> np.ndarray:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _turn_z(angle: float) -> np.ndarray:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
