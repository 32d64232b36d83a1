"""The curves of high dynamic range: PQ and HLG (ITU-R BT.2100) and their way down to SDR.

Reference white is 203 cd/m2 (BT.2408) and becomes the white of the standard range; what is
brighter rolls off along the Hermite spline of BT.2390's EETF.
"""

from __future__ import annotations

import numpy as np

from ..clip.clip import Array

REFERENCE_WHITE_NITS = 203.0
#: An HLG picture is seen on a display of this peak, whose system gamma is 1.2.
HLG_PEAK_NITS = 1000.0
HLG_SYSTEM_GAMMA = 1.2

_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073


def pq_to_nits(code: Array) -> Array:
    """Return light in cd/m2 of PQ values in 0 ... 1 (SMPTE ST 2084)."""
    power = np.asarray(code, np.float64) ** (1 / _M2)
    light = np.maximum(power - _C1, 0) / (_C2 - _C3 * power)
    return np.asarray(10000.0 * light ** (1 / _M1))


def nits_to_pq(nits: Array) -> Array:
    """Return PQ values, 0 ... 1, of light in cd/m2."""
    power = (np.asarray(nits, np.float64) / 10000.0) ** _M1
    return np.asarray(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2)


def hlg_to_scene(code: Array) -> Array:
    """Return scene light, 0 ... 1, of HLG values in 0 ... 1."""
    value = np.asarray(code, np.float64)
    bright = (np.exp((np.maximum(value, 0.5) - _C) / _A) + _B) / 12
    return np.where(value <= 0.5, value**2 / 3, bright)


def roll_off(nits: Array, peak_nits: float) -> Array:
    """Return light in cd/m2 with highlights brought under reference white (BT.2390 EETF).

    Args:
        nits: light of the brightest channel, any shape.
        peak_nits: the brightest the picture holds; comes out as reference white.
    """
    top = float(nits_to_pq(np.asarray(peak_nits)))
    limit = float(nits_to_pq(np.asarray(REFERENCE_WHITE_NITS))) / top
    knee = 1.5 * limit - 0.5
    value = np.minimum(nits_to_pq(nits) / top, 1.0)
    if limit >= 1:
        return pq_to_nits(value * top)
    t = (np.maximum(value, knee) - knee) / (1 - knee)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * limit
    )
    return pq_to_nits(np.where(value < knee, value, spline) * top)
