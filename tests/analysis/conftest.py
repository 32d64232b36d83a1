"""Footage with a known camera: seeded textures seen through known matrices."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.clip import Clip, ClipFormat

FPS = Fraction(25)


def texture(seed: int, width: int, height: int) -> np.ndarray:
    """Noise at several scales, (H, W, 3) float32 in 0 ... 255."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 128, np.float32)
    for cell, strength in ((2, 15), (6, 18), (20, 24), (80, 30)):
        noise = rng.standard_normal((height // cell + 3, width // cell + 3, 3)).astype(np.float32)
        picture += strength * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return picture.clip(0, 255)


class Footage(Clip):
    """A textured wall seen by a camera, with noise, and a textured disc that wanders about."""

    def __init__(self, matrices, size=(480, 270), *, cover=0.0, noise=3.0, margin=450):
        width, height = size
        super().__init__(ClipFormat(width, height, FPS, len(matrices)), f"footage-{cover}")
        self.matrices, self.cover, self.noise = [np.array(m) for m in matrices], cover, noise
        self.margin = margin
        self.wall = texture(1, width + 2 * margin, height + 2 * margin)
        self.skin = texture(2, 2 * width, 2 * height)
        self.read = 0

    def place(self, index):
        """Centre and radius of the disc."""
        width, height = self.format.width, self.format.height
        radius = np.sqrt(self.cover * width * height / np.pi)
        x = width * (0.5 + 0.12 * np.sin(index / 5))
        return round(x), round(height * (0.55 + 0.05 * np.cos(index / 3))), round(radius)

    def alpha(self, index):
        plane = np.zeros((self.format.height, self.format.width), np.uint8)
        if self.cover:
            x, y, radius = self.place(index)
            cv2.circle(plane, (x, y), radius, 255, -1)
        return plane

    def _render(self, index):
        self.read += 1
        width, height = self.format.width, self.format.height
        shift = np.array([[1, 0, self.margin], [0, 1, self.margin], [0, 0, 1]], float)
        frame = cv2.warpPerspective(
            self.wall,
            shift @ self.matrices[index],
            (width, height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        )
        if self.cover:
            x, y, _ = self.place(index)
            skin = np.roll(self.skin, (y, x), (0, 1))[:height, :width]
            frame = np.where(self.alpha(index)[..., None] > 0, skin, frame)
        rng = np.random.default_rng((7, index))
        frame = frame + self.noise * rng.standard_normal(frame.shape, dtype=np.float32)
        return np.rint(frame.clip(0, 255)).astype(np.uint8)


class FootageMatte(Clip):
    """The exact matte of a Footage's disc."""

    def __init__(self, footage):
        fmt = footage.format
        super().__init__(
            ClipFormat(fmt.width, fmt.height, fmt.fps, fmt.frames, channels=1),
            footage.fingerprint + "-matte",
        )
        self.footage = footage

    def _render(self, index):
        return self.footage.alpha(index)


def about_centre(size, *, x=0.0, y=0.0, zoom=1.0, roll_deg=0.0):
    """Matrix to frame 0 of a camera at this pose."""
    width, height = size
    turn = np.radians(roll_deg)
    cos, sin = np.cos(turn) / zoom, np.sin(turn) / zoom
    middle = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]])
    pose = np.array([[cos, -sin, x], [sin, cos, y], [0, 0, 1]])
    return middle @ pose @ np.linalg.inv(middle)


def corner_error(found, true, size):
    """Mean distance of the picture's corners under two matrices, in pixels."""
    width, height = size
    corners = np.array([[[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1.0]]])
    gap = cv2.perspectiveTransform(corners, found) - cv2.perspectiveTransform(corners, true)
    return float(np.linalg.norm(gap, axis=2).mean())


class Shots:
    """What the tests of this folder share."""

    FPS = FPS
    Footage = Footage
    Matte = FootageMatte
    pose = staticmethod(about_centre)
    error = staticmethod(corner_error)
    texture = staticmethod(texture)


@pytest.fixture(scope="session")
def shots():
    return Shots
