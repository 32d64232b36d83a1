"""The anchors of a clip: pictures of its background whose relief stands for the frames around.

Each anchor's trails are seen in other looks, and their parallax is solved; its picture, with the
people in it, tells the horizon; both give its relief. Then the anchors are brought together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from . import horizon as horizons
from .depth_features import Measured, brought_to, measure
from .depth_scenery import Anchor, Scenery, Standing
from .depth_standing import Piece, nearness_of
from .ground_plane import plane_of
from .horizon import Height
from .parallax import solve_parallax
from .relief import Relief, map_size, read_relief
from .tiers import find_tiers
from .trails import Seen

#: Views from which an anchor is seen, how many looks away they may be, and the share of its
#: trails that they must show.
_VIEWS, _REACH, _SHARED = 6, 60, 0.4
#: Spread of the horizons that grounds show: at least, and of a single one.
_LEAST_SPREAD, _LONELY_SPREAD = 0.03, 0.045
#: How much the scale of neighbouring anchors may differ, and of each from its own ground (log).
_TOGETHER, _OWN = 0.1, 0.2
#: A picture that grows by more than this (log) between anchors comes nearer.
_GROWS = 0.02
#: Quantile of the nearness that becomes 1.
_NEAREST = 0.998
#: Belief from which an anchor lends its depth to one without, what is left of it there, and the
#: fewest features that both must see.
_LENDS, _LENT, _FEWEST_LENT = 0.5, 0.7, 40
#: Alpha, 8 bits, above which a pixel is not background.
_SUBJECT = 12
#: Feet lower than this are cut off by the picture's border.
_CUT_OFF = 0.96


@dataclass(frozen=True)
class Kept:
    """A look at a clip.

    Attributes:
        place: among the looks.
        frame: of the clip.
        picture: (h, w, 3) uint8, of a map's size.
        alpha: (h, w) uint8, or None without a matte.
        grey: (H, W) uint8, half as large as the looks.
    """

    place: int
    frame: int
    picture: Array
    alpha: Array | None
    grey: Array


def find_scenery(
    kept: Sequence[Kept], seen: Sequence[Seen], pieces: Sequence[tuple[int, Piece]], size: Size
) -> Scenery:
    """Return the scenery of a clip.

    Args:
        kept: the looks that become anchors, in order.
        seen: the trails in every look.
        pieces: of the subject, with the frame of each.
        size: of the looks.
    """
    lines = [_lines(one) for one in kept]
    hints = [_hints(one, found, pieces, size) for one, found in zip(kept, lines, strict=True)]
    guesses = [horizons.find_height(*hint) for hint in hints]
    measured = [_measured(one, guess, seen, size) for one, guess in zip(kept, guesses, strict=True)]
    shown = [one.horizon for one in measured if one is not None and one.horizon is not None]
    spread = _spread(shown)
    reliefs = []
    tilts = [horizons.slope_of(found) * size.width / size.height for found in lines]
    for one, hint, guess, features, tilt in zip(kept, hints, guesses, measured, tilts, strict=True):
        height = guess
        if features is not None:
            if features.horizon is not None:
                height = _with_ground(hint, features.horizon, spread)
            features = brought_to(features, height, tilt)
        reliefs.append(read_relief(one.picture, one.alpha, features, height, tilt))
    for at, other in _borrowers(reliefs):
        points = shared(seen[kept[at].place], seen[kept[other].place])
        lent = borrowed(reliefs[other], points, reliefs[at].plane, size)
        if lent is not None:
            one = kept[at]
            reliefs[at] = read_relief(one.picture, one.alpha, lent, reliefs[at].height, tilts[at])
    scales = _levelled(kept, reliefs, seen, size)
    anchors = [
        _anchor(one.frame, relief, float(scale))
        for one, relief, scale in zip(kept, reliefs, scales, strict=True)
    ]
    return _in_range(anchors, [_standing(frame, piece, anchors) for frame, piece in pieces])


def see_horizon(picture: Array) -> tuple[Height, float]:
    """Return the horizon of a single picture, and its slope: rows downward per column.

    Args:
        picture: (H, W, 3) uint8, as large as a look.
    """
    size = Size(picture.shape[1], picture.shape[0])
    small = cv2.resize(picture, tuple(map_size(size)), interpolation=cv2.INTER_AREA)
    half = (max(size.width // 2, 1), max(size.height // 2, 1))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    one = Kept(0, 0, small, None, cv2.resize(grey, half, interpolation=cv2.INTER_AREA))
    lines = _lines(one)
    return horizons.find_height(*_hints(one, lines, (), size)), horizons.slope_of(lines)


def shared(first: Seen, second: Seen) -> tuple[Array, Array]:
    """Return (K, 2) positions in each look of the trails that both see."""
    here, there = _places(first, second)
    return first.points[here], second.points[there]


def _lines(one: Kept) -> Array:
    """Return the straight lines of a look's background."""
    free = None
    if one.alpha is not None:
        shape = (one.grey.shape[1], one.grey.shape[0])
        grown = cv2.dilate(one.alpha, np.ones((5, 5), np.uint8))
        large = cv2.resize(grown, shape, interpolation=cv2.INTER_NEAREST)
        free = np.where(large > _SUBJECT, 0, 255).astype(np.uint8)
    return horizons.find_lines(one.grey, free)


