"""Histogram specification (Gonzalez and Woods): each channel's curve from one histogram to another.

The curve takes the value that stands at some rank in the subject to the one that stands at that
rank in the plate. It is smoothed, and its slope is held between bounds, so that gaps between a
few clothes do not become steps and noise is not blown up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...clip.clip import Array

#: Ranks the curve is drawn through: between them it is straight.
_RANKS = np.concatenate([[0.002, 0.01], np.linspace(0.03, 0.97, 21), [0.99, 0.998]])
_STEPS = 256
#: Least and greatest slope of a curve.
SLOPES = (0.3, 3.0)


@dataclass(frozen=True)
class Curves:
    """A curve for each channel.

    Attributes:
        values: 3 rows of 256 display values, those of evenly spaced inputs.
    """

    values: tuple[tuple[float, ...], ...]

    @property
    def separable(self) -> bool:
        """Whether each channel depends on itself alone: it does."""
        return True

    def __call__(self, display: Array) -> Array:
        """Return display values taken through the curves, (..., 3)."""
        places = np.linspace(0.0, 1.0, len(self.values[0]))
        planes = [np.interp(display[..., c], places, self.values[c]) for c in range(3)]
        return np.asarray(np.stack(planes, axis=-1), display.dtype)


def match_histograms(subject: Array, plate: Array) -> Curves:
    """Return the curves that give the subject's channels the plate's histograms.

    Args:
        subject: (N, 3) display values, 0 ... 1.
        plate: (M, 3) display values.
    """
    curves = [_curve(subject[:, c], plate[:, c]) for c in range(3)]
    return Curves(tuple(tuple(np.round(curve, 5).tolist()) for curve in curves))


def _curve(subject: Array, plate: Array) -> Array:
    inputs = np.linspace(0.0, 1.0, _STEPS)
    have, want = np.quantile(subject, _RANKS), np.quantile(plate, _RANKS)
    # Equal values at several ranks say the same more than once.
    have, first = np.unique(np.round(have, 4), return_index=True)
    want = np.array([part.mean() for part in np.split(want, first[1:])])
    # Outside what is seen the curve runs straight on to black and white.
    have = np.concatenate([[-1e-6], have, [1.0 + 1e-6]])
    want = np.concatenate([[0.0], want, [1.0]])
    steps = np.clip(np.diff(np.interp(inputs, have, want)), *np.array(SLOPES) / (_STEPS - 1))
    middle = float(np.median(subject))
    curve = np.concatenate([[0.0], np.cumsum(_smooth(steps))])
    wanted = float(np.interp(middle, have, want))
    return np.asarray(np.clip(curve + wanted - np.interp(middle, inputs, curve), 0.0, 1.0))


def _smooth(values: Array, radius: int = 8) -> Array:
    kernel = np.hanning(2 * radius + 3)[1:-1]
    padded = np.pad(values, radius, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
