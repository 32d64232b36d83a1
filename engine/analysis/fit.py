"""The simplest motion that explains a set of tracks: none, shift, similarity, affine, homography.

The outliers are found by MAGSAC (Barath et al., CVPR 2020) and a few reweighted Gauss-Newton
steps; the model is then chosen by Schwarz's criterion (Torr, IJCV 2002, applies it to this
choice), so that a frame with few features does not wobble in degrees of freedom it cannot see.
Tracks of one cell of the picture err together, so cells and not tracks are counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array
from .reduced import Size

#: The picture is counted in about this many cells.
CELLS_ACROSS, CELLS_DOWN = 12, 8
#: A cell with several good tracks counts as up to this many independent measurements.
PER_CELL = 3
#: Distance from the motion beyond which MAGSAC looks at no track, in pixels.
OUTLIER_PX = 1.5
#: Tracking is never trusted to be better than this, in pixels.
FLOOR_PX = 0.02

_MODELS = ("none", "shift", "similarity", "affine", "homography")
_ROUNDS = 4
_FEWEST = 6


@dataclass(frozen=True)
class Fit:
    """A motion between two frames.

    Attributes:
        matrix: (3, 3), takes positions of the first frame to the second.
        model: one of the names in the module's title.
        weights: (N,) in 0 ... 1, how well each track agrees.
        error_px: expected error at the corners of the picture, from the tracks' own scatter.
        share: share of the tracks that agree.
    """

    matrix: Array
    model: str
    weights: Array
    error_px: float
    share: float


def cell_of(points: Array, size: Size) -> Array:
    """Return the (N,) number of the cell that each of (N, 2) points lies in."""
    across = (points[:, 0] * CELLS_ACROSS / size.width).astype(int).clip(0, CELLS_ACROSS - 1)
    down = (points[:, 1] * CELLS_DOWN / size.height).astype(int).clip(0, CELLS_DOWN - 1)
    return np.asarray(down * CELLS_ACROSS + across)


def corners_of(size: Size) -> Array:
    """Return the (4, 2) positions of the corner pixels, clockwise from the top left."""
    right, bottom = size.width - 1.0, size.height - 1.0
    return np.array([[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]])


def move(points: Array, matrix: Array) -> Array:
    """Return (N, 2) points taken through a (3, 3) matrix, float64."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:])


def fit_motion(first: Array, second: Array, trust: Array, size: Size) -> Fit | None:
    """Return the motion that takes ``first`` to ``second``, or None where too few tracks agree.

    Args:
        first: (N, 2) positions in pixels.
        second: (N, 2) the same features in the other frame.
        trust: (N,) in 0 ... 1, weight that each track deserves from earlier frames.
        size: of the picture.
    """
    if len(first) < _FEWEST:
        return None
    unit = _to_unit(size)
    a, b = move(first, unit), move(second, unit)
    scale = unit[0, 0]
    weights = _consensus(first, second, trust, b - a, scale)
    if weights is None:
        return None
    theta, weights = _reweighted(a, b, trust, weights, scale)
    cells = np.unique(cell_of(first, size)[weights > 0.25])
    good = weights[weights > 0.25]
    if len(good) < _FEWEST:
        return None
    independent = float(min(len(good), PER_CELL * len(cells)))
    model, theta, noise = _simplest(a, b, trust * weights, theta, independent, scale)
    error = _corner_error(
        a, trust * weights, model, noise, independent, move(corners_of(size), unit)
    )
    matrix = np.linalg.inv(unit) @ _matrix(theta) @ unit
    return Fit(
        matrix / matrix[2, 2] if model != "none" else np.eye(3),
        model,
        weights,
        error / scale,
        float((weights > 0.25).mean()),
    )


def _to_unit(size: Size) -> Array:
    """Return the matrix that takes pixels to about -1 ... 1 around the picture's centre."""
    scale = 2.0 / max(size.width, size.height)
    x, y = (size.width - 1) / 2, (size.height - 1) / 2
    return np.array([[scale, 0.0, -scale * x], [0.0, scale, -scale * y], [0.0, 0.0, 1.0]])


