"""Textured rectangles in space, which every scene is built of, drawn from far to near.

Each is a plane, so what it shows, its depth and its motion follow from one 3 x 3 matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .camera import View
from .light import Lit

#: Paints straight linear (H, W, 4) from metres right and down of a card's corner, and a seed.
Paint = Callable[[np.ndarray, np.ndarray, int], np.ndarray]

_NEAR_M = 0.05
_LARGEST_PX = 4096
#: Points along a card's edge at which its visibility is tried.
_GRID = 41


@dataclass(frozen=True)
class Card:
    """A rectangle: top-left corner, unit vectors along its edges, size in metres.

    ``offset_m`` is where the painter's coordinates start, so that strips of one ground agree.
    ``sweep_m`` moves the card forth and back by this vector, at ``sweep_rad_s``. ``kind`` is
    "solid", "cutout" (with alpha) or "ground" (takes shadows); what ``glows`` needs no light.
    """

    name: str
    corner: tuple[float, float, float]
    size_m: tuple[float, float]
    paint: Paint
    seed: int = 0
    right: tuple[float, float, float] = (1.0, 0.0, 0.0)
    down: tuple[float, float, float] = (0.0, -1.0, 0.0)
    kind: str = "solid"
    offset_m: tuple[float, float] = (0.0, 0.0)
    glows: bool = False
    sweep_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    sweep_rad_s: float = 0.5
    sweep_phase: float = 0.0

    @property
    def normal(self) -> np.ndarray:
        """Return the side that faces up or toward the viewer."""
        normal = np.cross(self.right, -np.array(self.down))
        return normal / np.linalg.norm(normal)

    def frame(self, time_s: float) -> np.ndarray:
        """Return (4, 3): from (metres right, metres down, 1) to homogeneous world points."""
        swing = math.sin(self.sweep_rad_s * time_s + self.sweep_phase)
        corner = np.array(self.corner) + np.array(self.sweep_m) * swing
        return np.vstack([np.column_stack([self.right, self.down, corner]), [0, 0, 1.0]])


@dataclass(frozen=True)
class Picture:
    """A card with its texture, premultiplied linear float32, and texels per metre."""

    card: Card
    texture: np.ndarray
    texels_m: tuple[float, float]

    def to_screen(self, view: View, time_s: float) -> np.ndarray:
        """Return the (3, 3) matrix from texels to pixels."""
        sx, sy = self.texels_m
        metres = np.array([[1 / sx, 0, 0.5 / sx], [0, 1 / sy, 0.5 / sy], [0, 0, 1]])
        return view.projection @ self.card.frame(time_s) @ metres

    def box(self, view: View, time_s: float) -> tuple[int, int, int, int] | None:
        """Return the pixels x0, y0, x1, y1 that the card may touch."""
        w, h = self.card.size_m
        corners = np.array([[0, 0, 1], [w, 0, 1], [w, h, 1], [0, h, 1.0]])
        flat = corners @ (view.projection @ self.card.frame(time_s)).T
        flat = _clip_near(flat)
        if len(flat) < 3:
            return None
        xy = flat[:, :2] / flat[:, 2:]
        x0, y0 = np.floor(xy.min(0)).clip(0, [view.width, view.height]).astype(int)
        x1, y1 = (np.ceil(xy.max(0)) + 1).clip(0, [view.width, view.height]).astype(int)
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def draw(self, canvas: np.ndarray, view: View, time_s: float) -> None:
        """Draw over ``canvas`` (H, W, 4): linear colour, and how far the ground is seen."""
        box = self.box(view, time_s)
        if box is None:
            return
        x0, y0, x1, y1 = box
        matrix = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1.0]]) @ self.to_screen(view, time_s)
        part = canvas[y0:y1, x0:x1]
        if self.card.kind == "cutout":
            top = cv2.warpPerspective(self.texture, matrix, (x1 - x0, y1 - y0))
            rest = 1.0 - top[..., 3:]
            top[..., 3] = 0.0
            part *= rest
            part += top
        else:
            drawn = part.copy()
            cv2.warpPerspective(
                self.texture, matrix, (x1 - x0, y1 - y0), dst=drawn,
                borderMode=cv2.BORDER_TRANSPARENT,
            )  # fmt: skip
            part[:] = drawn


def paint_card(card: Card, view: View, lit: Lit, aperture: float, focus_m: float) -> Picture:
    """Paint a card as sharp as ``view`` can see it, lit, and out of focus by its distance."""
    right, down = _density(card, view)
    texture = _textured(card, right, down)
    if not card.glows:
        texture[..., :3] *= lit.on(card.normal)
    np.clip(texture[..., :3], 0.0, 1.0, out=texture[..., :3])
    if card.kind == "cutout":
        texture[..., :3] *= texture[..., 3:]
    else:
        texture[..., 3] = float(card.kind == "ground")
    if aperture > 0:
        texture = _defocus(texture, card, view, aperture, focus_m, (right, down))
    return Picture(card, np.ascontiguousarray(texture, np.float32), (right, down))


def seen_part(card: Card, views: list[View]) -> Card | None:
    """Return the part of a card that some view shows, with a margin; None if there is none.

    Painting what is never seen would take most of the time.
    """
    if any(card.sweep_m):
        return card
    w, h = card.size_m
    u, v = np.meshgrid(np.linspace(0, w, _GRID), np.linspace(0, h, _GRID))
    flat = np.stack([u, v, np.ones_like(u)], -1)
    seen = np.zeros((_GRID, _GRID), bool)
    for view in views:
        place = flat @ (view.projection @ card.frame(0.0)).T
        depth = place[..., 2]
        xy = place[..., :2] / np.maximum(depth, 1e-6)[..., None] / [view.width, view.height]
        seen |= (depth > _NEAR_M) & (np.abs(xy - 0.5) < 0.62).all(-1)
    if not seen.any():
        return card if max(w, h) < 3.0 else None
    columns, rows = np.flatnonzero(seen.any(0)), np.flatnonzero(seen.any(1))
    left, right = max(columns[0] - 1, 0), min(columns[-1] + 1, _GRID - 1)
    top, bottom = max(rows[0] - 1, 0), min(rows[-1] + 1, _GRID - 1)
    shift = u[0, left], v[top, 0]
    corner = np.array(card.corner) + np.array(card.right) * shift[0]
    corner = corner + np.array(card.down) * shift[1]
    return replace(
        card,
        corner=tuple(corner),
        size_m=(u[0, right] - shift[0], v[bottom, 0] - shift[1]),
        offset_m=(card.offset_m[0] + shift[0], card.offset_m[1] + shift[1]),
    )


def _textured(card: Card, right: float, down: float) -> np.ndarray:
    """Paint at twice the density and average, in strips that keep the memory small."""
    columns = max(int(card.size_m[0] * right), 2)
    rows = max(int(card.size_m[1] * down), 2)
    out = np.empty((rows, columns, 4), np.float32)
    x = (np.arange(2 * columns, dtype=np.float32) + 0.5) / np.float32(2 * right)
    for top in range(0, rows, 128):
        bottom = min(top + 128, rows)
        y = (np.arange(2 * top, 2 * bottom, dtype=np.float32) + 0.5) / np.float32(2 * down)
        u, v = np.meshgrid(x + np.float32(card.offset_m[0]), y + np.float32(card.offset_m[1]))
        fine = card.paint(u, v, card.seed).astype(np.float32)
        out[top:bottom] = cv2.resize(fine, (columns, bottom - top), interpolation=cv2.INTER_AREA)
    return out


def _density(card: Card, view: View) -> tuple[float, float]:
    """Return texels per metre right and down at the card's middle distance, capped."""
    w, h = card.size_m
    right, down = np.array(card.right), np.array(card.down)
    middle = np.array(card.corner) + right * w / 2 + down * h / 2
    depth = max(float((view.rotation @ (middle - view.position))[2] * -1), 0.3)
    across = view.focal_px / depth * 1.15
    lean = 1.0
    if abs(card.normal[1]) > 0.9:
        # The strip's near edge decides: it must not look soft.
        edge = np.array(card.corner) + down * h
        near = max(float((view.rotation @ (edge - view.position))[2] * -1), 2.0)
        across = view.focal_px / near * 0.9
        lean = min(max(float(view.position[1]), 0.3) / near * 1.3, 1.0)
    across = max(min(across, _LARGEST_PX / w, _LARGEST_PX / (h * lean)), 0.05)
    return across, max(across * lean, 2.0 / h)


