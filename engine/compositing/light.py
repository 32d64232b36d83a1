"""Native codes to float32 light and back, in display values or in linear light.

8-bit codes go through tables: on a CPU a table costs a tenth of the power function.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from ..color import LIGHT_STEPS, display_table, linear_table, linear_to_srgb, srgb_to_linear

#: Rows that are looked up at once.
ROWS = 32


def decode(codes: Array, bits: int, linear: bool = False) -> Array:
    """Return float32 light, 0 ... 1, of native ``codes`` of any shape."""
    if bits == 8 and linear:
        return np.asarray(cv2.LUT(codes, linear_table()))
    if bits == 32:
        display = codes
    else:
        display = np.multiply(codes, np.float32(1.0 / ((1 << bits) - 1)), dtype=np.float32)
    return srgb_to_linear(display) if linear else display


def encode(light: Array, bits: int, linear: bool = False) -> Array:
    """Return native codes, rounded, of float32 light; the inverse of :func:`decode`."""
    if bits == 8 and linear:
        return _displayed(light)
    display = linear_to_srgb(light) if linear else light
    return display if bits == 32 else _rounded(display, bits)


def _displayed(light: Array) -> Array:
    """Return the 8-bit display codes of linear light, within half a code and a thousandth."""
    table, out = display_table(), np.empty(light.shape, np.uint8)
    # A row's worth of wide indices stays in the cache: half the time of the whole at once.
    for top in range(0, len(light), ROWS):
        rows = slice(top, top + ROWS)
        part = light[rows]
        steps: Array = np.asarray(
            cv2.addWeighted(part, LIGHT_STEPS - 1.0, part, 0.0, 0.0, dtype=cv2.CV_32S)
        )
        np.take(table, steps.reshape(part.shape), mode="clip", out=out[rows])
    return out


def recode(codes: Array, bits: int, wanted: int) -> Array:
    """Return a copy of native ``codes`` with other bits."""
    return codes.copy() if bits == wanted else encode(decode(codes, bits), wanted)


def lerp(start: Array, stop: Array, weight: Array) -> Array:
    """Return start + (stop - start) * weight, computed in float32, rounded to start's dtype."""
    difference = cv2.subtract(stop, start, dtype=cv2.CV_32F)
    cv2.multiply(difference, weight, dst=difference)
    depth = {"uint8": cv2.CV_8U, "uint16": cv2.CV_16U, "float32": cv2.CV_32F}[start.dtype.name]
    return np.asarray(cv2.add(start, difference, dtype=depth))


def _rounded(light: Array, bits: int) -> Array:
    top = float((1 << bits) - 1)
    depth = cv2.CV_8U if bits == 8 else cv2.CV_16U
    codes = np.asarray(cv2.addWeighted(light, top, light, 0.0, 0.0, dtype=depth))
    return codes if bits in (8, 16) else np.minimum(codes, int(top))