def _consensus(
    first: Array, second: Array, trust: Array, steps: Array, scale: float
) -> Array | None:
    """Return first weights, (N,): 1 for the tracks that move together."""
    usable = trust > 0.3
    if usable.sum() >= 2 * _FEWEST:
        matrix, mask = cv2.findHomography(
            first[usable].astype(np.float32),
            second[usable].astype(np.float32),
            cv2.USAC_MAGSAC,
            OUTLIER_PX,
            maxIters=2000,
            confidence=0.999,
        )
        if matrix is not None and int(mask.sum()) >= _FEWEST:
            distance = np.linalg.norm(move(first, matrix) - second, axis=1)
            return np.asarray(distance < OUTLIER_PX, np.float64)
    middle = np.median(steps, axis=0)
    near = np.linalg.norm(steps - middle, axis=1) < OUTLIER_PX * scale
    return near.astype(np.float64) if near.sum() >= _FEWEST else None


def _reweighted(
    a: Array, b: Array, trust: Array, weights: Array, scale: float
) -> tuple[Array, Array]:
    """Return the homography's 8 parameters and the tracks' weights (Geman-McClure)."""
    theta = np.zeros(8)
    for _ in range(_ROUNDS):
        theta = theta + _step(a, b, trust * weights, theta, "homography")
        distance = np.linalg.norm(_moved(a, theta) - b, axis=1)
        spread = float(np.median(distance[weights > 0.1])) * 1.2
        reach = 2.5 * max(spread, FLOOR_PX * scale)
        weights = 1.0 / (1.0 + np.square(distance / reach)) ** 2
        weights[distance > 3.0 * OUTLIER_PX * scale] = 0.0
    return theta, weights


def _simplest(
    a: Array, b: Array, weights: Array, homography: Array, independent: float, scale: float
) -> tuple[str, Array, float]:
    """Return the chosen model, its 8 parameters and the scatter around it."""
    best: tuple[float, str, Array, float] | None = None
    for model in _MODELS:
        theta = homography if model == "homography" else _step(a, b, weights, np.zeros(8), model)
        squares = np.square(_moved(a, theta) - b).sum(axis=1)
        variance = float(np.average(squares, weights=weights)) / 2 + (FLOOR_PX * scale) ** 2
        free = _columns(model).size
        score = 2 * independent * np.log(variance) + free * np.log(2 * independent)
        if best is None or score < best[0]:
            best = (float(score), model, theta, float(np.sqrt(variance)))
    assert best is not None
    return best[1:]


def _corner_error(
    a: Array, weights: Array, model: str, noise: float, independent: float, corners: Array
) -> float:
    """Return the standard error that scatter ``noise`` of the tracks leaves at the corners."""
    if model == "none":
        return noise / float(np.sqrt(independent))
    root = np.sqrt(np.repeat(weights, 2))[:, None]
    design = _design(a, np.zeros(8), model) * root
    information = design.T @ design * (independent / max(float(weights.sum()), 1e-9))
    spread = np.linalg.pinv(information) * noise**2
    at = _design(corners, np.zeros(8), model)
    return float(np.sqrt(np.einsum("ij,jk,ik->i", at, spread, at).sum() / len(corners)))


def _columns(model: str) -> Array:
    """Return which directions of the 8 parameters (see :func:`_basis`) a model may use."""
    return {
        "none": np.arange(0),
        "shift": np.arange(2),
        "similarity": np.arange(4),
        "affine": np.arange(6),
        "homography": np.arange(8),
    }[model]


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
    return np.asarray(rows.reshape(-1, 8) @ _basis()[:, _columns(model)])


def _step(a: Array, b: Array, weights: Array, theta: Array, model: str) -> Array:
    """Return the weighted Gauss-Newton step, 8 parameters, of a model from ``theta``."""
    columns = _columns(model)
    if not columns.size:
        return np.zeros(8)
    root = np.sqrt(np.repeat(weights, 2))
    design = _design(a, theta, model) * root[:, None]
    gap = (b - _moved(a, theta)).reshape(-1) * root
    damping = 1e-9 * np.eye(columns.size)
    solution = np.linalg.solve(design.T @ design + damping, design.T @ gap)
    return np.asarray(_basis()[:, columns] @ solution)


def _moved(a: Array, theta: Array) -> Array:
    return move(a, _matrix(theta))


def _matrix(theta: Array) -> Array:
    """Return the (3, 3) matrix of 8 parameters; zeros give the identity."""
    return np.asarray(np.eye(3) + np.append(theta, 0.0).reshape(3, 3))
