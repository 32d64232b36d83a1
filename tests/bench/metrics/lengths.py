"""Lengths of media files: frames, duration, samples of sound, and how well sound fits picture.

Lip sync is measured on a test clip whose sound clicks when its picture flashes: the lag at which
both onsets correlate best.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from .arrays import Array

#: Steps of the correlation, the widening that lets onsets meet, and the largest lag looked for.
_STEP_S = 0.0005
_WIDE_S = 0.004
_LARGEST_LAG_S = 1.0


@dataclass(frozen=True)
class Lengths:
    """What a file holds.

    Attributes:
        frames: pictures that decode.
        duration_s: from the first picture to the end of the last.
        samples: of sound per channel; 0 without sound.
        rate: samples a second; 0 without sound.
    """

    frames: int
    duration_s: float
    samples: int
    rate: int


@dataclass(frozen=True)
class LengthErrors:
    """Differences to a reference: of the file less of the reference, with sign."""

    frames: int
    duration_s: float
    samples: int


def lengths(path: Path) -> Lengths:
    """Return what a file with a video stream holds; it is decoded from end to end."""
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        # Containers that tell no frame's duration have a rate.
        usual_s = float(1 / video.average_rate) if video.average_rate else 0.0
        times = [
            # PyAV 14 does not tell how long a frame is shown.
            (float(frame.pts * frame.time_base), getattr(frame, "duration", 0) * frame.time_base)
            for frame in file.decode(video)
        ]
    samples, rate = _sound_length(path)
    begins, (last, last_s) = min(t for t, _ in times), max(times)
    return Lengths(len(times), last - begins + (last_s or usual_s), samples, rate)


def length_errors(path: Path, reference: Path) -> LengthErrors:
    """Return how far a file's lengths are off those of a reference."""
    one, other = lengths(path), lengths(reference)
    return LengthErrors(
        frames=one.frames - other.frames,
        duration_s=one.duration_s - other.duration_s,
        samples=one.samples - other.samples,
    )


def lip_sync_s(clicks: Array, rate: float, flashes: Array, fps: float) -> float:
    """Return how late sound is against picture, in s; below 0 it is early.

    Args:
        clicks: (N,) samples of one channel.
        rate: samples a second.
        flashes: (T,) brightness of each frame; a frame is shown from t / fps.
        fps: frames a second.

    Returns:
        The lag within one second at which the onsets correlate best, exact to about 1 ms.

    Raises:
        ValueError: one of the tracks has no onset.
    """
    length = int(np.ceil(max(len(clicks) / rate, len(flashes) / fps) / _STEP_S)) + 1
    sound = _onsets(np.abs(clicks), rate, length)
    light = _onsets(flashes, fps, length)
    if not sound.any() or not light.any():
        raise ValueError("Both tracks must have an onset to be compared.")
    size = 1 << (2 * length - 1).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(light, size))
    likeness = np.roll(np.fft.irfft(spectrum, size), size // 2)
    reach = int(_LARGEST_LAG_S / _STEP_S)
    near = likeness[size // 2 - reach : size // 2 + reach + 1]
    return float((int(np.argmax(near)) - reach) * _STEP_S)


def tracks(path: Path) -> tuple[Array, int, Array, float]:
    """Return a file's sound (N,), its rate, its frames' mean brightness (T,) and the frame rate."""
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        fps = float(video.average_rate or 0)
        light = [frame.to_ndarray(format="gray").mean() for frame in file.decode(video)]
    with av.open(str(path)) as file:
        blocks = [_mono(frame) for frame in file.decode(audio=0)]
        rate = file.streams.audio[0].rate
    return np.concatenate(blocks), rate, np.array(light), fps


def _sound_length(path: Path) -> tuple[int, int]:
    with av.open(str(path)) as file:
        if not file.streams.audio:
            return 0, 0
        return sum(frame.samples for frame in file.decode(audio=0)), file.streams.audio[0].rate


def _mono(frame: av.AudioFrame) -> Array:
    channels = len(frame.layout.channels)
    values = frame.to_ndarray().astype(np.float64)
    # Packed formats have one row in which the channels take turns.
    return values.mean(axis=0) if frame.format.is_planar else values.reshape(-1, channels).mean(1)


def _onsets(values: Array, rate: float, length: int) -> Array:
    """Return the sharpest rises of a track at steps of ``_STEP_S``, widened, (length,)."""
    rise = np.maximum(np.diff(values.astype(np.float64), prepend=values[0]), 0.0)
    # Rises within a click are not its onset: only those from near silence count.
    high = rise >= 0.5 * rise.max() if rise.any() else np.zeros(len(rise), bool)
    at = np.flatnonzero(high)
    first = at[np.diff(at / rate, prepend=-np.inf) > 0.1]
    where = (np.arange(length)[:, None] - first / rate / _STEP_S) * _STEP_S / _WIDE_S
    widened: Array = np.exp(-0.5 * where**2).sum(axis=1)
    return widened
