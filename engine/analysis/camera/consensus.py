"""Which tracks move together, and with the background.

Motions proposed by MAGSAC (Barath et al., CVPR 2020) on all tracks and on the most trusted, by
similarities (fewer degrees of freedom bend less around a moving subject), by the motion known so
far and by rest are compared by how many trusted tracks agree, each cell of the picture counting
about once, so that a richly textured subject does not outvote a plain background.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .geometry import cell_of, move

#: Distance from a motion beyond which a track does not agree with it, in pixels.
OUTLIER_PX = 1.5
_FEWEST = 6
#: A simpler proposal wins with this part of the best one's agreement.
_ALMOST = 0.96
#: Where more than this share of the tracks agrees, no other motion can rival theirs.
_UNRIVALLED = 0.75


class Consensus(NamedTuple):
    """Which tracks move together.

    Attributes:
        weights: (N,) 1 for those that do.
        rival: agreement of the best motion of all others, as a part of theirs; near 1 the camera
            might as well move like those.
    """

    weights: Array
    rival: float


def consensus(
    first: Array, second: Array, trust: Array, size: Size, guess: Array | None = None
) -> Consensus | None:
    """Return which tracks move together, or None where too few do.

    Args:
        first: (N, 2) positions in pixels.
        second: (N, 2) the same features in the other frame.
        trust: (N,) in 0 ... 1, weight of each track's vote.
        size: of the picture.
        guess: (3, 3), the motion known so far.
    """
    cells = cell_of(first, size)
    crowd = np.bincount(cells, weights=trust)[cells]
    votes = trust / np.sqrt(np.maximum(crowd, 1e-6))
    scored: list[tuple[float, Array]] = []
    for matrix in _proposals(first, second, trust, guess):
        distance = np.linalg.norm(move(first, matrix) - second, axis=1)
        scored.append((_agreement(votes, distance), distance))
    most = max(agreement for agreement, _ in scored)
    distance = next(away for agreement, away in scored if agreement >= _ALMOST * most)
    near = distance < OUTLIER_PX
    if near.sum() < _FEWEST:
        return None
    return Consensus(near.astype(np.float64), _rival(first, second, distance, cells))


def _rival(first: Array, second: Array, distance: Array, cells: Array) -> float:
    """Return the agreement of those far from the motion as a part of those near it.

    Trust has no say here: what has been outvoted for long may still be the background.
    """
    others = distance > 2 * OUTLIER_PX
    if others.mean() < 1.0 - _UNRIVALLED or others.sum() < 2 * _FEWEST:
        return 0.0
    votes = 1.0 / np.sqrt(np.bincount(cells)[cells])
    own, best = _agreement(votes, distance), 0.0
    for matrix in _similarity(first[others], second[others]):
        away = np.linalg.norm(move(first[others], matrix) - second[others], axis=1)
        best = _agreement(votes[others], away)
    return best / max(own, 1e-9)


def _agreement(votes: Array, distance: Array) -> float:
    return float((votes * np.maximum(0.0, 1.0 - np.square(distance / OUTLIER_PX))).sum())


def _proposals(first: Array, second: Array, trust: Array, guess: Array | None) -> Iterator[Array]:
    """Yield motions, (3, 3), the simplest first."""
    yield np.eye(3)
    shift = np.eye(3)
    shift[:2, 2] = np.median(second - first, axis=0)
    yield shift
    if guess is not None:
        yield guess
    groups = [trust > 0.3]
    if (trust < 0.7).any():
        groups.append(trust > 0.7)
    for solve in (_similarity, _homography):
        for group in groups:
            if group.sum() >= 2 * _FEWEST:
                yield from solve(first[group], second[group])


def _similarity(first: Array, second: Array) -> Iterator[Array]:
    matrix, _ = cv2.estimateAffinePartial2D(
        first, second, method=cv2.RANSAC, ransacReprojThreshold=OUTLIER_PX, maxIters=500
    )
    if matrix is not None:
        yield np.append(matrix, [[0.0, 0.0, 1.0]], axis=0)


def _homography(first: Array, second: Array) -> Iterator[Array]:
    matrix, _ = cv2.findHomography(
        first, second, cv2.USAC_MAGSAC, OUTLIER_PX, maxIters=1000, confidence=0.999
    )
    if matrix is not None:
        yield np.asarray(matrix)
