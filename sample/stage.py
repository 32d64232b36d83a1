"""A part of the picture with room for one layer, painted at twice the size of the video."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from paint import Array, blur

SCALE = 2

#: Points of (x, y, height towards the camera), px of the video.
Knots = list[tuple[float, ...]]


@dataclass(frozen=True)
class Stage:
    """A rectangle in px of the video, relative to the person's axis."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of its layers."""
        return (self.bottom - self.top) * SCALE, (self.right - self.left) * SCALE

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return the position on the layer of a point of the video."""
        return (x - self.left) * SCALE, (y - self.top) * SCALE

    def row(self, y: float) -> int:
        """Return the layer's row at height ``y`` of the video."""
        return int((y - self.top) * SCALE)

    def placed(self, knots: Knots) -> Knots:
        """Return ``knots`` in px of the layer."""
        return [(*self.place(x, y), z * SCALE) for x, y, z in knots]

    def distance(self, centre: tuple[float, float]) -> Array:
        """Return each pixel's distance from ``centre``, a position on the layer."""
        rows, columns = np.ogrid[: self.shape[0], : self.shape[1]]
        return np.hypot(columns - centre[0], rows - centre[1]).astype(np.float32)

    def profile(self, stops: list[tuple[float, float]]) -> Array:
        """Return the half width of every row, px of the layer, for stops of (y, half width)."""
        rows = np.arange(self.shape[0]) / SCALE + self.top
        ys, halves = zip(*stops, strict=True)
        half = np.interp(rows, ys, halves, left=0.0, right=halves[-1]).astype(np.float32)
        smooth = cv2.GaussianBlur(half[:, None], (1, 31), 6.0)[:, 0]
        return np.where(half > 0, smooth, 0.0).astype(np.float32) * SCALE

    def polygon(self, points: list[tuple[float, float]], soft: float) -> Array:
        """Return the coverage of a polygon of points of the video, its edge blurred."""
        mask = np.zeros(self.shape, np.uint8)
        corners = np.array([self.place(x, y) for x, y in points])
        cv2.fillPoly(mask, [np.round(corners * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
        return blur(mask.astype(np.float32) / 255.0, soft)

    def crop(self, picture: Array, of: Stage, outside: float) -> Array:
        """Return the part of another stage's ``picture`` that lies here."""
        left, top = (int(value) for value in of.place(self.left, self.top))
        part = np.full((*self.shape, *picture.shape[2:]), outside, np.float32)
        rows = slice(max(top, 0), max(min(top + self.shape[0], of.shape[0]), 0))
        columns = slice(max(left, 0), max(min(left + self.shape[1], of.shape[1]), 0))
        known = picture[rows, columns]
        down, right = max(-top, 0), max(-left, 0)
        part[down : down + known.shape[0], right : right + known.shape[1]] = known
        return part
