"""What is far away, told from what is near by the parallax of tracked points.

A camera that changes its place moves near things further than far ones. Whatever one motion has
been fitted to all tracks of a keyframe, the rest of each track's way follows one pattern
(Irani and Anandan, "Parallax geometry of pairs of points for 3D scene analysis", ECCV 1996)::

    rest(track, frame) = a similarity of the frame + nearness(track) * (shift + zoom * position)

It is solved by alternating least squares, reweighted, for a nearness a track and a shift and a
zoom a frame. The pattern has a free sign and a free zero: what is low in the picture must be near
on the whole, and the farthest tracks are taken for the background that a plate must follow.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .geometry import cell_of, move

#: Tracks that a pattern needs.
_FEWEST_TRACKS = 40
#: A track must be seen in this share of the frames.
_SEEN = 0.5
#: Rounds of a solve, and solves from the answer before.
_ROUNDS, _REFINED = 8, 2
#: Frames that nearness is learned from.
_LEARNED_FRAMES = 24
#: Tracking is never better than this, and no part of a pattern is larger, in pixels.
_FLOOR_PX, _MOST_PX = 0.05, 30.0
#: Tracks that obey one motion to this many pixels have no layers.
_STILL_PX = 0.07
#: Parallax from which on it is believed, in pixels, and the share that it must explain, when the
#: subject is left out and when people, or water that leaves more than so many pixels unexplained,
#: may pass for near things; the more where nearness has less to do with the place in the picture
#: than this correlation.
_PARALLAX_PX, _EXPLAINED, _EXPLAINED_ALONE, _LEANS = 0.25, 0.25, 0.5, 0.7
_CLEAR_PX = 0.25
#: Shifts, in parts of the width, from which on they tell a focal length, and what that can be.
_TURNS, _SHORT, _LONG = 0.03, 0.4, 5.0
#: The farthest share of the tracks is the background.
_FAR = 0.12


@dataclass(frozen=True)
class Layers:
    """A keyframe's tracks by their distance.

    Attributes:
        motions: (T, 3, 3), how what is far moves from the keyframe to each frame.
        nearness: (N,) of each track, 0 far, NaN where it was seen too seldom.
        parallax_px: (T, 3), how much further near tracks (the 90th percentile) have moved than far
            ones, from the keyframe to each frame: right, down, and outward at the picture's longer
            half.
    """

    motions: Array
    nearness: Array
    parallax_px: Array


def find_layers(
    points: Array, targets: Array, matrices: Array, size: Size, *, masked: bool
) -> Layers | None:
    """Return what is near and far among a keyframe's tracks, or None where nothing tells.

    Args:
        points: (N, 2) positions in the keyframe.
        targets: (T, N, 2) the same points in other frames; NaN where they were not found.
        matrices: (T, 3, 3), the motion fitted to all tracks, from the keyframe to each frame.
        size: of the picture.
        masked: whether the subject's tracks have been left out.
    """
    rest = _rest(points, targets, matrices)
    found = np.isfinite(rest[..., 0]) & (np.abs(np.nan_to_num(rest)).max(-1) < _MOST_PX)
    chosen = np.flatnonzero(found.mean(axis=0) >= _SEEN)
    if len(chosen) < _FEWEST_TRACKS:
        return None
    count = len(points)
    points, targets, found = points[chosen], targets[:, chosen], found[:, chosen]
    # A few frames tell how near a track is.
    some = np.unique(np.linspace(0, len(found) - 1, _LEARNED_FRAMES).round().astype(int))
    bent = _Pattern(points, rest[some][:, chosen], found[some], size).without_layers()
    if bent < _STILL_PX**2:
        return None
    # A ground that passes by bends the motion of all, and what is far does not bend like that: the
    # pattern starts from the motion's similarity, and from its own answer again.
    motions = np.stack([_similarity(matrix, size) for matrix in matrices])
    pattern = _Pattern(points, _rest(points, targets[some], motions[some]), found[some], size)
    left = _refined(pattern, points, targets[some], motions[some], size, learn=True)[1]
    # A nearness for each track explains some of any noise.
    explained = 1.0 - left * 2 * len(some) / (2 * len(some) - 1) / bent
    evidence = explained * min(1.0, pattern.lean() / _LEANS)
    clear = masked and left < _CLEAR_PX**2
    least = _EXPLAINED if clear else _EXPLAINED_ALONE
    if pattern.parallax_px() < _PARALLAX_PX or evidence < least:
        return None
    nearness = np.full(count, np.nan)
    nearness[chosen] = pattern.from_far()
    whole = pattern.over(_rest(points, targets, motions), found)
    motions, _ = _refined(whole, points, targets, motions, size, learn=False)
    return Layers(motions / motions[:, 2:, 2:], nearness, whole.way_of_near())


def _refined(
    pattern: _Pattern, points: Array, targets: Array, motions: Array, size: Size, *, learn: bool
) -> tuple[Array, float]:
    """Solve, and solve again from the answer; return the far motions and what is left."""
    left = pattern.solve(learn=learn)
    for _ in range(_REFINED):
        motions = _turned(motions @ pattern.to_far(), size)
        pattern.start_from(_rest(points, targets, motions))
        left = pattern.solve(learn=learn)
    return np.asarray(motions @ pattern.to_far()), left


def _turned(motions: Array, size: Size) -> Array:
    """Return motions whose perspective is that of a camera that turns, to every order.

    To first order a turn is a shift and a perspective, whose ratio tells the focal length; what
    follows in the second would pass for a ground that comes nearer.
    """
    middle = np.eye(3)
    middle[:2, 2] = (size.width - 1) / 2, (size.height - 1) / 2
    centred = np.linalg.inv(middle) @ motions @ middle
    centred = centred / centred[:, 2:, 2:]
    shifts, bends = centred[:, :2, 2], -centred[:, 2, :2]
    largest, along = float(np.abs(shifts).max()), float((shifts * bends).sum())
    focal_px = np.sqrt(float(np.square(shifts).sum()) / along) if along > 0 else np.inf
    if largest < _TURNS * size.width or not _SHORT < focal_px / size.width < _LONG:
        return motions
    exact = np.stack([_turn(bend * focal_px**2, focal_px) for bend in bends])
    alike = np.tile(np.eye(3), (len(exact), 1, 1))
    alike[:, :2, :2] = _alike(np.linalg.inv(exact[:, :2, :2]) @ centred[:, :2, :2])
    whole = exact @ alike
    rest = np.tile(np.eye(3), (len(whole), 1, 1))
    rest[:, :2, 2] = shifts - whole[:, :2, 2] / whole[:, 2:, 2]
    return np.asarray(middle @ rest @ whole @ np.linalg.inv(middle))


def _turn(shift: Array, focal_px: float) -> Array:
    """Return the (3, 3) matrix of the turn that takes the middle, at (0, 0), to ``shift``."""
    ahead = np.append(shift, focal_px)
    ahead = ahead / np.linalg.norm(ahead)
    # The least turn that takes the z axis there (Rodrigues).
    axis = np.array([-ahead[1], ahead[0], 0.0])
    cross = np.array([[0, 0, axis[1]], [0, 0, -axis[0]], [-axis[1], axis[0], 0]])
    rotation = np.eye(3) + cross + cross @ cross / (1 + ahead[2])
    lens = np.diag([focal_px, focal_px, 1.0])
    matrix = lens @ rotation @ np.linalg.inv(lens)
    return np.asarray(matrix / matrix[2, 2])


def _rest(points: Array, targets: Array, matrices: Array) -> Array:
    """Return (T, N, 2): what each track moves beside the motions, in the keyframe's pixels."""
    backs = np.linalg.inv(matrices)
    return np.stack([move(to, back) - points for to, back in zip(targets, backs, strict=True)])


