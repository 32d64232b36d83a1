"""What every picture of the sample is painted with: noise, ramps and layers.

Pictures are float32 RGB, 0 to 1 as a screen shows them; layers are RGBA with their colour
multiplied by their alpha.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def generator(seed: int, *marks: int) -> np.random.Generator:
    """Return the random numbers of one thing, the same for the same seed and marks."""
    return np.random.default_rng([seed, *marks])


def mix(first: Array, second: Array, share: Array | float) -> Array:
    """Return ``first`` where ``share`` is 0, ``second`` where it is 1."""
    part = share[..., None] if isinstance(share, np.ndarray) and share.ndim == 2 else share
    return (first + (second - first) * part).astype(np.float32)


def smoothstep(low: float, high: float, value: Array) -> Array:
    """Return 0 below ``low``, 1 above ``high`` and a smooth rise between."""
    share = np.clip((value - low) / (high - low), 0.0, 1.0).astype(np.float32)
    return share * share * (3.0 - 2.0 * share)


def ramp(stops: list[tuple[float, tuple[float, float, float]]], value: Array) -> Array:
    """Return the colour of each ``value`` on a ramp of (position, colour) stops."""
    positions = [position for position, _ in stops]
    channels = [np.interp(value, positions, [c[i] for _, c in stops]) for i in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def noise(shape: tuple[int, int], cell: tuple[float, float], random: np.random.Generator) -> Array:
    """Return smooth noise of about 0 to 1 whose features are ``cell`` (height, width) px large."""
    rows, columns = (int(size / step) + 4 for size, step in zip(shape, cell, strict=True))
    coarse = random.random((rows, columns), dtype=np.float32)
    size = (int(columns * cell[1]) + 1, int(rows * cell[0]) + 1)
    fine = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    top, left = (int(step * 1.5) for step in cell)
    return np.ascontiguousarray(fine[top : top + shape[0], left : left + shape[1]])


def clouds(
    shape: tuple[int, int],
    cell: tuple[float, float],
    octaves: int,
    random: np.random.Generator,
) -> Array:
    """Return noise summed over ``octaves``, each half as large and half as strong: 0 to 1."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        size = (max(cell[0] / 2**octave, 1.0), max(cell[1] / 2**octave, 1.0))
        total += noise(shape, size, random) / 2**octave
    return total / np.float32(2 - 2 ** (1 - octaves))


def blur(picture: Array, sigma: float) -> Array:
    """Return ``picture`` with a Gaussian blur of ``sigma`` px."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def over(canvas: Array, layer: Array) -> None:
    """Lay ``layer`` (RGBA) over ``canvas`` (RGB or RGBA) of the same size, in place."""
    canvas *= 1.0 - layer[..., 3:]
    canvas += layer[..., : canvas.shape[2]]


def glow(canvas: Array, centre: tuple[float, float], radius: float, colour: Array) -> None:
    """Add light that fades with the distance from ``centre`` (x, y), in place."""
    reach = int(radius * 3)
    x, y = int(centre[0]), int(centre[1])
    top, left = max(y - reach, 0), max(x - reach, 0)
    part = canvas[top : y + reach, left : x + reach, :3]
    if part.size == 0:
        return
    rows, columns = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    squared = (columns - centre[0]) ** 2 + (rows - centre[1]) ** 2
    fall = np.exp(-squared / (radius * radius)).astype(np.float32)[..., None]
    part += (1.0 - part) * np.clip(fall * colour, 0.0, 1.0)


def disc(canvas: Array, centre: tuple[float, float], radius: float, colour: Array) -> None:
    """Add an out-of-focus light, a soft-edged disc with a brighter rim, in place."""
    reach = int(radius + 3)
    x, y = int(centre[0]), int(centre[1])
    top, left = max(y - reach, 0), max(x - reach, 0)
    part = canvas[top : y + reach + 1, left : x + reach + 1, :3]
    if part.size == 0:
        return
    rows, columns = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    distance = np.hypot(columns - centre[0], rows - centre[1]).astype(np.float32)
    inside = np.clip(radius + 0.5 - distance, 0.0, 1.0)
    strength = inside * (0.72 + 0.28 * smoothstep(0.6, 1.0, distance / np.float32(radius)))
    part += (1.0 - part) * np.clip(strength[..., None] * colour, 0.0, 1.0)


def layer_of(picture: Array) -> Array:
    """Return ``picture`` as a layer that hides everything behind it."""
    return np.dstack([picture, np.ones(picture.shape[:2], np.float32)]).astype(np.float32)
