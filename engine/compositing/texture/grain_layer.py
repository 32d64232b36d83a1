"""Grain drawn on frames: white noise filtered to a spectrum, as strong as the luma under it asks.

It costs less than decoding a frame: one tile of noise is made for a clip, every frame takes it at
another place, and on 8-bit frames all is done with signed bytes, which saturate where codes do.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ...clip.clip import Array, ClipFormat
from ..light import decode, encode
from .grain import BANDS, BLOCK_PX, TO_RGB, Grain

#: Side of the tile that grain is drawn on, pixels.
TILE_PX = 1024
#: Standard deviations of noise that a signed byte holds.
HELD = 4.5
#: Rows that are worked on at once, so that they stay in the cache.
ROWS = 64
#: Turns codes 0 ... 255 into -128 ... 127 and back.
SIGN = 128


class GrainLayer:
    """Adds grain to frames of one format, the same for the same seed and frame.

    The strength of luma follows the luma of the frame; colour noise is in proportion to it.
    """

    def __init__(self, grain: Grain, strength: float, fmt: ClipFormat, seed: int) -> None:
        """Draw ``grain`` times ``strength``; the tile is made when the first frame is asked for."""
        self._bits, self._seed = fmt.bits, seed
        self._size = (fmt.width, fmt.height)
        self._spectrum = grain.spectrum.tobytes()
        power = np.square(grain.sigma).sum(1)
        self._shares = tuple(np.sqrt(power / max(float(power[0]), 1e-12)).tolist())
        places = (np.arange(BANDS) + 0.5) / BANDS
        curve = strength * np.interp(np.linspace(0, 1, 256), places, grain.sigma[0])
        self._most = max(float(curve.max()), 1e-9)
        self._curve = curve.astype(np.float32)
        self._bytes = np.rint(curve / self._most * 127).astype(np.int8)

    def noise(self, index: int) -> tuple[Array, float]:
        """Return noise (H, W, 3) int8 for a frame, and the luma deviation 1 in its units."""
        canvas, unit = _canvas(self._spectrum, self._shares, self._size, self._seed)
        width, height = self._size
        first = int(np.random.default_rng([self._seed, index]).integers(TILE_PX * width))
        # Rows that run on into the next stay contiguous, which halves the time; noise hides it.
        return canvas[first : first + width * height].reshape(height, width, 3), unit

    def add(self, index: int, frame: Array) -> Array:
        """Return a native RGB frame with the grain of frame ``index``."""
        noise, unit = self.noise(index)
        if self._bits != 8:
            display = decode(frame, self._bits)
            codes = encode(np.clip(cv2.cvtColor(display, cv2.COLOR_RGB2GRAY), 0, 1), 8)
            gain = cv2.cvtColor(cv2.LUT(codes, self._curve / unit), cv2.COLOR_GRAY2RGB)
            lit = cv2.add(display, cv2.multiply(noise.astype(np.float32), gain))
            return encode(np.clip(lit, 0, 1), self._bits)
        scale = 255 * self._most / (127 * unit)
        out = np.empty_like(frame)
        for top in range(0, len(frame), ROWS):
            rows = slice(top, top + ROWS)
            gain = cv2.LUT(cv2.cvtColor(frame[rows], cv2.COLOR_RGB2GRAY), self._bytes)
            gain = cv2.cvtColor(gain.view(np.uint8), cv2.COLOR_GRAY2RGB).view(np.int8)
            grain = cv2.multiply(noise[rows], gain, dst=gain, scale=scale)
            signed = np.bitwise_xor(frame[rows], SIGN).view(np.int8)
            cv2.add(signed, grain, dst=signed)
            np.bitwise_xor(signed.view(np.uint8), SIGN, out=out[rows])
        return out


@lru_cache(maxsize=2)
def _canvas(
    spectrum: bytes, shares: tuple[float, ...], size: tuple[int, int], seed: int
) -> tuple[Array, float]:
    """Return pixels (N, 3) int8 of the tile repeated in a frame's width, and its unit."""
    drawn = _tile(spectrum, seed) * np.array(shares, np.float32) @ TO_RGB.T
    unit = 127 / (HELD * float(drawn.std((0, 1)).max()))
    tile = np.clip(np.rint(drawn * np.float32(unit)), -127, 127).astype(np.int8)
    width, height = size
    rows = np.arange(height + TILE_PX) % TILE_PX
    return np.ascontiguousarray(tile[rows[:, None], np.arange(width) % TILE_PX]).reshape(
        -1, 3
    ), unit


def _tile(spectrum: bytes, seed: int) -> Array:
    """Return (TILE_PX, TILE_PX, 3) unit noise with the spectra of three planes, that wraps."""
    chance = np.random.default_rng([seed, 7])
    planes = []
    for power in np.frombuffer(spectrum, np.float32).reshape(3, BLOCK_PX, BLOCK_PX):
        white = np.fft.rfft2(chance.standard_normal((TILE_PX, TILE_PX), np.float32))
        drawn = np.fft.irfft2(white * _gain(power), (TILE_PX, TILE_PX))
        planes.append((drawn / drawn.std()).astype(np.float32))
    return np.stack(planes, 2)


def _gain(power: Array) -> Array:
    """Return the gain (TILE_PX, TILE_PX // 2 + 1) of frequencies, smooth between a block's."""
    factor = TILE_PX // BLOCK_PX
    around = np.pad(np.fft.fftshift(power), 1, mode="wrap")
    grown = cv2.resize(around, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    # Sample k of the block lies at the middle of its cell; frequency 0 must lie at a sample.
    start = factor + factor // 2
    whole = np.fft.ifftshift(grown[start : start + TILE_PX, start : start + TILE_PX])
    # Between samples the resized spectrum is half a sample askew: both signs, averaged, are even.
    mirrored = np.roll(whole[::-1, ::-1], 1, (0, 1))
    gain = np.sqrt(np.maximum((whole + mirrored) / 2, 0))
    return np.asarray(gain[:, : TILE_PX // 2 + 1])
