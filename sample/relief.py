"""Solids as reliefs: a height per pixel, its slopes, and the light that falls on them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from paint import Array, blur, smoothstep

#: Light of the scene, (direction to it: x right, y down, z to the camera), colour.
LIGHTS: tuple[tuple[tuple[float, float, float], tuple[float, float, float]], ...] = (
    ((0.78, -0.36, 0.46), (0.98, 0.77, 0.52)),
    ((-0.72, -0.20, 0.50), (0.17, 0.26, 0.42)),
    ((0.05, -0.80, 0.50), (0.16, 0.18, 0.24)),
)
AMBIENT = (0.17, 0.17, 0.21)
RIM = (1.0, 0.72, 0.42)


@dataclass
class Relief:
    """A piece of surface.

    Attributes:
        height: (H, W) towards the camera, in px of the canvas; -1e3 where there is nothing.
        alpha: (H, W) coverage, 0 to 1.
        along: (H, W) length along a tube, px; the rows on a column.
        across: (H, W) place across it, -1 to 1.
    """

    height: Array
    alpha: Array
    along: Array
    across: Array


def column(shape: tuple[int, int], x_px: float, half_px: Array, depth: float) -> Relief:
    """Return an upright solid of elliptic section whose half width in row y is ``half_px[y]``."""
    x = np.arange(shape[1], dtype=np.float32)[None, :] - np.float32(x_px)
    half = np.maximum(half_px, 0.01).astype(np.float32)[:, None]
    across = np.clip(x / half, -1.0, 1.0)
    alpha = np.clip(half - np.abs(x) + 0.5, 0.0, 1.0) * (half_px[:, None] > 0.5)
    height = np.where(alpha > 0, depth * half * np.sqrt(1.0 - across * across), -1e3)
    rows = np.broadcast_to(np.arange(shape[0], dtype=np.float32)[:, None], shape)
    return Relief(height.astype(np.float32), alpha.astype(np.float32), rows, across)


def tube(shape: tuple[int, int], points: Array, radii: Array, flat: float = 1.0) -> Relief:
    """Return a bent tube with round ends.

    Args:
        shape: (H, W) of the canvas.
        points: (N, 3) of x, y and height of its axis, px.
        radii: (N,) px.
        flat: depth of its section as a share of its width.
    """
    height = np.full(shape, -1e3, np.float32)
    nearest = np.full(shape, 1e3, np.float32)
    alpha, along, across = (np.zeros(shape, np.float32) for _ in range(3))
    run = np.float32(0.0)
    for index in range(len(points) - 1):
        start, stop = points[index], points[index + 1]
        length = float(np.hypot(*(stop - start)[:2]))
        reach = float(max(radii[index], radii[index + 1])) + 2.0
        limit = (shape[1], shape[0])
        low = np.floor(np.minimum(start, stop)[:2] - reach).astype(int).clip(0, limit)
        high = np.ceil(np.maximum(start, stop)[:2] + reach).astype(int).clip(0, limit)
        box = np.s_[low[1] : high[1], low[0] : high[0]]
        if height[box].size == 0 or length < 1e-3:
            continue
        rows, columns = np.mgrid[box].astype(np.float32)
        way = (stop - start)[:2] / length
        dx, dy = columns - start[0], rows - start[1]
        share = np.clip((dx * way[0] + dy * way[1]) / length, 0.0, 1.0)
        radius = radii[index] + share * (radii[index + 1] - radii[index])
        off_x, off_y = dx - share * length * way[0], dy - share * length * way[1]
        distance = np.hypot(off_x, off_y)
        part = distance / radius
        rise = start[2] + share * (stop[2] - start[2])
        lifted = rise + flat * radius * np.sqrt(np.clip(1.0 - part * part, 0.0, 1.0))
        closer = part < nearest[box]
        side = np.where(way[0] * dy - way[1] * dx < 0, -1.0, 1.0)
        nearest[box] = np.where(closer, part, nearest[box])
        height[box] = np.where(part < 1.0, np.maximum(height[box], lifted), height[box])
        along[box] = np.where(closer, run + share * length, along[box])
        across[box] = np.where(closer, np.clip(part, 0, 1) * side, across[box])
        alpha[box] = np.maximum(alpha[box], np.clip(radius - distance + 0.5, 0.0, 1.0))
        run = np.float32(run + length)
    return Relief(height, alpha, along, across)


def curve(knots: list[tuple[float, ...]], count: int) -> Array:
    """Return ``count`` points of a smooth curve through ``knots`` (Catmull-Rom)."""
    fixed = np.asarray(knots, np.float32)
    padded = np.vstack([2 * fixed[:1] - fixed[1:2], fixed, 2 * fixed[-1:] - fixed[-2:-1]])
    place = np.linspace(0, len(fixed) - 1, count)
    start = np.minimum(place.astype(int), len(fixed) - 2)
    t = (place - start)[:, None]
    a, b, c, d = (padded[start + i] for i in range(4))
    bent = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3
    return (0.5 * bent).astype(np.float32)


def lit(height: Array, albedo: Array, *, soft: float = 0.8, skin: float = 0.0) -> Array:
    """Return the colours of a relief under the scene's light.

    Args:
        height: (H, W) px.
        albedo: (H, W, 3) colour of the surface.
        soft: px of smoothing of the slopes.
        skin: 0 to 1, how much light goes round and reddens where it fades, as in skin.
    """
    known = np.where(height > -900, height, np.float32(0.0))
    smooth = blur(known.astype(np.float32), soft)
    slope_x = np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3)) / 8.0
    slope_y = np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3)) / 8.0
    size = 1.0 / np.sqrt(slope_x**2 + slope_y**2 + 1.0)
    normal = (-slope_x * size, -slope_y * size, size)
    light = np.empty(albedo.shape, np.float32)
    light[:] = AMBIENT
    for way, colour in LIGHTS:
        unit = np.asarray(way) / np.linalg.norm(way)
        facing = sum(n * np.float32(u) for n, u in zip(normal, unit, strict=True))
        round_it = 0.18 + 0.22 * skin
        fall = np.clip((facing + round_it) / (1.0 + round_it), 0.0, 1.0)
        light += fall[..., None] * np.asarray(colour, np.float32)
        if skin:
            edge = np.exp(-(((fall - 0.25) / 0.22) ** 2))
            light[..., 0] += edge * (0.07 * skin)
    edge = (1.0 - size) ** 3 * np.clip(normal[0] + 0.1, 0.0, 1.0)
    light += edge[..., None] * np.asarray(RIM, np.float32) * 0.8
    hollow = np.clip(blur(known.astype(np.float32), 14.0) - known, 0.0, 40.0)
    shade = np.exp(-hollow * 0.045)[..., None]
    return film(albedo * light * shade)


def film(light: Array) -> Array:
    """Return ``light`` with its brightest parts bent below 1 instead of cut off, as film does."""
    bent = 0.7 + 0.3 * np.tanh((light - 0.7) / 0.45)
    return np.where(light > 0.7, bent, np.maximum(light, 0.0)).astype(np.float32)


def join(first: Array, second: Array, round_px: float) -> Array:
    """Return the union of two reliefs' heights, its seam rounded over ``round_px``."""
    apart = np.abs(first - second)
    lift = np.sqrt(np.minimum(apart, 500.0) ** 2 + round_px**2) - np.minimum(apart, 500.0)
    return (np.maximum(first, second) + 0.5 * lift).astype(np.float32)


def bump(shape: tuple[int, int], x: float, y: float, spread: tuple[float, float]) -> Array:
    """Return a Gaussian hill of height 1 at (x, y), ``spread`` px wide and high."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    hill = np.exp(-(((columns - x) / spread[0]) ** 2) - ((rows - y) / spread[1]) ** 2)
    return hill.astype(np.float32)


def layer(colour: Array, alpha: Array) -> Array:
    """Return the RGBA layer of a colour and its coverage."""
    return np.dstack([colour * alpha[..., None], alpha]).astype(np.float32)


def fade(relief: Relief, low: float, high: float) -> Array:
    """Return 0 before ``low`` px along a tube, 1 after ``high``."""
    return smoothstep(low, high, relief.along)
