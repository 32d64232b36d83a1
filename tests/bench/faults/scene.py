"""A small composite with known matte, plate and motion: a blob that moves over a panning plate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..metrics.arrays import Array, dilate
from ..metrics.motion import fetch, grid_px

WIDTH, HEIGHT, FRAMES = 320, 180, 12
#: Motion from frame to frame, px.
_PLATE_STEP = np.array([1.5, 0.5])
_BLOB_STEP = np.array([-2.3, 0.7])
_BLOB_AT = np.array([172.0, 98.0])
_RADIUS_PX = 52.0
_SOFT_PX = 1.0
#: Grain in codes: enough to dither 10-bit video, too little to hide 8-bit steps.
_GRAIN = 0.15
#: How far the edge's surroundings reach, px.
_EDGE_PX = 6


@dataclass(frozen=True)
class Scene:
    """Everything that is known of the clip.

    Attributes:
        frames: (T, H, W, 3) float32, the true composite.
        foreground: the same shape, straight colour of the blob, known everywhere.
        plate: the same shape.
        alpha: (T, H, W) float32.
        back_flow: (T - 1, H, W, 2) px.
        calm: (T - 1, H, W) bool, seen in both frames and away from the blob's edge.
    """

    frames: Array
    foreground: Array
    plate: Array
    alpha: Array
    back_flow: Array
    calm: Array

    def composite(self, alpha: Array) -> Array:
        """Return the composite with another matte, same grain."""
        return self.frames + (alpha - self.alpha)[..., None] * (self.foreground - self.plate)


def make_scene(seed: int = 7) -> Scene:
    """Return the clip, the same for the same seed."""
    random = np.random.default_rng(seed)
    plate_paint, blob_paint = _plate(random), _texture(random, 0.62, 0.16)
    plate = np.stack([_read(plate_paint, t * _PLATE_STEP) for t in range(FRAMES)])
    foreground = np.stack([_read(blob_paint, t * _BLOB_STEP) for t in range(FRAMES)])
    alpha = np.stack([_blob(t) for t in range(FRAMES)])
    grain = random.normal(0.0, _GRAIN / 255.0, plate.shape).astype(np.float32)
    frames = plate + alpha[..., None] * (foreground - plate) + grain
    back_flow = np.stack([_back_flow(one) for one in alpha[1:]])
    calm = np.stack([_calm(alpha[t], alpha[t + 1], back_flow[t]) for t in range(FRAMES - 1)])
    return Scene(frames, foreground, plate, alpha, back_flow, calm)


def _texture(random: np.random.Generator, level: float, spread: float) -> Array:
    """Return (2 H, 2 W, 3) of coarse and fine detail about ``level``."""
    total = np.zeros((2 * HEIGHT, 2 * WIDTH, 3), np.float32)
    for sigma_px in (1.5, 4.0, 10.0):
        noise = random.standard_normal(total.shape).astype(np.float32)
        smooth = cv2.GaussianBlur(noise, (0, 0), sigma_px)
        total += smooth / smooth.std()
    return (level + spread * total / total.std() / 2.0).clip(0.04, 0.94)


def _plate(random: np.random.Generator) -> Array:
    """Return a textured ground below a soft, empty sky."""
    ground = _texture(random, 0.42, 0.2)
    rows = np.arange(2 * HEIGHT, dtype=np.float32)[:, None, None]
    columns = np.arange(2 * WIDTH, dtype=np.float32)[None, :, None]
    sky = 0.32 + 0.0011 * rows + 0.0002 * columns * np.ones(3, np.float32)
    share = 1.0 / (1.0 + np.exp((rows - 1.0 * HEIGHT + 20) / 3.0))
    return (ground + share * (sky - ground)).astype(np.float32)


def _read(paint: Array, moved: Array) -> Array:
    """Return the (H, W, 3) window of ``paint`` when it has moved by (x, y) px."""
    fixed: Any = None
    where = grid_px(HEIGHT, WIDTH) + np.float32([WIDTH / 2, HEIGHT / 2]) - np.float32(moved)
    return cv2.remap(paint, where, fixed, cv2.INTER_CUBIC).clip(0.0, 1.0)


def _blob(t: int) -> Array:
    x, y = np.moveaxis(grid_px(HEIGHT, WIDTH) - (_BLOB_AT + t * _BLOB_STEP), -1, 0)
    angle = np.arctan2(y, x)
    radius_px = _RADIUS_PX * (1.0 + 0.12 * np.cos(3 * angle) + 0.05 * np.sin(5 * angle))
    inside_px = radius_px - np.hypot(x, y)
    return np.clip(inside_px / (2 * _SOFT_PX) + 0.5, 0.0, 1.0).astype(np.float32)


def _back_flow(alpha: Array) -> Array:
    subject = (alpha >= 0.5)[..., None]
    return np.where(subject, -_BLOB_STEP, -_PLATE_STEP).astype(np.float32)


def _calm(before: Array, now: Array, flow: Array) -> Array:
    came_from = fetch((before >= 0.5).astype(np.float32), flow)
    edge = dilate((now > 0) & (now < 1), _EDGE_PX)
    was_edge = fetch(dilate((before > 0) & (before < 1), _EDGE_PX).astype(np.float32), flow) > 0
    calm: Array = (came_from == (now >= 0.5)) & ~edge & ~was_edge
    return calm
