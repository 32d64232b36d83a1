"""Round cones stretched by any linear map, met by rays in closed form: what people are built of.

The canonical round cone stands on the y axis: a sphere of radius ``r0`` at the origin, one of
``r1`` at height ``length``, and the cone that touches both (intersection after Inigo Quilez).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_FAR = np.float32(np.inf)


@dataclass(frozen=True)
class Solids:
    """N solids: (N, 3, 4) maps to the world, shapes, materials, and (N, 3, 4) texture frames.

    ``blend_m`` is the distance over which a solid's shading melts into its neighbours'; what is
    ``open`` has no second sphere, as a skirt has no bottom.
    """

    to_world: np.ndarray
    r0: np.ndarray
    r1: np.ndarray
    length: np.ndarray
    material: np.ndarray
    frame: np.ndarray
    blend_m: np.ndarray
    open: np.ndarray

    def bounds(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return both ends' centres (N, 3) and a radius (N,) that holds each solid."""
        a, b = (
            self.to_world[:, :, 3],
            self.to_world[:, :, 3] + (self.to_world[:, :, 1] * self.length[:, None]),
        )
        stretch = np.linalg.norm(self.to_world[:, :, :3], axis=1).max(1)
        return a, b, stretch * np.maximum(self.r0, self.r1)


@dataclass(frozen=True)
class Rays:
    """Rays of a raster: origin and direction are c + i x + j y; each a (3, 3) of rows c, x, y."""

    origin: np.ndarray
    direction: np.ndarray


@dataclass(frozen=True)
class Hits:
    """The nearest two solids along each ray of a window: ray parameter and solid, -1 for none."""

    box: tuple[int, int, int, int]
    near: np.ndarray
    who: np.ndarray
    next: np.ndarray
    next_who: np.ndarray


def invert(maps: np.ndarray) -> np.ndarray:
    """Return the inverses of (N, 3, 4) affine maps."""
    linear = np.linalg.inv(maps[:, :, :3])
    return np.concatenate([linear, -(linear @ maps[:, :, 3:])], 2)


def trace(
    solids: Solids, rays: Rays, boxes: np.ndarray, start: np.ndarray, box: tuple[int, ...]
) -> Hits:
    """Return what the rays of the window ``box`` meet.

    Args:
        solids: N of them.
        rays: of the whole raster.
        boxes: (N, 4) pixels x0, y0, x1, y1 that each solid can touch.
        start: (N,) ray parameters near the solids: measuring from there keeps float32 exact.
        box: x0, y0, x1, y1 of the window.
    """
    x0, y0, x1, y1 = box
    shape = (y1 - y0, x1 - x0)
    near, after = np.full(shape, _FAR, np.float32), np.full(shape, _FAR, np.float32)
    who, after_who = np.full(shape, -1, np.int16), np.full(shape, -1, np.int16)
    inverse = invert(solids.to_world)
    for n in range(len(solids.r0)):
        left, top = max(boxes[n, 0], x0), max(boxes[n, 1], y0)
        right, bottom = min(boxes[n, 2], x1), min(boxes[n, 3], y1)
        if right <= left or bottom <= top:
            continue
        window = np.s_[top - y0 : bottom - y0, left - x0 : right - x0]
        columns = np.arange(left, right, dtype=np.float32)
        rows = np.arange(top, bottom, dtype=np.float32)[:, None]
        t = _meet(solids, n, inverse[n], rays, float(start[n]), columns, rows)
        old, closer = near[window], t < near[window]
        second = np.where(closer, old, np.minimum(t, after[window]))
        after_who[window] = np.where(
            closer, who[window], np.where(t < after[window], n, after_who[window])
        )
        after[window] = second
        np.copyto(old, t, where=closer)
        np.copyto(who[window], n, where=closer)
    return Hits((x0, y0, x1, y1), near, who, after, after_who)


