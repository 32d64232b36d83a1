"""Inverse depth of background features from parallax: a camera that has moved.

One view is the anchor; every other is a rotation and a shift away from it, and every feature has
one inverse depth (bundle adjustment over small motions: Yu and Gallup, CVPR 2014; Ha et al., CVPR
2016). The focal length is not known and is one more unknown, held near the usual. A camera that
rests or only turns, or a scene that is one plane, is explained by homographies: then there is
nothing to learn, and the result says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array
from ..camera.geometry import cell_of, move
from ..reduced import Size

#: The usual focal length in parts of the picture's longer side, and how far (log) it may be off.
_FOCAL, _FOCAL_LOG = 1.0, 0.35
#: Tracking noise in pixels: at least, and as the first reach of the robust weights.
_FLOOR_PX, _FIRST_PX = 0.12, 4.0
_ROUNDS = 18
_FEWEST = 24
#: Features that fix the cameras; the others only get their depth.
_ENOUGH = 180
_OWN_ROUNDS = 6
#: The focal length is held in the first rounds, then let go against this part of all votes.
_HELD, _HOLDS, _STIFF = 6, 1e6, 0.05
#: Views that are asked whether there is parallax, how near to a homography is on it, and the
#: median motion below which a camera is at rest; pixels.
_JUDGES, _NEAR_PX, _REST_PX = 3, 0.8, 1.2
#: Parallax, at the fifth of the features that shows most of it, from which it is believed a little
#: and wholly: in pixels, and in parts of what stays unexplained.
_SOME_PX, _CLEAR_PX = 0.25, 0.5
_SOME, _CLEAR = 4.0, 8.0
#: What may stay unexplained, in pixels, for the rest to be believed at all and wholly.
_POOR_PX, _FINE_PX = 0.9, 0.45
#: Cells of the picture that features must come from, in the same way.
_FEW_CELLS, _MANY_CELLS = 10, 24
#: Share of the features that must agree to be believed wholly.
_SHARE = 0.5


@dataclass(frozen=True)
class Parallax:
    """What parallax says about features of the anchor.

    Attributes:
        points: (N, 2) positions in the anchor, pixels.
        nearness: (N,) inverse depth in units of the first guess, larger is nearer; may be off by a
            constant where the picture is narrow.
        error: (N,) its standard error.
        belief: 0 (there is no parallax) to 1.
        residual_px: what the model leaves unexplained, median.
        beyond_px: what homographies leave unexplained of the same features: the parallax.
    """

    points: Array
    nearness: Array
    error: Array
    belief: float
    residual_px: float
    beyond_px: float


def solve_parallax(anchor: Array, views: Array, guess: Array, size: Size) -> Parallax | None:
    """Return the features' inverse depths, or None where too few are seen.

    Args:
        anchor: (N, 2) positions in the anchor, pixels.
        views: (V, N, 2) the same features in other views; NaN where they are not seen.
        guess: (N,) inverse depths to begin with; they decide between a scene and its inside-out.
        size: of the pictures.
    """
    if len(anchor) < _FEWEST or not len(views):
        return None
    found = _attempt(anchor, views, guess, size)
    if found is not None and found.residual_px > _POOR_PX and len(views) > 3:
        # Far views can lead astray; the nearer ones leave less to go wrong.
        nearer = _attempt(anchor, _nearest(anchor, views), guess, size)
        if nearer is not None and nearer.residual_px < found.residual_px:
            return nearer
    return found


def _attempt(anchor: Array, views: Array, guess: Array, size: Size) -> Parallax | None:
    beyond = _beyond_homographies(anchor, views)
    if np.percentile(beyond, 80) < _SOME_PX:
        return None
    few = _spread_out(anchor, views, size)
    cameras = _solved(_Problem(anchor[few], views[:, few], size), guess[few])
    problem = _Problem(anchor, views, size)
    state = problem.with_features(cameras, guess)
    left = np.linalg.norm(problem.residuals(state), axis=2) / problem.unit
    own = _median_seen(left, problem.seen)
    noise = max(problem.noise(state), _FLOOR_PX)
    good = own < 3.0 * noise
    if good.sum() < _FEWEST:
        return None
    belief = _belief(beyond[good], own[good], anchor[good], size)
    return Parallax(
        anchor[good],
        state.nearness[good],
        problem.errors(state, noise * problem.unit)[good],
        belief * min(1.0, float(good.mean()) / _SHARE),
        float(np.median(own[good])),
        float(np.percentile(beyond[good], 80)),
    )


def _steps(anchor: Array, views: Array) -> Array:
    """Return (V,) the median motion of each view's features, pixels; 0 where too few are seen."""
    steps = np.zeros(len(views))
    for at, view in enumerate(views):
        seen = np.isfinite(view[:, 0])
        if seen.sum() >= _FEWEST:
            steps[at] = np.median(np.linalg.norm(view[seen] - anchor[seen], axis=1))
    return steps


