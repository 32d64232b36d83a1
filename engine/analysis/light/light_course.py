"""The light of a clip with its course, from what was read in a few frames and seen in many."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...clip.clip import Array
from .light import LightingInfo, LightSample, shadow_direction
from .light_curve import find_jumps, smoothed
from .light_level import Level
from .reading import Reading
from .temperature import kelvin_of, red_blue


def light_course(levels: Sequence[Level], read: Callable[[list[int]], Reading]) -> LightingInfo:
    """Return the light of a clip.

    Args:
        levels: of the frames that were looked at, in order.
        read: given the first frames in a new light, what was read in some of the frames.
    """
    jumps = find_jumps(np.stack([level.blocks for level in levels]))
    frames = np.array([level.frame for level in levels])
    starts = [int(frames[jump]) for jump in jumps]
    reading = read(starts)
    parts = np.searchsorted(starts, frames, side="right")
    main = int(np.bincount(np.searchsorted(starts, reading.frames, side="right")).argmax())
    level = smoothed(_whole(np.stack([one.subject for one in levels])), jumps)
    level = level - level[parts == main].mean(axis=0)
    warmth = red_blue(reading.temperature_k)
    # The ambient light, which dilutes the key, need not change with it.
    key_share = 1.0 - 1.0 / max(reading.contrast, 1.5)
    curve = []
    for number, (frame, part) in enumerate(zip(frames, parts, strict=True)):
        direction, sigma, confidence = _direction(reading, int(frame), int(part), starts)
        curve.append(
            LightSample(
                frame=int(frame),
                direction=direction,
                temperature_k=kelvin_of(warmth + float(level[number, 1]) / key_share),
                intensity=float(np.clip(reading.intensity * np.exp(level[number, 0]), 0.0, 1.0)),
                contrast=reading.contrast,
                hardness=reading.hardness,
                confidence=confidence,
                direction_sigma_deg=sigma,
            )
        )
    return _whole_light(
        reading, [s for s, p in zip(curve, parts, strict=True) if p == main], curve, starts
    )


def _whole(levels: Array) -> Array:
    """Return (T, 2) levels with gaps filled from their neighbours."""
    filled = levels.copy()
    index = np.arange(len(levels))
    for column in filled.T:
        known = np.isfinite(column)
        column[:] = np.interp(index, index[known], column[known]) if known.any() else 0.0
    return filled


def _direction(
    reading: Reading, frame: int, part: int, starts: list[int]
) -> tuple[tuple[float, float, float], float, float]:
    """Return direction, its sigma and confidence in a frame, from frames in the same light."""
    of = np.searchsorted(starts, reading.frames, side="right")
    same = np.flatnonzero(of == part)
    if not len(same):
        same = np.arange(len(of))
    known = reading.frames[same]
    vector = [np.interp(frame, known, reading.directions[same, axis]) for axis in range(3)]
    x, y, z = (float(v) for v in np.array(vector) / max(float(np.linalg.norm(vector)), 1e-6))
    sigma = float(np.interp(frame, known, reading.sigma_deg[same]))
    return (x, y, z), sigma, float(np.interp(frame, known, reading.confidence[same]))


def _whole_light(
    reading: Reading, main: list[LightSample], curve: list[LightSample], starts: list[int]
) -> LightingInfo:
    """Return the light with the mean direction of the longest stretch in one light."""
    vectors = np.array([sample.direction for sample in main])
    weight = np.array([sample.confidence for sample in main]) + 1e-3
    mean = np.average(vectors, axis=0, weights=weight)
    agree = float(np.linalg.norm(mean))
    x, y, z = (float(v) for v in mean / max(agree, 1e-6))
    spread = float(np.degrees(np.arccos(min(agree, 1.0))))
    sigma = float(np.average([sample.direction_sigma_deg for sample in main], weights=weight))
    return LightingInfo(
        direction=(x, y, z),
        temperature_k=reading.temperature_k,
        intensity=reading.intensity,
        contrast=reading.contrast,
        hardness=reading.hardness,
        shadow_direction=shadow_direction((x, y, z)),
        confidence=float(np.average(weight - 1e-3, weights=weight)) * agree,
        method=reading.method,
        curve=tuple(curve),
        direction_sigma_deg=float(np.hypot(sigma, spread)),
        temperature_confidence=reading.temperature_confidence,
        ambient=reading.ambient,
        jumps=tuple(starts),
        surround=reading.surround,
    )
