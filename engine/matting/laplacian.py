"""The matting Laplacian (Levin, Lischinski and Weiss 2008) without its matrix.

Alpha is smooth in the sense that in every small window it is a linear function of the colours.
The matrix of that has hundreds of entries a row; but its product with an alpha is a guided filter
(He, Sun and Tang, "Fast matting using large kernel matting Laplacian matrices", 2010), so box
filters are all it takes.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array


class MattingLaplacian:
    """The operator for one picture.

    Attributes:
        diagonal: (H, W) float32 of the matrix.
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
        self._planes = cv2.split(picture)
        self._means, self._inverse = self._statistics(epsilon / float(self._count))
        self.diagonal = self._diagonal()

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
        return cv2.merge(self._model(alpha))

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

        In double precision: in an even window the variance is a ten-thousandth of the square.
        """
        r, g, b = (plane.astype(np.float64) for plane in self._planes)
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
        inverse = [(plane * scale).astype(np.float32) for plane in cofactors]
        return [plane.astype(np.float32) for plane in mean], inverse

    def _diagonal(self) -> Array:
        """Return the diagonal: what a pixel's windows do not explain of the pixel by itself."""
        r, g, b = self._planes
        rr, rg, rb, gg, gb, bb = self._inverse
        m_r, m_g, m_b = self._means
        v_r = rr * m_r + rg * m_g + rb * m_b
        v_g = rg * m_r + gg * m_g + gb * m_b
        v_b = rb * m_r + gb * m_g + bb * m_b
        # The sum over windows of (pixel - mean)' inverse (pixel - mean), multiplied out.
        leverage = self._box(v_r * m_r + v_g * m_g + v_b * m_b)
        leverage += self._box(rr) * r * r + self._box(gg) * g * g + self._box(bb) * b * b
        leverage += 2 * (
            self._box(rg) * r * g
            + self._box(rb) * r * b
            + self._box(gb) * g * b
            - self._box(v_r) * r
            - self._box(v_g) * g
            - self._box(v_b) * b
        )
        return np.maximum(self._count - 1 - leverage, np.float32(0.01) * self._count)