def _similarity(matrix: Array, size: Size) -> Array:
    """Return the motion's shift, zoom and turn about the picture's middle."""
    middle = np.eye(3)
    middle[:2, 2] = (size.width - 1) / 2, (size.height - 1) / 2
    there = move(middle[None, :2, 2], matrix)[0]
    back = np.eye(3)
    back[:2, 2] = -there
    centred = back @ matrix @ middle
    centred = centred / centred[2, 2]
    centred[:2, :2] = _alike(centred[:2, :2])
    centred[2, :2] = 0.0
    return np.asarray(np.linalg.inv(back) @ centred @ np.linalg.inv(middle))


def _alike(matrices: Array) -> Array:
    """Return the zoom and turn in (..., 2, 2) matrices."""
    grown = matrices[..., 0, 0] + matrices[..., 1, 1]
    turned = matrices[..., 1, 0] - matrices[..., 0, 1]
    rows = np.stack([np.stack([grown, -turned], -1), np.stack([turned, grown], -1)], -2)
    return np.asarray(rows / 2)


class _Pattern:
    """The rest of N tracks over T frames, and the pattern that is fitted to it."""

    def __init__(self, points: Array, rest: Array, found: Array, size: Size) -> None:
        self._middle = np.array([(size.width - 1) / 2, (size.height - 1) / 2])
        self._reach = max(size.width, size.height) / 2
        self._at = (points - self._middle) / self._reach
        self._rest = np.where(found[..., None], rest, 0.0)
        self._found = found.astype(np.float64)
        cells = cell_of(points, size)
        # Each cell of the picture counts about once.
        self._share = 1.0 / np.sqrt(np.bincount(cells)[cells])
        # To begin with, what is low is near.
        self._near = self._at[:, 1] - np.average(self._at[:, 1], weights=self._share)
        self._weights = self._found * self._share
        frames = len(rest)
        x, y = self._at.T
        one, zero = np.ones_like(x), np.zeros_like(x)
        # Shift right, shift down, zoom, turn, and the two perspectives of a camera that turns.
        self._across = np.stack([one, zero, x, -y, x * x, x * y], axis=1)
        self._down = np.stack([zero, one, y, x, x * y, y * y], axis=1)
        self._alike = np.zeros((frames, 6))
        self._along = np.zeros((frames, 3))

    def over(self, rest: Array, found: Array) -> _Pattern:
        """Return a pattern of the same tracks, as near as they are known to be, in other frames."""
        other = copy.copy(self)
        other._found = found.astype(np.float64)
        other._weights = other._found * self._share
        other.start_from(rest)
        return other

    def start_from(self, rest: Array) -> None:
        """Take another rest of the same tracks; what is known of their nearness stays."""
        self._rest = np.where(self._found[..., None] > 0, rest, 0.0)

    def solve(self, *, learn: bool) -> float:
        """Fit; return the typical square of what is left, in pixels.

        Args:
            learn: whether tracks may become nearer or farther.
        """
        for _ in range(_ROUNDS if learn else 2):
            self._solve_frames()
            if learn:
                self._solve_tracks()
            self._reweight()
        self._solve_frames()
        if learn and self.lean() < 0:
            self._near, self._along = -self._near, -self._along
        return self._spread()

    def without_layers(self) -> float:
        """Return the same when every frame has one motion for all, with shear and stretch."""
        x, y = self._at.T
        self._across = np.column_stack([self._across, x, y])
        self._down = np.column_stack([self._down, -y, x])
        self._near = np.zeros_like(self._near)
        for _ in range(4):
            self._solve_frames()
            self._reweight()
        return self._spread()

    def parallax_px(self) -> float:
        """Return how much further near tracks move than far ones, rms over the frames."""
        return float(np.sqrt(np.square(self._way()).sum(-1).mean())) * self._depth()

    def lean(self) -> float:
        """Return how nearness goes with the place in the picture, -1 ... 1; near is low."""
        weights = self._share * np.sqrt(self._weights.mean(axis=0))
        near = self._near - np.average(self._near, weights=weights)
        low = self._at[:, 1] - np.average(self._at[:, 1], weights=weights)
        both = np.average(near * low, weights=weights)
        sizes = np.average(near**2, weights=weights) * np.average(low**2, weights=weights)
        return float(both / np.sqrt(max(sizes, 1e-12)))

    def way_of_near(self) -> Array:
        """Return (T, 3): how much further near tracks move than far ones, in pixels."""
        return np.asarray(self._along * self._depth())

    def from_far(self) -> Array:
        """Return (N,) nearness with the far tracks at 0."""
        return np.asarray(np.maximum(self._near - np.quantile(self._near, _FAR), 0.0))

    def to_far(self) -> Array:
        """Return (T, 3, 3): what the far tracks move beside the motions that were given."""
        far = float(np.quantile(self._near, _FAR / 2))
        shifts, reach = self._alike[:, :2] + far * self._along[:, :2], self._reach
        zoom, turn = (
            (self._alike[:, 2] + far * self._along[:, 2]) / reach,
            self._alike[:, 3] / reach,
        )
        matrices = np.tile(np.eye(3), (len(self._alike), 1, 1))
        matrices[:, 0, 0] += zoom
        matrices[:, 1, 1] += zoom
        matrices[:, 0, 1] -= turn
        matrices[:, 1, 0] += turn
        matrices[:, 2, :2] = -self._alike[:, 4:] / reach**2
        matrices[:, :2, 2] = shifts
        middle = np.eye(3)
        middle[:2, 2] = self._middle
        return np.asarray(middle @ matrices @ np.linalg.inv(middle))

    def _depth(self) -> float:
        far, near = np.quantile(self._near, (_FAR, 0.9))
        return float(near - far)

    def _way(self) -> Array:
        """Return (T, N, 2): the way of nearness 1 in pixels."""
        return np.asarray(self._along[:, None, :2] + self._along[:, None, 2:] * self._at)

    def _left(self) -> Array:
        """Return (T, N, 2): what the pattern does not explain."""
        alike = np.stack([self._alike @ self._across.T, self._alike @ self._down.T], axis=-1)
        return np.asarray(self._rest - alike - self._near[:, None] * self._way())

    def _spread(self) -> float:
        squares = np.minimum(np.square(self._left()).sum(-1), _MOST_PX)
        return float(np.average(squares, weights=self._weights + 1e-12)) + _FLOOR_PX**2

    def _solve_frames(self) -> None:
        x, y = self._at.T
        near, zero = self._near, np.zeros_like(self._near)
        across = np.column_stack([self._across, near, zero, near * x])
        down = np.column_stack([self._down, zero, near, near * y])
        weights = self._weights
        products = across[:, :, None] * across[:, None, :] + down[:, :, None] * down[:, None, :]
        free = across.shape[1]
        normal = (weights @ products.reshape(len(near), -1)).reshape(-1, free, free)
        side = (weights * self._rest[..., 0]) @ across + (weights * self._rest[..., 1]) @ down
        scale = np.trace(normal, axis1=1, axis2=2)[:, None, None] / free + 1e-9
        solved = np.linalg.solve(normal + 1e-5 * scale * np.eye(free), side[..., None])[..., 0]
        self._alike, self._along = solved[:, :-3], solved[:, -3:]

    def _solve_tracks(self) -> None:
        way = self._way()
        beside = self._left() + self._near[:, None] * way
        above = (self._weights[..., None] * beside * way).sum((0, 2))
        below = (self._weights[..., None] * way * way).sum((0, 2))
        below += 0.002 * float(np.median(below)) + 1e-9
        near = above / below
        low, high = np.quantile(near, (0.01, 0.99))
        near = np.clip(near, low, high)
        near = near - np.average(near, weights=self._share)
        self._near = near / max(float(np.average(np.abs(near), weights=self._share)), 1e-9)

    def _reweight(self) -> None:
        squares = np.square(self._left()).sum(-1)
        seen = self._found > 0
        scale = 2.0 * float(np.median(squares[seen])) + _FLOOR_PX**2
        self._weights = self._found * self._share / np.square(1.0 + squares / (4.0 * scale))
