"""The subject as slabs that stand on the ground: each piece of its matte is as near as its foot."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ...clip.clip import Array
from .ground_plane import inverse_depth

#: Alpha, 8 bits, above which a pixel belongs to the subject.
_HALF = 127
#: Pieces smaller than this part of the picture are specks.
_SPECK = 0.0006
#: A piece with less than this part of a larger one's pixels, this near to it (in parts of the
#: picture's width) and above its foot, goes with it.
_HELD, _BESIDE = 0.3, 0.04
#: A foot lower than this is cut off by the picture's border,
_CUT_OFF = 0.975
#: and then the subject is nearer than the ground at the border by this factor.
_BEFORE = 1.12
#: The background around a piece is farther than it: quantile of it that is believed.
_BEHIND = 0.8


class Piece(NamedTuple):
    """A piece of the subject: its columns, head and foot in parts of the picture, and its pixels.

    Attributes:
        left: leftmost column.
        right: rightmost column.
        head: highest row.
        foot: lowest row.
        where: (h, w) bool.
    """

    left: float
    right: float
    head: float
    foot: float
    where: Array


def find_pieces(alpha: Array) -> list[Piece]:
    """Return the pieces of a small 8 bit matte (h, w), without specks."""
    binary = (alpha > _HALF).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    height, width = alpha.shape
    pieces = []
    for label in range(1, count):
        x, y, across, down, area = stats[label]
        if area >= max(_SPECK * alpha.size, 4):
            box = x / width, (x + across) / width, y / height, (y + down) / height
            pieces.append(Piece(*box, labels == label))
    return _held(pieces)


def _held(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with what somebody holds, or what hides a part of one, put together."""
    rest = sorted(pieces, key=lambda piece: -int(piece.where.sum()))
    kept: list[Piece] = []
    for piece in rest:
        holder = next((at for at, one in enumerate(kept) if _holds(one, piece)), None)
        if holder is None:
            kept.append(piece)
        else:
            kept[holder] = _joined(kept[holder], piece)
    return sorted(kept, key=lambda piece: piece.left)


def _holds(large: Piece, small: Piece) -> bool:
    """Tell whether a small piece ends above the foot of a large one beside it."""
    gap = max(large.left - small.right, small.left - large.right)
    less = small.where.sum() < _HELD * large.where.sum()
    return bool(less and gap < _BESIDE and small.foot < large.foot)


def _joined(large: Piece, small: Piece) -> Piece:
    return Piece(
        min(large.left, small.left),
        max(large.right, small.right),
        min(large.head, small.head),
        max(large.foot, small.foot),
        large.where | small.where,
    )


def nearness_of(piece: Piece, plane: Array, background: Array) -> float:
    """Return how near a piece is: where its foot stands, and before what is seen around it.

    Args:
        piece: of the subject.
        plane: (3,) the ground's nearness.
        background: (h, w) the background's nearness.
    """
    u = (piece.left + piece.right) / 2
    foot = float(inverse_depth(plane, np.array(u), np.array(min(piece.foot, 1.0))))
    if piece.foot > _CUT_OFF:
        foot *= _BEFORE
    solid = piece.where.astype(np.uint8)
    ring = cv2.dilate(solid, np.ones((7, 7), np.uint8)) > solid
    rows = (np.arange(len(solid)) + 0.5) / len(solid)
    # Around the feet the ground itself comes nearer than they are.
    ring &= (rows < piece.head + 0.75 * (piece.foot - piece.head))[:, None]
    behind = float(np.quantile(background[ring], _BEHIND)) if ring.any() else 0.0
    return max(foot, 1.02 * behind)
