"""What in a brightness curve is trend and what is flicker: a local line, bent or with one step.

The bend or the step is accepted by an F test of the fit with it against the fit without (Chow,
"Tests of Equality Between Sets of Coefficients in Two Linear Regressions", Econometrica 1960);
outliers are drawn in before the fit (Huber's winsorised residuals).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..clip.clip import Array

#: F value from which on a bend or a step is real, and the smallest that matters (log gain).
_REAL_F = 40.0
_REAL_MIN = 0.005
#: Residuals are drawn in to this many robust standard deviations.
_OUTLIER = 2.0
#: Share of the energy of white flicker in the differences: slower changes are left alone.
_FAST_BAND = (0.06, 0.16)


def flicker_at(curves: Array, at: int, band: tuple[Array | float, Array | float]) -> Array:
    """Return how far each curve is off its trend at one point, 0 where it does not flicker.

    Args:
        curves: (n, rows, cols), n frames of a grid of curves of log brightness, n >= 3.
        at: the point, 0 ... n - 1.
        band: rms flicker (log gain) that is ignored, and from which on it counts fully; one for
            all or (rows, cols).

    Returns:
        (rows, cols), actual minus trend, times how surely the curve flickers (0 ... 1).
    """
    flat = curves.reshape(len(curves), -1).astype(np.float64)
    weights, fits = _fits(len(curves), at)
    rest = flat - _trend(flat, weights, fits)
    energy = weights @ rest**2 / weights.sum()
    fast = (np.diff(rest, axis=0) ** 2).mean(axis=0) / (2.0 * energy + 1e-12)
    amount = np.sqrt(energy).reshape(curves.shape[1:])
    off: Array = rest[at].reshape(amount.shape) * _ramp(amount, *band)
    return off * _ramp(fast, *_FAST_BAND).reshape(amount.shape)


def _trend(curves: Array, weights: Array, fits: tuple[Array, ...]) -> Array:
    trend = _best_fit(curves, weights, fits)
    for _ in range(2):
        rest = curves - trend
        limit = _OUTLIER * 1.483 * np.median(np.abs(rest), axis=0) + 1e-6
        trend = _best_fit(trend + np.clip(rest, -limit, limit), weights, fits)
    return trend


def _best_fit(curves: Array, weights: Array, fits: tuple[Array, ...]) -> Array:
    """Return the line, or what explains a curve far better: the bend or one of the steps."""
    line = fits[0] @ curves
    error = weights @ (curves - line) ** 2
    best, least = line, error
    for fit in fits[1:]:
        other = fit @ curves
        left = weights @ (curves - other) ** 2
        proven = (error - left) * (len(curves) - 3) > _REAL_F * left
        proven &= np.abs(other - line).max(axis=0) > _REAL_MIN
        better = proven & (left < least)
        best, least = np.where(better, other, best), np.where(better, left, least)
    return best


@lru_cache(maxsize=256)
def _fits(count: int, at: int) -> tuple[Array, tuple[Array, ...]]:
    """Return the weights (count,) and the fitting matrices: a line, a parabola, each step."""
    time = np.arange(count, dtype=np.float64) - at
    reach = max(at, count - 1 - at) + 1
    weights = np.cos(0.5 * np.pi * time / reach) ** 2
    line = np.stack([np.ones(count), time], axis=1)
    models = [line]
    if count >= 6:
        models.append(np.column_stack([line, time**2]))
        models += [np.column_stack([line, time >= time[k]]) for k in range(2, count - 1)]
    root = np.sqrt(weights)[:, None]
    return weights, tuple(model @ np.linalg.pinv(model * root) * root.T for model in models)


def _ramp(value: Array, low: Array | float, high: Array | float) -> Array:
    ramp: Array = np.clip((value - low) / (high - low), 0.0, 1.0)
    return ramp
