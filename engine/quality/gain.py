"""Multiply a frame by a smooth map of gains, strip by strip, in the frame's own native form."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array, ClipFormat

#: Gains closer to 1 than this change no 8-bit code.
_NOTHING = 0.001
_STRIP_ROWS = 32
#: Clipped whites stay white when a frame is darkened: x goes to max(gain x, 1 - slope (1 - x)).
_WHITE_SLOPE = 3.0


def apply_gain(frame: Array, gains: Array, fmt: ClipFormat) -> Array:
    """Return ``frame`` times ``gains``; the frame itself where there is nothing to do.

    Args:
        frame: native form.
        gains: (rows, cols), one gain for each tile of a grid laid over the frame.
        fmt: the frame's format; the fourth channel is not changed.
    """
    if np.abs(gains - 1.0).max() < _NOTHING:
        return frame
    if fmt.bits == 8 and np.ptp(gains) < _NOTHING:
        return _by_table(frame, float(gains.mean()), fmt)
    return _by_map(frame, gains.astype(np.float32), fmt)


def _by_table(frame: Array, gain: float, fmt: ClipFormat) -> Array:
    codes = np.arange(256, dtype=np.float64)
    table = codes * gain
    if gain < 1.0:
        table = np.maximum(table, 255.0 - _WHITE_SLOPE * (255.0 - codes))
    table = np.clip(np.rint(table), 0, 255).astype(np.uint8)
    if fmt.channels == 4:
        table = np.dstack([table, table, table, codes.astype(np.uint8)])
    return cv2.LUT(frame, table)


def _by_map(frame: Array, gains: Array, fmt: ClipFormat) -> Array:
    across = cv2.resize(gains, (fmt.width, gains.shape[0]), interpolation=cv2.INTER_CUBIC)
    # The weights of cubic interpolation down the rows, as a matrix.
    down = cv2.resize(
        np.eye(gains.shape[0], dtype=np.float32),
        (gains.shape[0], fmt.height),
        interpolation=cv2.INTER_CUBIC,
    )
    out = np.empty_like(frame)
    darkens = bool(gains.min() < 1.0)
    # Buffers are reused: fresh ones cost more than the arithmetic, in page faults.
    gain = np.empty((_STRIP_ROWS, fmt.width), np.float32)
    spread = np.ones((_STRIP_ROWS, *fmt.shape[1:]), np.float32)
    for top in range(0, fmt.height, _STRIP_ROWS):
        strip = frame[top : top + _STRIP_ROWS]
        rows = len(strip)
        used = np.flatnonzero(down[top : top + rows].any(axis=0))
        taps = slice(int(used[0]), int(used[-1]) + 1)
        np.matmul(down[top : top + rows, taps], across[taps], out=gain[:rows])
        _spread(gain[:rows], spread[:rows])
        out[top : top + rows] = _strip(strip, spread[:rows], fmt, darkens)
    return out


def _spread(gain: Array, out: Array) -> None:
    """Write one gain a pixel to all colour channels of ``out``; alpha keeps its 1."""
    if out.ndim == 2:
        out[:] = gain
    elif out.shape[2] == 3:
        cv2.cvtColor(gain, cv2.COLOR_GRAY2RGB, dst=out)
    else:
        cv2.mixChannels([gain], [out], [0, 0, 0, 1, 0, 2])


def _strip(strip: Array, gain: Array, fmt: ClipFormat, darkens: bool) -> Array:
    depth = {8: cv2.CV_8U, 32: cv2.CV_32F}.get(fmt.bits, cv2.CV_16U)
    out = cv2.multiply(strip, gain, dtype=depth)
    if darkens:
        out = cv2.max(out, _white_hold(strip, fmt))
    if 8 < fmt.bits < 16:
        out = np.minimum(out, out.dtype.type(fmt.max_value))
    return out


def _white_hold(strip: Array, fmt: ClipFormat) -> Array:
    """Return the darkest each sample may become: near white it is held, elsewhere 0."""
    top, slope = fmt.max_value, _WHITE_SLOPE
    if fmt.bits == 32:
        return np.minimum(strip, slope * strip - (slope - 1.0) * top).astype(np.float32)
    return cv2.addWeighted(strip, slope, strip, 0.0, -(slope - 1.0) * top)
