"""The simplest motion that explains a set of tracks: none, shift, similarity, affine, homography.

Tracks that move together are found first; a few reweighted Gauss-Newton steps refine which they
are and what they do. The model is then chosen by Schwarz's criterion (Torr, IJCV 2002, applies it
to this choice), so that a frame with few features does not wobble in ways that it cannot see.
Tracks of one cell of the picture err together, so cells and not tracks are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .consensus import OUTLIER_PX, consensus
from .geometry import cell_of, corners_of, move

#: A cell with several good tracks counts as up to this many independent measurements.
PER_CELL = 3
#: Tracking is never trusted to be better than this, in pixels.
FLOOR_PX = 0.02

#: Models, the simplest first, and how many directions (see _basis) each is free in.
_FREE = {"none": 0, "shift": 2, "similarity": 4, "affine": 6, "homography": 8}
_MODELS = tuple(_FREE)
_ROUNDS = 4
_FEWEST = 6
#: Weight from which a track counts as obeying the motion.
_AGREES = 0.25
#: One over the square of a lens's focal length, in halves of the picture's longer side: from a
#: tele lens to a fisheye.
_TURNS = (0.01, 1.5)


@dataclass(frozen=True)
class Fit:
    """A motion between two frames.

    Attributes:
        matrix: (3, 3), takes positions of the first frame to the second.
        model: one of the names in the module's title.
        weights: (N,) in 0 ... 1, how well each track agrees.
        error_px: expected error at the corners of the picture, from the tracks' own scatter.
        share: share of the tracks that agree.
        rival: agreement of the best other motion, as a part of this one's.
    """

    matrix: Array
    model: str
    weights: Array
    error_px: float
    share: float
    rival: float


def fit_motion(
    first: Array, second: Array, trust: Array, size: Size, guess: Array | None = None
) -> Fit | None:
    """Return the motion that takes ``first`` to ``second``, or None where too few tracks agree.

    Args:
        first: (N, 2) positions in pixels.
        second: (N, 2) the same features in the other frame.
        trust: (N,) in 0 ... 1, weight that each track deserves: by its place, by earlier frames.
        size: of the picture.
        guess: (3, 3), a motion that is tried besides those that the tracks propose.
    """
    if len(first) < _FEWEST:
        return None
    tracks = _Tracks(first, second, trust, size)
    together = consensus(first, second, trust, size, guess)
    if together is None:
        return None
    weights = together.weights
    theta, agreed = _reweighted(tracks, weights, "homography")
    cells = np.unique(cell_of(first[agreed > _AGREES], size)).size
    independent = float(min(int((agreed > _AGREES).sum()), PER_CELL * cells))
    if independent < _FEWEST:
        return None
    models = _MODELS if cells >= _FEWEST else _MODELS[:2]
    model, theta, noise = _simplest(tracks, agreed, theta, independent, models)
    if model in ("affine", "homography"):
        stiff, stiffly = _reweighted(tracks, weights, "similarity")
        share = float((agreed > _AGREES).mean())
        belief = _belief(tracks, theta, stiff, noise, share, cells)
        theta = stiff + belief * (theta - stiff)
        if belief <= 0.0:
            model, agreed = "similarity", stiffly
    matrix = np.linalg.inv(tracks.unit) @ _matrix(theta) @ tracks.unit
    return Fit(
        matrix / matrix[2, 2] if model != "none" else np.eye(3),
        model,
        agreed,
        _corner_error(tracks, agreed, model, noise, independent),
        float((agreed > _AGREES).mean()),
        together.rival,
    )


class _Tracks:
    """Tracks in units of about -1 ... 1 around the picture's centre."""

    def __init__(self, first: Array, second: Array, trust: Array, size: Size) -> None:
        self.scale = 2.0 / max(size.width, size.height)
        self.unit = np.diag([self.scale, self.scale, 1.0])
        self.unit[:2, 2] = -self.scale * (size.width - 1) / 2, -self.scale * (size.height - 1) / 2
        self.a, self.b = move(first, self.unit), move(second, self.unit)
        self.corners = move(corners_of(size), self.unit)
        self.trust = trust


def _reweighted(tracks: _Tracks, weights: Array, model: str) -> tuple[Array, Array]:
    """Return a model's 8 parameters and the tracks' weights (Geman-McClure)."""
    theta = np.zeros(8)
    for _ in range(_ROUNDS):
        near = weights > 0.1
        if near.sum() < _FEWEST:
            break
        theta = theta + _step(tracks, tracks.trust * weights, theta, model)
        distance = np.linalg.norm(_moved(tracks.a, theta) - tracks.b, axis=1)
        reach = 3.0 * max(float(np.median(distance[near])), FLOOR_PX * tracks.scale)
        weights = 1.0 / (1.0 + np.square(distance / reach)) ** 2
        weights[distance > 3.0 * OUTLIER_PX * tracks.scale] = 0.0
    return theta, weights


def _belief(
    tracks: _Tracks, bent: Array, stiff: Array, noise: float, share: float, cells: int
) -> float:
    """Return 0 ... 1, how far a model that bends is believed over a similarity.

    Parallax and a subject that moves pass for perspective. True perspective, and the shear of a
    rolling shutter, are obeyed by most tracks, or, where people stand before much of the picture,
    bend it just as a camera does that turns; and they are obeyed to a fraction of a pixel, or in
    every part of the picture, or they are small beside the shift, as when a camera turns.
    """
    moved = [_moved(tracks.corners, theta) for theta in (bent, stiff)]
    bend = float(np.linalg.norm(moved[0] - moved[1], axis=1).max()) / tracks.scale
    shift = float(np.hypot(stiff[2], stiff[5])) / tracks.scale
    noise /= tracks.scale
    clean = _ramp(noise, 0.3, 0.15)
    everywhere = _ramp(share, 0.75, 0.87) * _ramp(cells, 45, 70) * _ramp(noise, 0.6, 0.35)
    turning = _ramp(bend / (0.5 * shift + 0.5), 2.0, 1.0)
    most = _ramp(share, 0.5, 0.7)
    turned = _ramp(_beside_a_turn(tracks, bent) / (0.25 * bend + 0.3), 2.0, 1.0)
    obeyed = max(most, _ramp(share, 0.15, 0.3) * turned)
    return obeyed * _ramp(cells, 12, 28) * max(clean, everywhere, turning)


