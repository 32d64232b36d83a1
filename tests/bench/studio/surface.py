"""From hits to surfaces: place, normal, material and texture place of every visible point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .camera import View
from .solids import Hits, Rays, Solids, invert, local_normals, trace


@dataclass(frozen=True)
class Surface:
    """K visible points of a window, sorted by solid.

    ``pixel`` indexes the flattened window, ``texture`` is the place in the garment's frame in
    metres, ``who`` the solid.
    """

    box: tuple[int, int, int, int]
    pixel: np.ndarray
    depth: np.ndarray
    place: np.ndarray
    normal: np.ndarray
    texture: np.ndarray
    material: np.ndarray
    who: np.ndarray


def camera_rays(view: View) -> Rays:
    """Return the rays of a view; their parameter is the depth in metres."""
    origin = np.zeros((3, 3))
    origin[0] = view.position
    return Rays(origin, np.stack(view.rays()))


def screen_boxes(solids: Solids, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Return (N, 4) pixel boxes and (N,) depths of solids; empty boxes behind the camera."""
    a, b, radius = solids.bounds()
    pa, pb = view.project(a), view.project(b)
    depth = np.minimum(pa[:, 2], pb[:, 2])
    near = np.maximum(depth - radius, 0.05)
    reach = (radius / near * view.focal_px * 1.05 + 2)[:, None]
    low = np.floor(np.minimum(pa, pb)[:, :2] - reach)
    high = np.ceil(np.maximum(pa, pb)[:, :2] + reach) + 1
    size = np.array([view.width, view.height])
    boxes = np.concatenate([low.clip(0, size), high.clip(0, size)], 1).astype(int)
    boxes[depth < radius + 0.05] = 0
    return boxes, (pa[:, 2] + pb[:, 2]) / 2


def window_of(boxes: np.ndarray, view: View, margin: int = 0) -> tuple[int, int, int, int] | None:
    """Return the pixels that hold all boxes, with a margin; None if nothing is in the frame."""
    full = boxes[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])]
    if not len(full):
        return None
    x0, y0 = np.maximum(full[:, :2].min(0) - margin, 0)
    x1, y1 = np.minimum(full[:, 2:].max(0) + margin, [view.width, view.height])
    return int(x0), int(y0), int(x1), int(y1)


def see(solids: Solids, view: View, window: tuple[int, int, int, int]) -> tuple[Hits, Surface]:
    """Return what a view sees of solids within a window."""
    boxes, depth = screen_boxes(solids, view)
    rays = camera_rays(view)
    hits = trace(solids, rays, boxes, depth, window)
    return hits, _surface(solids, rays, hits)


def _surface(solids: Solids, rays: Rays, hits: Hits) -> Surface:
    who = hits.who.ravel()
    pixel = np.flatnonzero(who >= 0)
    order = np.argsort(who[pixel], kind="stable")
    pixel = pixel[order]
    who = who[pixel]
    depth = hits.near.ravel()[pixel]
    place, normal = _points(solids, rays, hits, pixel, who, depth)
    _melt(solids, rays, hits, pixel, who, depth, normal)
    inverse = _rigid_inverse(solids.frame)
    texture = np.empty_like(place)
    for n, part in _runs(who):
        texture[part] = place[part] @ inverse[n, :, :3].T + inverse[n, :, 3]
    return Surface(hits.box, pixel, depth, place, normal, texture, solids.material[who], who)


def _points(
    solids: Solids,
    rays: Rays,
    hits: Hits,
    pixel: np.ndarray,
    who: np.ndarray,
    depth: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return world places and unit normals (K, 3) of points that are sorted by solid."""
    x0, y0, x1, _ = hits.box
    row, column = np.divmod(pixel, x1 - x0)
    at = np.stack([np.ones_like(column), column + x0, row + y0], 1).astype(np.float32)
    direction = at @ rays.direction.astype(np.float32)
    place = at @ rays.origin.astype(np.float32) + direction * depth[:, None]
    normal = np.empty_like(place)
    inverse = invert(solids.to_world).astype(np.float32)
    for n, part in _runs(who):
        local = place[part] @ inverse[n, :, :3].T + inverse[n, :, 3]
        shape = (float(a[n]) for a in (solids.r0, solids.r1, solids.length))
        normal[part] = local_normals(local, *shape) @ inverse[n, :, :3]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return place, normal


def _melt(
    solids: Solids,
    rays: Rays,
    hits: Hits,
    pixel: np.ndarray,
    who: np.ndarray,
    depth: np.ndarray,
    normal: np.ndarray,
) -> None:
    """Bend normals toward the next solid where it lies just under the surface, if like it."""
    after = hits.next_who.ravel()[pixel]
    gap = np.minimum(hits.next.ravel()[pixel], np.float32(1e6)) - depth
    blend = np.minimum(solids.blend_m[who], np.where(after >= 0, solids.blend_m[after], 0))
    close = (gap < blend) & (solids.material[who] == solids.material[after])
    index = np.flatnonzero(close)
    index = index[np.argsort(after[index], kind="stable")]
    if not len(index):
        return
    _, other = _points(solids, rays, hits, pixel[index], after[index], depth[index] + gap[index])
    share = (0.5 * (1 - gap[index] / blend[index]) ** 2)[:, None]
    mixed = normal[index] * (1 - share) + other * share
    normal[index] = mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-6)


def _runs(who: np.ndarray) -> list[tuple[int, slice]]:
    """Return (solid, slice) of each run of equal values in a sorted array."""
    edges = np.flatnonzero(np.diff(who)) + 1
    starts = [0, *edges.tolist()] if len(who) else []
    ends = [*edges.tolist(), len(who)]
    return [(int(who[a]), slice(a, b)) for a, b in zip(starts, ends, strict=False)]


def _rigid_inverse(frames: np.ndarray) -> np.ndarray:
    """Return inverses of frames without their scale: texture coordinates stay in metres."""
    scale = np.linalg.norm(frames[:, :, 1], axis=1)
    unit = frames.copy()
    unit[:, :, :3] /= scale[:, None, None]
    return invert(unit).astype(np.float32)
