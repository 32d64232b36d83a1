"""What a picture shows of sky, leaves, water, walls and floors, measured by colour and texture.

Simple measures on a picture of about 160 x 90; each is a share of the picture that the subject
leaves free, 0 ... 1. They are hints, not findings: a blue wall can pass for a sky.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ...clip.clip import Array

#: Pixels of the pictures that are measured.
MEASURED_PIXELS = 160 * 90
#: Local contrast (standard deviation in 5 x 5, 0 ... 1) below which a surface is smooth, and above
#: which it is rough as leaves are.
_SMOOTH, _ROUGH = 0.022, 0.035
#: Parts of the picture: where the upper one ends, where the lower and lowest begin,
#: and the middle.
_UPPER, _LOWER, _LOWEST, _MIDDLE = 0.6, 0.7, 0.85, (0.35, 0.7)
#: Share of the lower part up to which a sky has left it.
_LEFT = 0.05
#: Distance in 8-bit Lab that is one colour, and the share of the upper half that is rare.
_ONE_COLOUR, _RARE = 22.0, 0.15


class Measures(NamedTuple):
    """Shares of the free picture, 0 ... 1.

    Attributes:
        blue_sky: smooth, blue or cyan, joined to the top.
        pale_sky: smooth, bright and colourless, joined to the top and not reaching the ground.
        leaves: green and rough.
        lawn: green in the lower part.
        water: blue or cyan in the middle, below the sky or without one.
        sand: smooth to rough, warm and pale, in the lower part.
        wall: smooth, dull and bright, of the middle alone: a sunset's sky ends above it.
        ground: of the lowest part, what has its commonest colour, if that is rare above and reaches
            both sides, as clothes seldom do.
        rough: of the picture that is rough.
        screen: the evenly green or blue part, if it is most of the border.
        green: of the screen, whether it is green rather than blue.
        dark: of the picture that is nearly black.
        warm: mean of red minus blue over their sum, -1 ... 1, where it is bright enough.
        top_light: how much brighter the upper third is than the lower, -1 ... 1.
        mirrored: correlation of the lower part with what lies above it, upside down.
    """

    blue_sky: float
    pale_sky: float
    leaves: float
    lawn: float
    water: float
    sand: float
    wall: float
    ground: float
    rough: float
    screen: float
    green: float
    dark: float
    warm: float
    top_light: float
    mirrored: float


def measure(rgb: Array, free: Array | None = None) -> Measures:
    """Return what a picture shows.

    Args:
        rgb: (H, W, 3) uint8, display-referred.
        free: (H, W) bool, where no subject is; None is everywhere.
    """
    free = np.ones(rgb.shape[:2], bool) if free is None else free
    count = max(int(free.sum()), 1)
    picture = rgb.astype(np.float32) / 255.0
    hue, saturation, value = cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV))
    contrast = _contrast(picture.mean(axis=2))
    height = rgb.shape[0]
    row = (np.arange(height, dtype=np.float32) / height)[:, None]

    def share(mask: Array) -> float:
        return float((mask & free).sum() / count)

    smooth, rough = contrast < _SMOOTH, contrast > _ROUGH
    bluish = (hue > 175) & (hue < 255)
    blue = smooth & bluish & (saturation > 0.12) & (saturation < 0.85) & (value > 0.4)
    pale = smooth & (saturation < 0.12) & (value > 0.72)
    blue_sky, pale_sky = _from_top(blue), _from_top(pale | blue)
    if not _ends_above_ground(pale_sky, free):
        pale_sky = np.zeros_like(pale_sky)
    green = (hue > 55) & (hue < 165) & (saturation > 0.18) & (value > 0.06)
    warm = (hue > 15) & (hue < 60) & (saturation > 0.1) & (saturation < 0.6) & (value > 0.45)
    dull = smooth & (saturation < 0.25) & (value > 0.45) & ~pale_sky & ~blue_sky
    middle = free & (row > _MIDDLE[0]) & (row < _MIDDLE[1])
    screen, is_green = _screen(hue, saturation, value, contrast)
    return Measures(
        blue_sky=share(blue_sky),
        pale_sky=share(pale_sky & ~blue_sky),
        leaves=share(green & rough),
        lawn=share(green & (row > _LOWER)),
        water=share(bluish & (saturation > 0.2) & ~blue_sky & (row > 0.25) & (row < 0.85)),
        sand=share(warm & (row > _LOWER)),
        wall=float((dull & middle).sum() / max(int(middle.sum()), 1)),
        ground=_ground(rgb, free),
        rough=share(rough),
        screen=screen,
        green=is_green,
        dark=share(value < 0.1),
        warm=_warmth(picture, free),
        top_light=_top_light(value, free),
        mirrored=_mirrored(picture.mean(axis=2)),
    )


def _contrast(grey: Array) -> Array:
    mean = cv2.blur(grey, (5, 5))
    return np.asarray(np.sqrt(np.maximum(cv2.blur(grey * grey, (5, 5)) - mean * mean, 0.0)))


def _from_top(mask: Array) -> Array:
    """Return the parts of a mask that are joined to the upper edge over some length."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    touching = np.bincount(labels[:2].ravel(), minlength=count)
    keep = touching > 0.15 * mask.shape[1]
    keep[0] = False
    return np.asarray(keep[labels])


