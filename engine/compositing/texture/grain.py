"""Film grain and sensor noise: measured on one clip, drawn on another.

Grain is what differs between neighbouring frames and has no structure: blocks whose difference
averages out show noise alone (weak textures, as in Pyatykh, Hesser and Zheng, TIP 2013, but in
time: what stands still, a codec's frozen grain too, is texture to the eye). From them come the
standard deviation in bands of luma and the power spectrum, for luma and both colour differences.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...clip.clip import Array
from ..light import decode

#: Side of a block, pixels.
BLOCK_PX = 16
#: Bands of luma, and blocks in each that are enough.
BANDS, ENOUGH = 8, 24
#: Blocks of a pair of frames, and of all for the spectrum, that are looked at.
MOST_BLOCKS, MOST_SPECTRA = 1500, 1500
#: Part of a difference's deviation that is left when 4 x 4 pixels are averaged: white noise keeps a
#: quarter, grain of two pixels a half, and motion most of it.
NOISY = 0.6
#: Share of a band's blocks that are left out where texture stands, those that change most; and
#: where it moves the share that is looked at, for fine texture that moves looks like noise.
LOUD, CALM = 0.1, 0.15
#: Texture stands where most blocks' differences, this share, look like noise.
STANDS = 0.5
#: Most that is believed of a clip whose texture moves, codes of 255; and of a band, times the
#: second quietest.
MOST_MOVING, UNEVEN = 1.5, 3.0
#: Codes of 255 that clip: a block near them shows no noise of its own.
CLIPPED = 4.0
#: BT.709 luma and colour differences of RGB, and back.
TO_YCC = np.array(
    [[0.2126, 0.7152, 0.0722], [-0.1146, -0.3854, 0.5], [0.5, -0.4542, -0.0458]], np.float32
)
TO_RGB = np.linalg.inv(TO_YCC).astype(np.float32)


@dataclass(frozen=True)
class Grain:
    """How a clip's grain looks.

    Attributes:
        sigma: (3, BANDS) standard deviation of luma and both colour differences, 0 ... 1 of the
            range, in bands of luma.
        spectrum: (3, BLOCK_PX, BLOCK_PX) power by frequency, as numpy's FFT orders it, mean 1.
    """

    sigma: Array
    spectrum: Array

    @property
    def visible(self) -> bool:
        """Whether there is any: a fifth of an 8-bit code somewhere."""
        return bool(self.sigma.max() > 0.2 / 255)


def measure_grain(
    pairs: list[tuple[Array, Array]], where: list[Array], bits: int = 32, *, moves: bool = False
) -> Grain | None:
    """Return a clip's grain; None where nothing shows noise alone.

    Args:
        pairs: native frames (H, W, 3), each with the next one.
        where: (H // BLOCK_PX, W // BLOCK_PX) bool each, the blocks that are looked at.
        bits: of the frames.
        moves: the camera is known to move.
    """
    found = [_blocks(*pair, part, bits) for pair, part in zip(pairs, where, strict=True)]
    luma, change = (np.concatenate(parts) for parts in zip(*found, strict=True))
    power = np.square(change).mean((2, 3)) / 2
    left = np.square(_averaged(change[:, 0])).mean((1, 2)) / 2
    noisy = left <= NOISY**2 * power[:, 0]
    bands = np.minimum((luma * BANDS).astype(int), BANDS - 1)
    changed = power[:, 0] > 0
    stands = not moves and (not changed.any() or bool(noisy[changed].mean() > STANDS))
    believed = 1 - LOUD if stands else CALM
    sigma = np.full((3, BANDS), np.nan, np.float32)
    chosen: list[Array] = []
    for band in range(BANDS):
        at = np.flatnonzero((bands == band) & noisy)
        if len(at) < ENOUGH:
            continue
        quiet = at[np.argsort(power[at, 0])[: max(ENOUGH // 2, int(believed * len(at)))]]
        sigma[:, band] = np.sqrt(power[quiet].mean(0))
        chosen.append(quiet)
    if not chosen:
        return None
    shown = _spread(np.concatenate(chosen), MOST_SPECTRA)
    spectrum = np.square(np.abs(np.fft.rfft2(change[shown] * _HANN))).mean(0)
    spectrum = _whole(spectrum)
    spectrum /= np.maximum(spectrum.mean((1, 2), keepdims=True), 1e-12)
    sigma = _filled(sigma)
    sigma *= np.minimum(1, UNEVEN * np.sort(sigma[0])[1] / np.maximum(sigma[0], 1e-9))
    if not stands:
        # Some band has little texture: its noise is all that is known.
        least = sigma[:, int(sigma[0].argmin())]
        sigma[:] = (least * min(1.0, MOST_MOVING / 255 / max(float(least[0]), 1e-9)))[:, None]
    return Grain(sigma, spectrum.astype(np.float32))


_HANN = (np.hanning(BLOCK_PX + 2)[1:-1][:, None] * np.hanning(BLOCK_PX + 2)[1:-1]).astype(
    np.float32
)


def _blocks(frame: Array, after: Array, part: Array, bits: int) -> tuple[Array, Array]:
    """Return the mean luma (N,) of blocks, and how they change, (N, 3, BLOCK_PX, BLOCK_PX)."""
    rows, columns = (_spread(at, MOST_BLOCKS) for at in np.nonzero(part))
    one, other = (decode(_gathered(picture, rows, columns), bits) for picture in (frame, after))
    mean = one.mean((1, 2))
    shown = (mean.min(-1) > CLIPPED / 255) & (mean.max(-1) < 1 - CLIPPED / 255)
    change = (other - one)[shown] @ TO_YCC.T
    change -= change.mean((1, 2), keepdims=True)
    return mean[shown] @ TO_YCC[0], change.transpose(0, 3, 1, 2)


def _gathered(frame: Array, rows: Array, columns: Array) -> Array:
    """Return the blocks (N, BLOCK_PX, BLOCK_PX, 3) of a frame in rows and columns of blocks."""
    height, width = (side // BLOCK_PX for side in frame.shape[:2])
    whole = frame[: height * BLOCK_PX, : width * BLOCK_PX]
    grid = whole.reshape(height, BLOCK_PX, width, BLOCK_PX, 3).swapaxes(1, 2)
    return np.asarray(grid[rows, columns])


def _spread(items: Array, most: int) -> Array:
    """Return at most so many items, evenly chosen."""
    if len(items) <= most:
        return items
    return np.asarray(items[np.linspace(0, len(items) - 1, most).astype(int)])


def _whole(half: Array) -> Array:
    """Return the power (3, BLOCK_PX, BLOCK_PX) of all frequencies; ``half`` is of real noise."""
    mirrored = np.roll(half[:, ::-1], 1, 1)[:, :, BLOCK_PX // 2 - 1 : 0 : -1]
    return np.concatenate([half, mirrored], 2)


def _averaged(blocks: Array) -> Array:
    """Return blocks (N, BLOCK_PX, BLOCK_PX) averaged over 4 x 4 pixels."""
    return np.asarray(blocks.reshape(-1, BLOCK_PX // 4, 4, BLOCK_PX // 4, 4).mean((2, 4)))


def _filled(sigma: Array) -> Array:
    """Return (3, BANDS) without gaps: bands that were not seen are between their neighbours."""
    places = np.arange(BANDS)
    seen = np.isfinite(sigma[0])
    return np.stack([np.interp(places, places[seen], row[seen]) for row in sigma]).astype(
        np.float32
    )