def _nearest(anchor: Array, views: Array) -> Array:
    """Return the half of the views that have moved least, but have moved."""
    steps = _steps(anchor, views)
    moved = np.flatnonzero(steps > _REST_PX)
    order = moved[np.argsort(steps[moved], kind="stable")]
    return views[np.sort(order[: max((len(order) + 1) // 2, 1)])]


def _spread_out(anchor: Array, views: Array, size: Size) -> Array:
    """Return the places of enough features to solve the cameras: the most seen of every cell."""
    cells = cell_of(anchor, size)
    seen = np.isfinite(views[..., 0]).sum(axis=0)
    order = np.lexsort((-seen, cells))
    rank = np.arange(len(order)) - np.searchsorted(cells[order], cells[order])
    return np.sort(order[np.argsort(rank, kind="stable")][:_ENOUGH])


def _solved(problem: _Problem, guess: Array) -> _State:
    """Return the cameras and depths of a problem, the robust weights ever more strict."""
    state = _start(problem, guess)
    before = np.inf
    for turn in range(_ROUNDS):
        noise = problem.noise(state)
        reach = max(_FIRST_PX * 0.6**turn, 3.0 * noise, _FLOOR_PX * 3)
        stiff = _STIFF if turn >= _HELD else _HOLDS
        state = problem.improved(state, reach * problem.unit, stiff)
        if turn > _HELD + 2 and abs(before - noise) < 0.01 * noise + 1e-4:
            break
        before = noise
    return state


def _belief(beyond: Array, own: Array, points: Array, size: Size) -> float:
    """Return 0 ... 1, how surely features stray by parallax and not by noise or of themselves."""
    strength = float(np.percentile(beyond, 80))
    residual = max(float(np.median(own)), 0.03)
    cells = np.unique(cell_of(points, size)).size
    belief = _ramp(strength, _SOME_PX, _CLEAR_PX) * _ramp(strength / residual, _SOME, _CLEAR)
    belief *= _ramp(residual, _POOR_PX, _FINE_PX)
    return belief * _ramp(cells, _FEW_CELLS, _MANY_CELLS)


def _ramp(value: float, none: float, full: float) -> float:
    """Return 0 at ``none``, 1 at ``full``, and evenly between."""
    return float(np.clip((value - none) / (full - none), 0.0, 1.0))


def _median_seen(values: Array, seen: Array) -> Array:
    """Return (N,) the median over the views (V, N) that see a feature; infinite where none does."""
    ordered = np.sort(np.where(seen, values, np.inf), axis=0)
    count = seen.sum(axis=0)
    middle = np.take_along_axis(ordered, (np.maximum(count, 1) - 1)[None] // 2, axis=0)[0]
    return np.asarray(np.where(count > 0, middle, np.inf))


def _beyond_homographies(anchor: Array, views: Array) -> Array:
    """Return (N,) how far, in pixels, each feature strays from its views' main homographies."""
    stray = np.full(len(anchor), np.nan)
    for view in _farthest(anchor, views):
        seen = np.isfinite(view[:, 0])
        matrix, _ = cv2.findHomography(
            anchor[seen], view[seen], cv2.RANSAC, _NEAR_PX, maxIters=200, confidence=0.99
        )
        if matrix is not None:
            off = np.linalg.norm(move(anchor[seen], matrix) - view[seen], axis=1)
            stray[seen] = np.fmax(stray[seen], off)
    return np.asarray(np.nan_to_num(stray))


def _farthest(anchor: Array, views: Array) -> Array:
    """Return (K, N, 2) the few views that have moved most, none that has not."""
    steps = _steps(anchor, views)
    moved = steps * np.sqrt(np.isfinite(views[..., 0]).mean(axis=1))
    order = np.argsort(-moved, kind="stable")[:_JUDGES]
    return views[order[steps[order] > _REST_PX]]


@dataclass(frozen=True)
class _State:
    """Unknowns: per view turn and shift (V, 3), per feature inverse depth (N,), focal length."""

    turns: Array
    shifts: Array
    nearness: Array
    log_focal: float


class _Problem:
    """Residuals of the views and their derivatives, in units of the picture's longer side."""

    def __init__(self, anchor: Array, views: Array, size: Size) -> None:
        self.unit = 1.0 / max(size.width, size.height)
        centre = np.array([(size.width - 1) / 2, (size.height - 1) / 2])
        self.anchor = (anchor - centre) * self.unit
        self.seen = np.isfinite(views[..., 0])
        self.views = np.nan_to_num((views - centre) * self.unit)

    def moved(self, state: _State) -> tuple[Array, Array]:
        """Return (V, N, 3) points before they are projected, and the focal length's rays."""
        focal = _FOCAL * np.exp(state.log_focal)
        rays = np.concatenate([self.anchor / focal, np.ones((len(self.anchor), 1))], axis=1)
        turned = np.stack([rays @ cv2.Rodrigues(turn)[0].T for turn in state.turns])
        return turned + state.nearness[None, :, None] * state.shifts[:, None], turned

    def residuals(self, state: _State) -> Array:
        """Return (V, N, 2) where features are seen less where they should be; 0 where unseen."""
        points, _ = self.moved(state)
        focal = _FOCAL * np.exp(state.log_focal)
        gap = self.views - focal * points[..., :2] / points[..., 2:]
        return np.asarray(np.where(self.seen[..., None], gap, 0.0))

    def noise(self, state: _State) -> float:
        """Return the median residual in pixels."""
        left = np.linalg.norm(self.residuals(state), axis=2)[self.seen]
        return float(np.median(left)) / self.unit if left.size else 0.0

    def _slopes(self, state: _State) -> tuple[Array, Array, Array]:
        """Return how projections change with the 6 of a view, with nearness, with focal length."""
        points, turned = self.moved(state)
        focal = _FOCAL * np.exp(state.log_focal)
        x, y, z = np.moveaxis(points, -1, 0)
        zero = np.zeros_like(x)
        # d(projection) / d(point), rows x and y.
        by_point = np.stack(
            [
                np.stack([focal / z, zero, -focal * x / z**2], axis=-1),
                np.stack([zero, focal / z, -focal * y / z**2], axis=-1),
            ],
            axis=-2,
        )
        tx, ty, tz = np.moveaxis(turned, -1, 0)
        cross = np.stack(
            [
                np.stack([zero, tz, -ty], axis=-1),
                np.stack([-tz, zero, tx], axis=-1),
                np.stack([ty, -tx, zero], axis=-1),
            ],
            axis=-2,
        )
        by_turn = by_point @ cross
        by_shift = by_point * state.nearness[None, :, None, None]
        by_view = np.concatenate([by_turn, by_shift], axis=-1)
        by_near = np.einsum("vnij,vj->vni", by_point, state.shifts)
        # Rays lose length across the axis as the focal length grows; projections gain it.
        rays = np.concatenate([-self.anchor / focal, np.zeros((len(self.anchor), 1))], axis=1)
        spread = np.stack([rays @ cv2.Rodrigues(turn)[0].T for turn in state.turns])
        by_focal = np.einsum("vnij,vnj->vni", by_point, spread)
        by_focal += focal * points[..., :2] / points[..., 2:]
        return by_view, by_near, by_focal

    def _weights(self, gap: Array, reach: float) -> Array:
        squares = np.square(gap).sum(axis=2)
        return np.asarray(self.seen / np.square(1.0 + squares / reach**2))

    def improved(self, state: _State, reach: float, stiff: float) -> _State:
        """Return the state after one damped Gauss-Newton step, features eliminated first.

        Args:
            state: the one before.
            reach: distance at which a feature loses most of its vote.
            stiff: how firmly the focal length is held, in parts of all the features' votes.
        """
        gap = self.residuals(state)
        weights = self._weights(gap, reach)[..., None]
        by_view, by_near, by_focal = self._slopes(state)
        count, views = len(self.anchor), len(gap)
        width = 6 * views + 1
        heavy = by_view * weights[..., None]
        blocks = np.einsum("vnij,vnik->vjk", heavy, by_view)
        normal, right = np.zeros((width, width)), np.zeros(width)
        cross = np.zeros((width, count))
        for view in range(views):
            part = slice(6 * view, 6 * view + 6)
            normal[part, part] = blocks[view]
            normal[part, -1] = normal[-1, part] = np.einsum(
                "nij,ni->j", heavy[view], by_focal[view]
            )
            right[part] = np.einsum("nij,ni->j", heavy[view], gap[view])
            cross[part] = np.einsum("nij,ni->jn", heavy[view], by_near[view])
        pull = stiff * float(weights.sum()) * (_FLOOR_PX * self.unit / _FOCAL_LOG) ** 2
        normal[-1, -1] = (weights * by_focal**2).sum() + pull
        right[-1] = (weights * by_focal * gap).sum() - pull * state.log_focal
        cross[-1] = (weights * by_focal * by_near).sum(axis=(0, 2))
        own = (weights * by_near**2).sum(axis=(0, 2))
        near = (weights * by_near * gap).sum(axis=(0, 2))
        damping = 1e-3 * np.median(own) + 1e-12
        # Nothing lies behind the camera: what would is pulled back.
        behind = np.where(state.nearness < 0.0, 0.1 * np.median(own) + 1e-12, 0.0)
        own = own + damping + behind
        near = near - behind * state.nearness
        inner = cross / own
        schur = normal - inner @ cross.T
        schur[np.diag_indices(width)] += 1e-4 * np.diag(normal) + 1e-12
        step = np.linalg.solve(schur, right - inner @ near)
        change = (near - cross.T @ step) / own
        moves = step[:-1].reshape(views, 6)
        nearness = state.nearness + change.clip(-0.5, 0.5)
        turns = np.stack(
            [
                cv2.Rodrigues(cv2.Rodrigues(move)[0] @ cv2.Rodrigues(turn)[0])[0].ravel()
                for move, turn in zip(moves[:, :3], state.turns, strict=True)
            ]
        )
        shifts = state.shifts + moves[:, 3:]
        # Only the product of nearness and shift is seen: keep the nearest about 1.
        size = max(float(np.percentile(nearness, 95)), 1e-3)
        log_focal = float(np.clip(state.log_focal + np.clip(step[-1], -0.2, 0.2), -0.9, 1.2))
        return _State(turns, shifts * size, nearness / size, log_focal)

    def with_features(self, cameras: _State, guess: Array) -> _State:
        """Return the state in which these features have their best depths under known cameras."""
        shape = guess / max(float(np.percentile(guess, 95)), 1e-6)
        state = _State(cameras.turns, cameras.shifts, shape, cameras.log_focal)
        for turn in range(_OWN_ROUNDS):
            gap = self.residuals(state)
            _, by_near, _ = self._slopes(state)
            reach = max(_FIRST_PX * 0.4**turn, 3.0 * self.noise(state), _FLOOR_PX * 3) * self.unit
            weights = self._weights(gap, reach)[..., None]
            own = (weights * by_near**2).sum(axis=(0, 2)) + 1e-12
            change = (weights * by_near * gap).sum(axis=(0, 2)) / own
            near = (state.nearness + change.clip(-0.5, 0.5)).clip(-0.2, 4.0)
            state = _State(state.turns, state.shifts, near, state.log_focal)
        return state

    def errors(self, state: _State, noise: float) -> Array:
        """Return (N,) the standard error of each nearness when the cameras are right."""
        weights = self._weights(self.residuals(state), 3.0 * noise)[..., None]
        _, by_near, _ = self._slopes(state)
        information = (weights * by_near**2).sum(axis=(0, 2))
        return np.asarray(noise / np.sqrt(np.maximum(information, 1e-12)))


def _start(problem: _Problem, guess: Array) -> _State:
    """Return turns and shifts that explain the views best when ``guess`` is right."""
    views = len(problem.views)
    guess = guess / max(float(np.percentile(guess, 95)), 1e-6)
    state = _State(np.zeros((views, 3)), np.zeros((views, 3)), guess, 0.0)
    for turn in range(6):
        gap = problem.residuals(state)
        reach = 40.0 * 0.6**turn * problem.unit
        weights = problem._weights(gap, reach)
        by_view, _, _ = problem._slopes(state)
        heavy = by_view * weights[..., None, None]
        normal = np.einsum("vnij,vnik->vjk", heavy, by_view)
        normal += np.eye(6) * (1e-4 * np.trace(normal, axis1=1, axis2=2)[:, None, None] + 1e-12)
        step = np.linalg.solve(normal, np.einsum("vnij,vni->vj", heavy, gap)[..., None])[..., 0]
        turns = np.stack(
            [
                cv2.Rodrigues(cv2.Rodrigues(move)[0] @ cv2.Rodrigues(before)[0])[0].ravel()
                for move, before in zip(step[:, :3], state.turns, strict=True)
            ]
        )
        state = _State(turns, state.shifts + step[:, 3:], state.nearness, 0.0)
    return state