def _ends_above_ground(sky: Array, free: Array) -> bool:
    """Return whether a sky leaves the lower part of the picture: walls go down into it."""
    start = round(_UPPER * sky.shape[0])
    low = sky[start:][free[start:]]
    return bool(low.size and low.mean() < _LEFT)


def _screen(hue: Array, saturation: Array, value: Array, contrast: Array) -> tuple[float, float]:
    """Return the share of an even green or blue screen, and 1 for green."""
    height, width = hue.shape
    border = np.zeros(hue.shape, bool)
    border[: max(2, height // 10)] = True
    border[: round(height * 0.7), : max(2, width // 14)] = True
    border[: round(height * 0.7), -max(2, width // 14) :] = True
    for low, high, least, is_green in ((75, 165, 0.35, 1.0), (205, 250, 0.6, 0.0)):
        like = (hue > low) & (hue < high) & (saturation > least) & (value > 0.15)
        like &= contrast < 2 * _SMOOTH
        if like[border].mean() > 0.6 and np.ptp(np.quantile(hue[like], (0.1, 0.9))) < 25:
            return float(like.mean()), is_green
    return 0.0, 0.0


def _ground(rgb: Array, free: Array) -> float:
    """Return how much of the lowest rows has one colour, 0 unless it reaches both sides."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    height, width = free.shape
    low, high, side = round(_LOWEST * height), height // 2, max(width // 8, 1)
    below = free.copy()
    below[:low] = False
    above = free[:high]
    if below.sum() < 20 or not above.any():
        return 0.0
    common = np.median(lab[below], axis=0)
    near = np.linalg.norm(lab - common, axis=2) < _ONE_COLOUR
    edges = [below[:, :side], below[:, -side:]]
    covered = [near[:, :side][edges[0]], near[:, -side:][edges[1]]]
    reaches = all(part.size and part.mean() > 0.5 for part in covered)
    rare = near[:high][above].mean() < _RARE
    return float(near[below].mean()) if reaches and rare else 0.0


def _warmth(picture: Array, free: Array) -> float:
    bright = free & (picture.max(axis=2) > 0.15)
    if not bright.any():
        return 0.0
    red, blue = picture[..., 0][bright], picture[..., 2][bright]
    return float((red - blue).mean() / max(float((red + blue).mean()), 1e-3))


def _top_light(value: Array, free: Array) -> float:
    third = value.shape[0] // 3
    parts = [value[:third][free[:third]], value[-third:][free[-third:]]]
    if not all(part.size for part in parts):
        return 0.0
    top, low = (float(part.mean()) for part in parts)
    return (top - low) / max(top + low, 1e-3)


def _centred(plane: Array) -> Array:
    """Return a plane without what its rows and its columns have in common."""
    plane = plane - plane.mean(axis=0)
    return np.asarray(plane - plane.mean(axis=1, keepdims=True))


def _mirrored(grey: Array) -> float:
    """Return how well the lower part repeats what stands above it, upside down.

    Fine structure only, without upright and level lines: posts are the same both ways, and an edge
    is its own mirror image.
    """
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 3.0)
    height = grey.shape[0]
    best = 0.0
    for edge in range(round(0.5 * height), round(0.85 * height)):
        depth = min(height - edge, edge, height // 4)
        below, above = fine[edge : edge + depth], fine[edge - depth : edge][::-1]
        below, above = _centred(below), _centred(above)
        scale = float(np.sqrt((below * below).sum() * (above * above).sum()))
        if depth >= height // 8 and scale > 1e-6 and below.std() > 0.006:
            best = max(best, float((below * above).sum()) / scale)
    return best