def _meet(
    solids: Solids,
    n: int,
    inverse: np.ndarray,
    rays: Rays,
    start: float,
    columns: np.ndarray,
    rows: np.ndarray,
) -> np.ndarray:
    """Return the ray parameter (H, W) at which one solid is met."""
    linear = inverse[:, :3]
    d = (rays.direction @ linear.T).astype(np.float32)
    base = (rays.origin + start * rays.direction) @ linear.T
    base[0] += inverse[:, 3]
    p = base.astype(np.float32)
    dx, dy, dz = (d[0, k] + columns * d[1, k] + rows * d[2, k] for k in range(3))
    px, py, pz = (p[0, k] + columns * p[1, k] + rows * p[2, k] for k in range(3))
    scale = 1.0 / np.sqrt(dx * dx + dy * dy + dz * dz)
    m3 = (px * dx + py * dy + pz * dz) * scale
    m5 = px * px + py * py + pz * pz
    r0, r1, h = (float(a[n]) for a in (solids.r0, solids.r1, solids.length))
    if h < 1e-6:
        return _sphere(m3, m5 - r0 * r0) * scale + start
    dy = dy * scale
    t = _round_cone(py, dy, m3, m5, (r0, r1, h), bool(solids.open[n]))
    return t * scale + np.float32(start)


def _sphere(m3: np.ndarray, c: np.ndarray) -> np.ndarray:
    under = m3 * m3 - c
    return np.where(under >= 0, -m3 - np.sqrt(np.maximum(under, 0)), _FAR)


def _round_cone(
    py: np.ndarray,
    dy: np.ndarray,
    m3: np.ndarray,
    m5: np.ndarray,
    shape: tuple[float, float, float],
    is_open: bool,
) -> np.ndarray:
    r0, r1, h = shape
    rr = r0 - r1
    d2 = h * h - rr * rr
    m1, m2 = h * py, h * dy
    k2 = d2 - m2 * m2
    k1 = d2 * m3 - m1 * m2 + m2 * (rr * r0)
    k0 = d2 * m5 - m1 * m1 + m1 * (2 * rr * r0) - h * h * r0 * r0
    under = k1 * k1 - k0 * k2
    t = (-np.sqrt(np.maximum(under, 0)) - k1) / np.maximum(k2, 1e-12)
    y = m1 - r0 * rr + t * m2
    side = np.where((under >= 0) & (y > 0) & (y < d2), t, _FAR)
    foot = _sphere(m3, m5 - r0 * r0)
    if is_open:
        return np.minimum(side, foot)
    tip = _sphere(m3 - m2, m5 - 2 * m1 + (h * h - r1 * r1))
    return np.minimum(side, np.minimum(foot, tip))


def local_normals(place: np.ndarray, r0: float, r1: float, h: float) -> np.ndarray:
    """Return unnormalised normals of local surface points (K, 3)."""
    if h < 1e-6:
        return place
    rr = r0 - r1
    d2 = h * h - rr * rr
    y = h * place[:, 1] - r0 * rr
    normal = place * np.float32(d2)
    normal[:, 1] -= h * np.clip(y, 0, d2)
    return normal


def round_cones(
    frames: np.ndarray, starts: np.ndarray, ends: np.ndarray, squash: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the (N, 3, 4) maps and (N,) lengths of round cones between two places of a frame.

    Args:
        frames: (N, 3, 4), rotation and origin.
        starts: (N, 3) the centres of the first spheres.
        ends: (N, 3) those of the second, or the same places for ellipsoids.
        squash: (N, 2) widths along the frame's x and z, against the radius.
    """
    axis = ends - starts
    length = np.linalg.norm(axis, axis=1)
    point = length < 1e-6
    y = np.where(point[:, None], [0.0, 1.0, 0.0], axis / np.maximum(length, 1e-6)[:, None])
    x = np.where(np.abs(y[:, :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    z = np.cross(x, y)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    basis = np.stack([np.cross(y, z), y, z], 2)
    widths = np.stack([squash[:, 0], np.ones(len(length)), squash[:, 1]], 1)
    linear = frames[:, :, :3] @ basis * widths[:, None]
    origin = frames[:, :, :3] @ starts[:, :, None] + frames[:, :, 3:]
    return np.concatenate([linear, origin], 2), np.where(point, 0.0, length)