def _beside_a_turn(tracks: _Tracks, theta: Array) -> float:
    """Return about how far, in pixels, a model bends the corners beside what a turn would bend.

    A camera that turns shifts the picture by s and gives it the perspective -s / focal ** 2.
    """
    shift, perspective = theta[[2, 5]], theta[6:]
    along = -float(perspective @ shift) / max(float(shift @ shift), 1e-12)
    bent = perspective + np.clip(along, *_TURNS) * shift
    shear = np.array([theta[0] - theta[4], theta[1] + theta[3]]) / 2
    reach = float(np.linalg.norm(tracks.corners[0]))
    beside = reach**2 * np.linalg.norm(bent) + reach * np.linalg.norm(shear)
    return float(beside) / tracks.scale


def _ramp(value: float, none: float, full: float) -> float:
    """Return 0 at ``none``, 1 at ``full``, and evenly between."""
    return float(np.clip((value - none) / (full - none), 0.0, 1.0))


def _simplest(
    tracks: _Tracks,
    weights: Array,
    homography: Array,
    independent: float,
    models: Sequence[str],
) -> tuple[str, Array, float]:
    """Return the chosen model, its 8 parameters and the scatter around it."""
    best: tuple[float, str, Array, float] | None = None
    weights = tracks.trust * weights
    for model in models:
        theta = homography
        if model != "homography":
            theta = _step(tracks, weights, np.zeros(8), model)
        squares = np.square(_moved(tracks.a, theta) - tracks.b).sum(axis=1)
        variance = float(np.average(squares, weights=weights)) / 2
        variance += (FLOOR_PX * tracks.scale) ** 2
        free = _FREE[model]
        score = 2 * independent * float(np.log(variance)) + free * np.log(2 * independent)
        if best is None or score < best[0]:
            best = (score, model, theta, variance**0.5)
    assert best is not None
    return best[1:]


def _corner_error(
    tracks: _Tracks, weights: Array, model: str, noise: float, independent: float
) -> float:
    """Return the standard error, in pixels, that the tracks' scatter leaves at the corners."""
    if model == "none":
        return noise / (tracks.scale * float(np.sqrt(independent)))
    weights = tracks.trust * weights
    design = _design(tracks.a, np.zeros(8), model) * np.sqrt(np.repeat(weights, 2))[:, None]
    information = design.T @ design * (independent / max(float(weights.sum()), 1e-9))
    spread = np.linalg.pinv(information) * noise**2
    at = _design(tracks.corners, np.zeros(8), model)
    squares = np.einsum("ij,jk,ik->i", at, spread, at).sum() / len(tracks.corners)
    return float(np.sqrt(squares)) / tracks.scale


def _basis() -> Array:
    """Return (8, 8): shift x, shift y, zoom, turn, two shears, two perspectives, as columns.

    Rows are the entries of the matrix minus the identity, row by row without the last.
    """
    basis = np.zeros((8, 8))
    basis[2, 0] = basis[5, 1] = 1.0
    basis[[0, 4], 2] = 1.0
    basis[1, 3], basis[3, 3] = -1.0, 1.0
    basis[0, 4], basis[4, 4] = 1.0, -1.0
    basis[[1, 3], 5] = 1.0
    basis[6, 6] = basis[7, 7] = 1.0
    return basis


def _design(a: Array, theta: Array, model: str) -> Array:
    """Return (2N, k): how the moved positions change with a model's free directions."""
    moved = _moved(a, theta)
    depth = 1.0 + a @ theta[6:]
    ones, zeros = np.ones(len(a)), np.zeros(len(a))
    x, y = a[:, 0], a[:, 1]
    u, v = moved[:, 0], moved[:, 1]
    rows = np.empty((len(a), 2, 8))
    rows[:, 0] = np.stack([x, y, ones, zeros, zeros, zeros, -u * x, -u * y], axis=1)
    rows[:, 1] = np.stack([zeros, zeros, zeros, x, y, ones, -v * x, -v * y], axis=1)
    rows /= depth[:, None, None]
    return np.asarray(rows.reshape(-1, 8) @ _basis()[:, : _FREE[model]])


def _step(tracks: _Tracks, weights: Array, theta: Array, model: str) -> Array:
    """Return the weighted Gauss-Newton step, 8 parameters, of a model from ``theta``."""
    free = _FREE[model]
    if not free:
        return np.zeros(8)
    root = np.sqrt(np.repeat(weights, 2))
    design = _design(tracks.a, theta, model) * root[:, None]
    gap = (tracks.b - _moved(tracks.a, theta)).reshape(-1) * root
    damping = 1e-9 * np.eye(free)
    solution = np.linalg.solve(design.T @ design + damping, design.T @ gap)
    return np.asarray(_basis()[:, :free] @ solution)


def _moved(a: Array, theta: Array) -> Array:
    return move(a, _matrix(theta))


def _matrix(theta: Array) -> Array:
    """Return the (3, 3) matrix of 8 parameters; zeros give the identity."""
    return np.asarray(np.eye(3) + np.append(theta, 0.0).reshape(3, 3))
