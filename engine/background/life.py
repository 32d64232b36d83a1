"""Life in a still picture: light that breathes and drifts, and foliage and water that sway.

Displacement follows the stochastic motion textures of Chuang et al., *Animating pictures with
stochastic motion textures* (SIGGRAPH 2005), far below a pixel's size of their effect: sums of
slow waves with random phases, only where the picture is textured without straight edges, so that
no building ever wobbles. Light follows the drift of cloud shadows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array

#: Fields are computed at this part of the frame's size; they have no detail.
SHRINK = 16
#: Largest displacement in pixels of a frame of 1080 lines.
SWAY_PX = 1.0
#: Largest change of display values: of the whole picture, and of drifting clouds.
BREATH, CLOUDS = 0.012, 0.05
#: Cloud tile: cells and how much of the frame's width one repeat covers.
CLOUD_CELLS, CLOUD_WIDTH = 64, 2.5
#: Drift of the clouds in frame widths a second.
CLOUD_SPEED = 0.035

#: Waves a second, length in frame heights, share of the sway.
_WAVES = ((0.19, 0.45, 0.45), (0.37, 0.23, 0.35), (0.61, 0.13, 0.2))


@dataclass(frozen=True)
class Life:
    """The living parts of one plate; pure in time.

    Attributes:
        size: (width, height) of the fields.
        amount: 0 ... 1.
        clouds: (cells, cells) periodic noise, -1 ... 1.
        drift: direction of the clouds, unit length.
        breath: two phases.
        sway: (h, w) largest displacement in frame pixels.
        phases: (waves, 2, h, w) of the displacement across and down.
    """

    size: tuple[int, int]
    amount: float
    clouds: Array
    drift: tuple[float, float]
    breath: tuple[float, float]
    sway: Array
    phases: Array

    def gain(self, time_s: float, view: Array, frame: tuple[int, int]) -> Array:
        """Return the (h, w) float32 gain on display values.

        Args:
            time_s: seconds from the clip's start.
            view: (3, 3), frame pixels to the plate's own space, in frame widths.
            frame: (width, height) of a frame.
        """
        cells = CLOUD_CELLS / CLOUD_WIDTH
        at = -CLOUD_SPEED * time_s * np.array(self.drift)
        to_cells = np.array([[cells, 0, cells * at[0]], [0, cells, cells * at[1]], [0, 0, 1.0]])
        sx, sy = frame[0] / self.size[0], frame[1] / self.size[1]
        to_frame = np.array([[sx, 0, sx / 2 - 0.5], [0, sy, sy / 2 - 0.5], [0, 0, 1.0]])
        clouds = cv2.warpPerspective(
            self.clouds,
            to_cells @ view @ to_frame,
            self.size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_WRAP,
        )
        slow = math.sin(2 * math.pi * 0.11 * time_s + self.breath[0])
        slower = math.sin(2 * math.pi * 0.043 * time_s + self.breath[1])
        whole = 1.0 + self.amount * BREATH * (0.5 * slow + 0.5 * slower)
        return np.asarray(np.float32(whole) + np.float32(self.amount * CLOUDS) * clouds)

    def offsets(self, time_s: float) -> Array:
        """Return the (h, w, 2) float32 displacement in frame pixels."""
        moved = np.zeros((2, *self.sway.shape), np.float32)
        for (rate, _, share), phase in zip(_WAVES, self.phases, strict=True):
            moved += np.float32(share) * np.sin(phase + np.float32(2 * math.pi * rate * time_s))
        moved[1] *= 0.4  # leaves and ripples move more across than up and down
        return np.ascontiguousarray(np.moveaxis(moved * self.sway, 0, 2))

    def swaying_strips(
        self, height: int, width: int, strip_px: int
    ) -> Iterator[tuple[slice, slice]]:
        """Yield the (rows, columns) of a frame's strips where anything sways."""
        down, across = height / self.sway.shape[0], width / self.sway.shape[1]
        for top in range(0, height, strip_px):
            bottom = min(top + strip_px, height)
            lines = slice(max(0, int(top / down) - 1), math.ceil(bottom / down) + 1)
            used = np.flatnonzero(self.sway[lines].any(axis=0))
            if len(used):
                left = max(0, math.floor((used[0] - 1) * across))
                right = min(width, math.ceil((used[-1] + 2) * across))
                yield slice(top, bottom), slice(left, right)


