"""The matting Laplacian (Levin, Lischinski and Weiss 2008) without its matrix.

Alpha is smooth in the sense that in every small window it is a linear function of the colours.
The matrix of that has hundreds of entries a row; but its product with an alpha is a guided filter
(He, Sun and Tang, "Fast matting using large kernel matting Laplacian matrices", 2010), so box
filters are all it takes.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..clip.clip import Array

#: Lightness and two colour differences, at right angles: what is linear in these is so in RGB, at
#: the same cost of a slope, and their covariance can be turned over in single precision, which
#: that of RGB cannot, because grey things make its channels alike.
BASIS = np.array(
    [
        [3**-0.5, 3**-0.5, 3**-0.5, -0.5 * 3**0.5],
        [2**-0.5, 0.0, -(2**-0.5), 0.0],
        [6**-0.5, -2 * 6**-0.5, 6**-0.5, 0.0],
    ],
    np.float32,
)
#: From a model of these (three factors and a constant) to one of RGB.
TO_RGB = np.vstack([BASIS, np.array([[0, 0, 0, 1]], np.float32)]).T.copy()
#: The matrix's diagonal as a share of a window's pixels: its own windows explain the rest.
USUAL = 0.75
#: Ridges below this need double precision all the same.
SINGLE = 2e-6


class MattingLaplacian:
    """The operator for one picture.

    Attributes:
        diagonal: what the matrix's diagonal is about everywhere; enough to precondition with.
    """

    def __init__(self, picture: Array, radius: int, epsilon: float) -> None:
        """Prepare the windows' colour statistics.

        Args:
            picture: (H, W, 3) float32, 0 ... 1.
            radius: of the square windows, pixels.
            epsilon: how much a window's slope costs; divided by the window's pixels as in the
                paper's formula.
        """
        self._size = (2 * radius + 1, 2 * radius + 1)
        self._count = np.float32((2 * radius + 1) ** 2)
        self._planes = cv2.split(cv2.transform(picture, BASIS))
        self._means, self._inverse = self._statistics(epsilon / float(self._count))
        self.diagonal = np.float32(USUAL) * self._count

    def __call__(self, alpha: Array) -> Array:
        """Return the matrix times ``alpha``, (H, W) float32."""
        *factors, drawn = self._model(alpha)
        for factor, plane in zip(factors, self._planes, strict=True):
            factor *= plane
            drawn += factor
        np.subtract(alpha, drawn, out=drawn)
        drawn *= self._count
        return drawn

    def coefficients(self, alpha: Array) -> Array:
        """Return the averaged linear model of ``alpha``: (H, W, 4), factors and a constant."""
        return np.asarray(cv2.transform(cv2.merge(self._model(alpha)), TO_RGB))

    def _model(self, alpha: Array) -> list[Array]:
        """Return the averaged linear model as planes; in place, because memory costs more here
        than arithmetic.
        """
        spare = np.empty_like(alpha)
        constant = self._box(alpha)
        seen = []
        for plane, mean in zip(self._planes, self._means, strict=True):
            one = self._box(np.multiply(plane, alpha, out=spare))
            one -= np.multiply(mean, constant, out=spare)
            seen.append(one)
        rr, rg, rb, gg, gb, bb = self._inverse
        factors = []
        for row, mean in zip(((rr, rg, rb), (rg, gg, gb), (rb, gb, bb)), self._means, strict=True):
            factor = row[0] * seen[0]
            factor += np.multiply(row[1], seen[1], out=spare)
            factor += np.multiply(row[2], seen[2], out=spare)
            constant -= np.multiply(factor, mean, out=spare)
            factors.append(factor)
        return [self._box(plane) for plane in (*factors, constant)]

    def _box(self, values: Array) -> Array:
        return cv2.boxFilter(values, -1, self._size, borderType=cv2.BORDER_REFLECT_101)

    def _statistics(self, ridge: float) -> tuple[list[Array], list[Array]]:
        """Return the windows' mean colours, and the inverse of their covariance (six planes).

        In an even window the variance is a ten-thousandth of the square.
        """
        precise: npt.DTypeLike = np.float32 if ridge >= SINGLE else np.float64
        planes: list[Array] = [plane.astype(precise, copy=False) for plane in self._planes]
        r, g, b = planes
        mean = [self._box(plane) for plane in (r, g, b)]
        rr = self._box(r * r) - mean[0] * mean[0] + ridge
        gg = self._box(g * g) - mean[1] * mean[1] + ridge
        bb = self._box(b * b) - mean[2] * mean[2] + ridge
        rg = self._box(r * g) - mean[0] * mean[1]
        rb = self._box(r * b) - mean[0] * mean[2]
        gb = self._box(g * b) - mean[1] * mean[2]
        cofactors = (
            gg * bb - gb * gb,
            gb * rb - rg * bb,
            rg * gb - gg * rb,
            rr * bb - rb * rb,
            rb * rg - rr * gb,
            rr * gg - rg * rg,
        )
        scale = 1.0 / (rr * cofactors[0] + rg * cofactors[1] + rb * cofactors[2])
        inverse = [(plane * scale).astype(np.float32, copy=False) for plane in cofactors]
        return [plane.astype(np.float32, copy=False) for plane in mean], inverse
