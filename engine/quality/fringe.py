"""Fringes and halos: colour at the subject's edge that neither subject nor background explains.

Across the edge the picture should be ``alpha F + (1 - alpha) B``, mixed in display values or in
linear light, with F and B the colours found a little inside and outside. What is left of that,
averaged along the edge, cancels for detail and stays for a bright or dark line (halo) and for a
tint (fringe: spill, old background).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array

#: How far from the transition colours count as subject or background, px, and where they are
#: averaged.
_CLEAR_PX = 4
_LOCAL_PX = 12
#: The edge is judged where the subject covers less than this: shading belongs to the subject.
_ALPHA_MAX = 0.8
#: The busiest tiles of the edge stand for all of it.
_TILE_PX, _TILES = 160, 8
_LEAST_PX = 50


@dataclass(frozen=True)
class Fringe:
    """What is wrong along the edge, in 8-bit codes.

    Attributes:
        halo: size of the mean difference of luma; bright and dark halos alike.
        tint: size of the mean difference of colour.
    """

    halo: float
    tint: float


def edge_fringe(picture: Array, alpha: Array, plate: Array | None = None) -> Fringe | None:
    """Return the fringe of a composite; None where there is no edge to judge.

    Args:
        picture: (h, w, 3) uint8 RGB.
        alpha: (h, w) uint8, subject = 255.
        plate: (h, w, 3) uint8 RGB, the background without the subject, if it is at hand; its
            detail then no longer disturbs.
    """
    total, count = np.zeros(3), 0
    for tile in _edge_tiles(alpha):
        left = _unexplained(picture[tile], alpha[tile], None if plate is None else plate[tile])
        total += left.sum(axis=0)
        count += len(left)
    if count < _LEAST_PX:
        return None
    red, green, blue = (total / count).tolist()
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    tint = np.sqrt(((np.array([red, green, blue]) - luma) ** 2).mean())
    return Fringe(halo=abs(float(luma)), tint=float(tint))


def _edge_tiles(alpha: Array) -> list[tuple[slice, slice]]:
    """Return the tiles that hold most of the transition."""
    height, width = alpha.shape
    edge = cv2.Laplacian(alpha, cv2.CV_16S) != 0
    found = []
    for top in range(0, height, _TILE_PX):
        for left in range(0, width, _TILE_PX):
            amount = np.count_nonzero(edge[top : top + _TILE_PX, left : left + _TILE_PX])
            found.append((-amount, top, left))
    margin = _CLEAR_PX + _LOCAL_PX
    return [
        (
            slice(max(0, top - margin), top + _TILE_PX + margin),
            slice(max(0, left - margin), left + _TILE_PX + margin),
        )
        for amount, top, left in sorted(found)[:_TILES]
        if amount
    ]


def _unexplained(picture: Array, alpha: Array, plate: Array | None) -> Array:
    """Return (n, 3) what subject and background do not explain of the pixels along the edge."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _CLEAR_PX + 1, 2 * _CLEAR_PX + 1))
    inside = cv2.erode((alpha > 250).astype(np.uint8), disc).astype(np.float32)
    outside = cv2.erode((alpha < 5).astype(np.uint8), disc).astype(np.float32)
    colours = picture.astype(np.float32)
    detail = np.zeros_like(colours) if plate is None else plate.astype(np.float32)
    subject, subject_known = _local(colours, inside)
    ground, ground_known = _local(colours - detail, outside)
    cover = (alpha.astype(np.float32) / 255.0)[..., None]
    left = _outside_mixes(colours, cover, subject, ground + detail)
    # The band reaches over the transition and the clear margin outside it.
    band = (outside == 0) & (inside == 0) & (alpha < 255 * _ALPHA_MAX)
    band &= (subject_known > 0.02) & (ground_known > 0.02)
    along: Array = left[band]
    return along


def _outside_mixes(colours: Array, cover: Array, subject: Array, ground: Array) -> Array:
    """Return by how much colours lie outside what mixing in display or linear values gives.

    A linear mix is the lighter one; light counts as the square of the display value.
    """
    subject, ground = np.maximum(subject, 0.0), np.maximum(ground, 0.0)
    darkest = cover * subject + (1.0 - cover) * ground
    lightest = np.sqrt(cover * subject**2 + (1.0 - cover) * ground**2)
    left: Array = np.maximum(colours - lightest, 0.0) + np.minimum(colours - darkest, 0.0)
    return left


def _local(values: Array, where: Array) -> tuple[Array, Array]:
    """Return the mean of ``values`` near each pixel over ``where``, and how much of it there is."""
    size = (2 * _LOCAL_PX + 1, 2 * _LOCAL_PX + 1)
    known = cv2.blur(where, size)
    total = cv2.blur(values * where[..., None], size)
    return total / np.maximum(known, 1e-6)[..., None], known