def _hints(one: Kept, lines: Array, pieces: Sequence[tuple[int, Piece]], size: Size) -> list[Array]:
    """Return what lines, people and sky say of a look's horizon; the lines first."""
    hints = [horizons.say_lines(lines, size.height / size.width)]
    for frame, piece in pieces:
        if frame == one.frame and piece.foot < _CUT_OFF:
            hints.append(horizons.say_foot(piece.foot))
            across = (piece.right - piece.left) * size.width / size.height
            if piece.foot - piece.head > 2.0 * across:
                hints.append(horizons.say_person(piece.head, piece.foot))
    first = horizons.find_height(*hints)
    tiers = find_tiers(one.picture, one.alpha, min(first.at + first.spread, 0.62))
    if tiers.has_sky > 0.4:
        hints.append(tiers.has_sky * horizons.say_sky(float(np.quantile(tiers.sky, 0.75))))
    return hints


def _measured(one: Kept, guess: Height, seen: Sequence[Seen], size: Size) -> Measured | None:
    points = seen[one.place].points
    plane = plane_of(guess.at)
    ground = plane[0] + plane[2] * (points[:, 1] + 0.5) / size.height
    solved = solve_parallax(points, _views(one.place, seen), np.maximum(ground, 0.03), size)
    return measure(solved, size)


def _views(place: int, seen: Sequence[Seen]) -> Array:
    """Return (V, N, 2) the trails of a look in views spread over where they are seen."""
    anchor = seen[place]
    found = []
    for other in range(max(0, place - _REACH), min(len(seen), place + _REACH + 1)):
        here, _ = _places(anchor, seen[other])
        if other != place and len(here) >= _SHARED * max(len(anchor.names), 1):
            found.append(other)
    if len(found) > _VIEWS:
        found = [found[at] for at in np.linspace(0, len(found) - 1, _VIEWS).astype(int)]
    views = np.full((len(found), len(anchor.names), 2), np.nan)
    for view, other in zip(views, found, strict=True):
        here, there = _places(anchor, seen[other])
        view[here] = seen[other].points[there]
    return views


def _borrowers(reliefs: Sequence[Relief]) -> list[tuple[int, int]]:
    """Return pairs: an anchor of which little was measured, and the nearest that is measured."""
    lenders = [at for at, relief in enumerate(reliefs) if relief.belief > _LENDS]
    poor = [at for at, relief in enumerate(reliefs) if relief.belief <= _LENDS * _LENT]
    return [(at, min(lenders, key=lambda other: abs(other - at))) for at in poor if lenders]


def borrowed(
    relief: Relief, points: tuple[Array, Array], plane: Array, size: Size
) -> Measured | None:
    """Return the features of a picture with what another picture's relief says of them.

    Without it a stretch in which the camera rests would look unlike its neighbours.

    Args:
        relief: of the other picture.
        points: (K, 2) here and in the other picture.
        plane: (3,) the ground here.
        size: of the pictures.
    """
    here, there = points
    if len(here) < _FEWEST_LENT:
        return None
    return Measured(
        u=(here[:, 0] + 0.5) / size.width,
        v=(here[:, 1] + 0.5) / size.height,
        nearness=_sampled(relief.nearness, there, size),
        weight=np.full(len(here), 0.5),
        plane=plane,
        belief=_LENT * relief.belief,
        on_ground=False,
    )


