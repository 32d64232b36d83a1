"""Grain: what changes from frame to frame where nothing else does, by brightness and frequency.

Our own definition. Given is what a camera or a tool has put on a picture, frame by frame; what of
it stands still is texture to the eye and drops out of differences of neighbouring frames. Blocks of
16 px are sorted by luma into eight bands; of each band the calmer half of the blocks counts, for
errors of detail that move are louder than grain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Array

BANDS = 8
_BLOCK_PX = 16
#: A band with fewer blocks is not told.
_ENOUGH = 24
#: Rings of frequency that the spectrum is told in.
_RINGS = 6


@dataclass(frozen=True)
class Grain:
    """How grain looks.

    Attributes:
        sigma: (BANDS,) standard deviation of luma in bands of luma, codes; NaN where not told.
        spectrum: (6,) power by frequency, from long to short waves, mean over the plane 1.
    """

    sigma: Array
    spectrum: Array


def grain(added: Array, luma: Array, where: Array) -> Grain | None:
    """Return the grain of a clip; None where no band of brightness shows it.

    Args:
        added: (T, H, W) luma that lies over the clean picture, codes.
        luma: (T, H, W) of the picture, 0 ... 255.
        where: (T, H, W) bool, the part that counts.
    """
    change = np.diff(added, axis=0) / np.sqrt(2.0)
    blocks = _blocks(change)
    means = _blocks(luma[1:]).mean((1, 2))
    usable = _blocks(where[1:] & where[:-1]).all((1, 2)) & (means > 6) & (means < 249)
    blocks, means = blocks[usable], means[usable]
    blocks = blocks - blocks.mean((1, 2), keepdims=True)
    power = np.square(blocks).mean((1, 2))
    band = np.minimum((means * BANDS / 256.0).astype(int), BANDS - 1)
    sigma, calm = np.full(BANDS, np.nan), np.zeros(len(blocks), bool)
    for one in range(BANDS):
        at = band == one
        if at.sum() >= _ENOUGH:
            middle = np.median(power[at])
            sigma[one] = np.sqrt(middle)
            calm |= at & (power <= middle)
    return Grain(sigma, _spectrum(blocks[calm])) if calm.any() else None


def deviations(found: Grain, wanted: Grain) -> Array:
    """Return by what share the deviation of each band that both tell is off, (n,)."""
    both = np.isfinite(found.sigma) & np.isfinite(wanted.sigma) & (wanted.sigma > 0)
    off: Array = np.abs(found.sigma[both] / wanted.sigma[both] - 1.0)
    return off


def spectral_difference(found: Grain, wanted: Grain) -> float:
    """Return what share of the power lies at another frequency, 0 ... 1."""
    shares = _areas() / _areas().sum()
    return float((np.abs(found.spectrum - wanted.spectrum) * shares).sum() / 2.0)


def white(wanted: Grain) -> Grain:
    """Return even white grain as strong as a clip's is in the middle of its bands."""
    sigma = np.where(np.isfinite(wanted.sigma), np.nanmedian(wanted.sigma), np.nan)
    return Grain(sigma, np.ones(_RINGS))


def _blocks(frames: Array) -> Array:
    """Return (N, 16, 16) of (T, H, W), what does not fill a block left out."""
    count, height, width = frames.shape
    rows, columns = height // _BLOCK_PX, width // _BLOCK_PX
    whole = frames[:, : rows * _BLOCK_PX, : columns * _BLOCK_PX]
    parts = whole.reshape(count, rows, _BLOCK_PX, columns, _BLOCK_PX).transpose(0, 1, 3, 2, 4)
    return parts.reshape(-1, _BLOCK_PX, _BLOCK_PX)


def _spectrum(blocks: Array) -> Array:
    window = np.hanning(_BLOCK_PX + 2)[1:-1]
    power = np.square(np.abs(np.fft.fft2(blocks * window[:, None] * window))).mean(axis=0)
    sums = np.bincount(_ring().ravel(), power.ravel(), _RINGS)
    spectrum: Array = sums / _areas() / max(float(power.mean()), 1e-12)
    return spectrum


def _ring() -> Array:
    """Return the ring that each frequency of a block is in."""
    wave = np.abs(np.fft.fftfreq(_BLOCK_PX))
    radius = np.hypot(wave[:, None], wave) / 0.5
    return np.minimum((radius * _RINGS).astype(int), _RINGS - 1)


def _areas() -> Array:
    return np.bincount(_ring().ravel(), minlength=_RINGS)
