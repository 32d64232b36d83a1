"""The linear Monge-Kantorovich transfer (Pitie and Kokaram, "The Linear Monge-Kantorovitch Linear
Colour Mapping for Example-Based Colour Transfer", CVMP 2007).

Of all linear maps that give one cloud of colours the mean and the covariance of another it is the
one that moves colours least. Directions the subject hardly varies in are not stretched: there is
only noise to stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...clip.clip import Array

#: Variance of display values that is noise in any direction.
_NOISE = 2e-3
#: Least and greatest stretch along the map's own directions.
STRETCH = (0.5, 2.0)

Row = tuple[float, float, float]


@dataclass(frozen=True)
class LinearMap:
    """A map of display colours: matrix (rows give red, green, blue) and what is added."""

    matrix: tuple[Row, Row, Row]
    offset: Row

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]]) -> LinearMap:
        """Return the map of three rows of a matrix and what is added."""
        red, green, blue, offset = ((row[0], row[1], row[2]) for row in rows)
        return cls((red, green, blue), offset)

    @property
    def separable(self) -> bool:
        """Whether each channel depends on itself alone."""
        return False

    def __call__(self, display: Array) -> Array:
        """Return mapped display values, (..., 3), cut to 0 ... 1."""
        matrix, offset = (np.array(part, display.dtype) for part in (self.matrix, self.offset))
        return np.asarray(np.clip(display @ matrix.T + offset, 0.0, 1.0))


def match_clouds(subject: Array, plate: Array) -> LinearMap:
    """Return the linear map from the subject's cloud of colours to the plate's.

    Args:
        subject: (N, 3) display values, 0 ... 1.
        plate: (M, 3) display values.
    """
    means = [cloud.mean(axis=0) for cloud in (subject, plate)]
    have, want = (np.cov(cloud.T) + _NOISE * np.eye(3) for cloud in (subject, plate))
    root, inverse = _power(have, 0.5), _power(have, -0.5)
    matrix = _bounded(inverse @ _power(root @ want @ root, 0.5) @ inverse)
    offset = means[1] - matrix @ means[0]
    return LinearMap.of([*matrix.tolist(), offset.tolist()])


def _power(matrix: Array, exponent: float) -> Array:
    """Return a power of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 1e-12) ** exponent) @ vectors.T)


def _bounded(matrix: Array) -> Array:
    """Return the symmetric map with its stretches held between the bounds."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.clip(values, *STRETCH)) @ vectors.T)