def _spread(shown: Sequence[float]) -> float:
    """Return how far off a horizon is that a ground shows, by how much they differ."""
    if len(shown) < 2:
        return _LONELY_SPREAD
    middle = float(np.median(shown))
    return max(1.5 * float(np.median(np.abs(np.array(shown) - middle))), _LEAST_SPREAD)


def _with_ground(hints: Sequence[Array], shown: float, spread: float) -> Height:
    hint = np.maximum(-0.5 * np.square((horizons.TRIED - shown) / spread), -30.0)
    height = horizons.find_height(*hints, hint)
    return replace(height, source="the ground's parallax")


def _levelled(
    kept: Sequence[Kept], reliefs: Sequence[Relief], seen: Sequence[Seen], size: Size
) -> Array:
    """Return factors that bring the anchors' maps together where they show the same."""
    count = len(reliefs)
    rows, right = [np.eye(count) / _OWN], [np.zeros(count)]
    for at in range(count - 1):
        first, second = (seen[one.place] for one in kept[at : at + 2])
        ratio = _ratio(shared(first, second), reliefs[at : at + 2], size)
        if ratio is not None:
            row = np.zeros((1, count))
            row[0, at], row[0, at + 1] = 1.0, -1.0
            rows.append(row / _TOGETHER)
            right.append(np.array([ratio / _TOGETHER]))
    logs = np.linalg.lstsq(np.vstack(rows), np.concatenate(right), rcond=None)[0]
    return np.asarray(np.exp(logs))


def _ratio(points: tuple[Array, Array], reliefs: Sequence[Relief], size: Size) -> float | None:
    """Return the log of how much nearer the next anchor calls the features that both see.

    None where few are shared, and where the camera goes toward them: they do come nearer then.
    """
    here, there = points
    if len(here) < 20:
        return None
    grown = np.log(np.std(there, axis=0).sum() / max(float(np.std(here, axis=0).sum()), 1e-6))
    if abs(float(grown)) > _GROWS:
        return None
    first, second = (
        _sampled(relief.nearness, place, size)
        for relief, place in zip(reliefs, points, strict=True)
    )
    clear = (first > 0.03) & (second > 0.03)
    if clear.sum() < 10:
        return None
    return float(np.median(np.log(second[clear] / first[clear])))


def _anchor(frame: int, relief: Relief, scale: float) -> Anchor:
    a, b, c = (float(value) * scale for value in relief.plane)
    return Anchor(
        frame=frame,
        nearness=(relief.nearness * scale).astype(np.float32),
        plane=(a, b, c),
        height=relief.height.at,
        spread=relief.height.spread,
        source=relief.height.source,
        belief=relief.belief,
        grounded=relief.stands,
    )


def _standing(frame: int, piece: Piece, anchors: Sequence[Anchor]) -> Standing:
    nearest = min(anchors, key=lambda anchor: abs(anchor.frame - frame))
    near = nearness_of(piece, np.array(nearest.plane), nearest.nearness)
    return Standing(frame, piece.left, piece.right, piece.foot, near)


def _in_range(anchors: Sequence[Anchor], people: Sequence[Standing]) -> Scenery:
    """Return the scenery with 1 for the nearest of the clip."""
    most = max(float(np.quantile(anchor.nearness, _NEAREST)) for anchor in anchors)
    most = max([most, *(one.nearness for one in people), 1e-6])
    scaled = [
        replace(
            anchor,
            nearness=np.minimum(anchor.nearness / np.float32(most), np.float32(1.0)),
            plane=(anchor.plane[0] / most, anchor.plane[1] / most, anchor.plane[2] / most),
        )
        for anchor in anchors
    ]
    standing = [one._replace(nearness=one.nearness / most) for one in people]
    return Scenery(tuple(scaled), tuple(standing))


def _places(first: Seen, second: Seen) -> tuple[Array, Array]:
    """Return where, in each look, the trails stand that both see."""
    _, here, there = np.intersect1d(
        first.names, second.names, assume_unique=True, return_indices=True
    )
    return here, there


def _sampled(nearness: Array, points: Array, size: Size) -> Array:
    height, width = nearness.shape
    x = ((points[:, 0] + 0.5) / size.width * width).astype(int).clip(0, width - 1)
    y = ((points[:, 1] + 0.5) / size.height * height).astype(int).clip(0, height - 1)
    return np.asarray(nearness[y, x])