def find_life(picture: Array, amount: float, seed: int, *, sways: bool) -> Life:
    """Return the life of a plate.

    Args:
        picture: (H, W, 3) uint8, the plate as the first frame sees it.
        amount: 0 ... 1.
        seed: chooses phases and directions.
        sways: False leaves out the displacement (a moving camera hides it).
    """
    rng = np.random.default_rng(seed)
    height, width = picture.shape[:2]
    size = (-(-width // SHRINK), -(-height // SHRINK))
    angle = rng.uniform(-0.4, 0.4) + (math.pi if rng.random() < 0.5 else 0.0)
    clouds = _noise_tile(rng, CLOUD_CELLS)
    breath = (rng.uniform(0, 2 * math.pi), rng.uniform(0, 2 * math.pi))
    phases = np.stack([_phase(rng, size, length) for _, length, _ in _WAVES])
    if sways and amount > 0:
        sway = swaying(picture, size) * np.float32(SWAY_PX * amount * height / 1080.0)
    else:
        sway = np.zeros((size[1], size[0]), np.float32)
    drift = (math.cos(angle), math.sin(angle))
    return Life(size, amount, clouds, drift, breath, sway, phases)


def swaying(picture: Array, size: tuple[int, int]) -> Array:
    """Return where a picture may sway, 0 ... 1: texture of plants and water, no straight edges.

    Args:
        picture: (H, W, 3) uint8.
        size: (width, height) of the result.
    """
    scale = 480.0 / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    texture = _texture(grey) * _plants_and_water(small)
    free = 1.0 - _near_lines(grey)
    weight = cv2.GaussianBlur((texture * free).astype(np.float32), (0, 0), 4.0)
    weight = cv2.min(weight, free.astype(np.float32))
    out = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.where(out < 0.05, 0.0, out), np.float32)


def _texture(grey: Array) -> Array:
    """Return 0 ... 1 by the structure tensor: much gradient, in no common direction."""
    plane = grey.astype(np.float32)
    across, down = cv2.Sobel(plane, -1, 1, 0), cv2.Sobel(plane, -1, 0, 1)
    xx, yy, xy = (
        np.asarray(cv2.GaussianBlur(product, (0, 0), 5.0))
        for product in (across * across, down * down, across * down)
    )
    energy = np.sqrt(xx + yy)
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (xx + yy + 1.0)
    rich = np.clip((energy - 25.0) / 60.0, 0.0, 1.0)
    return np.asarray(rich * np.clip(1.4 - 2.0 * coherence, 0.0, 1.0))


def _plants_and_water(picture: Array) -> Array:
    """Return 0 ... 1 by colour: greens of plants, blues and greens of water."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV_FULL).astype(np.float32)
    hue, saturation = hsv[..., 0] * (360.0 / 255.0), hsv[..., 1] / 255.0
    plants = np.clip(1.5 - np.abs(hue - 95.0) / 40.0, 0.0, 1.0)
    plants *= np.clip((saturation - 0.1) / 0.15, 0.0, 1.0)
    water = 0.7 * np.clip(1.5 - np.abs(hue - 195.0) / 35.0, 0.0, 1.0)
    water *= np.clip((saturation - 0.3) / 0.2, 0.0, 1.0)  # haze and shade are bluish too
    colour = np.maximum(plants, water)
    return np.asarray(cv2.GaussianBlur(colour, (0, 0), 3.0))


def _near_lines(grey: Array) -> Array:
    """Return 0 ... 1, 1 on and around long straight edges."""
    edges = cv2.Canny(cv2.GaussianBlur(grey, (0, 0), 1.0), 60, 120)
    shortest = max(grey.shape) // 11
    found = cv2.HoughLinesP(edges, 1, np.pi / 180, 30, minLineLength=shortest, maxLineGap=3)
    mask = np.zeros(grey.shape, np.uint8)
    for line in () if found is None else np.asarray(found).reshape(-1, 2, 2).astype(int):
        cv2.line(mask, line[0].tolist(), line[1].tolist(), 255, 13)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 4.0).astype(np.float32) / 255.0)


def _noise_tile(rng: np.random.Generator, cells: int) -> Array:
    """Return smooth noise that repeats without a seam, -1 ... 1."""
    tile = np.zeros((cells, cells), np.float32)
    for sigma in (10.0, 4.0):
        white = np.tile(rng.standard_normal((cells, cells)).astype(np.float32), (3, 3))
        smooth = np.asarray(cv2.GaussianBlur(white, (0, 0), sigma))[cells:-cells, cells:-cells]
        tile += smooth / smooth.std() * (sigma / 10.0)
    return np.asarray(np.clip((tile - tile.mean()) / (2.0 * tile.std()), -1.0, 1.0))


def _phase(rng: np.random.Generator, size: tuple[int, int], length: float) -> Array:
    """Return (2, h, w) phases of a wave of ``length`` frame heights, bent by noise."""
    width, height = size
    y, x = np.mgrid[:height, :width] / float(height)
    phases = []
    for _ in range(2):
        angle = rng.uniform(0, 2 * math.pi)
        front = 2 * math.pi / length * (x * math.cos(angle) + y * math.sin(angle))
        rough = cv2.resize(_noise_tile(rng, 32), size, interpolation=cv2.INTER_CUBIC)
        phases.append(front + 2.5 * rough + rng.uniform(0, 2 * math.pi))
    return np.stack(phases).astype(np.float32)