def _defocus(
    texture: np.ndarray,
    card: Card,
    view: View,
    aperture: float,
    focus_m: float,
    texels_m: tuple[float, float],
) -> np.ndarray:
    """Blur by a disc as wide as the lens makes it at the card's distance; ground row by row."""
    w, h = card.size_m
    ends = []
    for share in (0.0, 1.0) if card.kind == "ground" else (0.5,):
        place = np.array(card.corner) + np.array(card.right) * w / 2
        place = place + np.array(card.down) * h * share
        depth = max(float((view.rotation @ (place - view.position))[2] * -1), 0.5)
        radius_m = aperture * view.height * abs(1 - focus_m / depth) * depth / view.focal_px
        ends.append(_disc_blur(texture, radius_m * texels_m[0], radius_m * texels_m[1]))
    if len(ends) == 1:
        return ends[0]
    share = np.linspace(0, 1, len(texture), dtype=np.float32)[:, None, None]
    return ends[0] * (1 - share) + ends[1] * share


def _disc_blur(texture: np.ndarray, rx: float, ry: float) -> np.ndarray:
    if max(rx, ry) < 0.4:
        return texture
    kx, ky = math.ceil(rx), math.ceil(ry)
    x, y = np.meshgrid(np.arange(-kx, kx + 1), np.arange(-ky, ky + 1))
    reach = np.hypot(x / max(rx, 0.3), y / max(ry, 0.3))
    kernel = np.clip((1 - reach) * max(rx, ry) + 0.5, 0, 1).astype(np.float32)
    return cv2.filter2D(texture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def _clip_near(flat: np.ndarray) -> np.ndarray:
    """Cut a polygon of homogeneous points (K, 3) at the near plane (Sutherland-Hodgman)."""
    out = []
    for a, b in zip(flat, np.roll(flat, -1, 0), strict=True):
        if a[2] >= _NEAR_M:
            out.append(a)
        if (a[2] >= _NEAR_M) != (b[2] >= _NEAR_M):
            out.append(a + (b - a) * (_NEAR_M - a[2]) / (b[2] - a[2]))
    return np.array(out)
