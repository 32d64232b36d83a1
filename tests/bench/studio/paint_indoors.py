"""Painters of what is indoors: walls, floors, shelves, frames and studio screens."""

from __future__ import annotations

import numpy as np

from .color import srgb
from .noise import fbm, mix, noise, step

_INKS = np.stack(
    [
        srgb(150, 62, 48), srgb(46, 78, 112), srgb(196, 160, 84), srgb(72, 98, 70),
        srgb(214, 204, 184), srgb(92, 60, 88), srgb(40, 40, 46), srgb(176, 110, 60),
    ]
)  # fmt: skip


def opaque(rgb: np.ndarray) -> np.ndarray:
    return np.dstack([rgb, np.ones(rgb.shape[:2], np.float32)])


def hashed(x: np.ndarray, seed: int) -> np.ndarray:
    """Return random 0 ... 1 of whole numbers."""
    n = np.sin(x * 127.1 + seed * 311.7) * 43758.5453
    return n - np.floor(n)


def plaster(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A painted wall with stains, a hung picture every 2.3 m and a skirting board."""
    tint = [srgb(186, 178, 160), srgb(150, 168, 172), srgb(188, 150, 128)][seed % 3]
    grain = 0.82 + 0.24 * fbm(u * 1.5, v * 1.5, seed) + 0.16 * (fbm(u * 30, v * 30, seed + 3) - 0.5)
    rgb = tint * grain[..., None]
    cell = np.floor(u / 2.3)
    x, y = u - (cell + 0.5) * 2.3, v - 1.25 - 0.2 * hashed(cell, seed)
    w, h = 0.42 + 0.25 * hashed(cell, seed + 1), 0.36 + 0.2 * hashed(cell, seed + 2)
    edge = np.maximum(np.abs(x) - w, np.abs(y) - h)
    rgb = mix(rgb, rgb * 0.7, 1 - step(0.05, 0.12, edge - 0.03))
    rgb = mix(rgb, srgb(70, 48, 34), 1 - step(0.0, 0.01, edge))
    rgb = mix(rgb, _canvas(u, v, cell, seed), 1 - step(-0.055, 0.01, edge))
    skirting = step(3.07, 0.012, v)
    return opaque(mix(rgb, srgb(222, 216, 204) * grain[..., None], skirting))


def _canvas(u: np.ndarray, v: np.ndarray, cell: np.ndarray, seed: int) -> np.ndarray:
    """An abstract painting: warped bands of a few inks."""
    field = fbm(u * 2.2, v * 2.2, seed + 17, 5) * 9 + hashed(cell, seed) * 8
    index = np.floor(field).astype(int) % len(_INKS)
    return _INKS[index] * (0.75 + 0.5 * noise(u * 60, v * 12, seed))[..., None]


def brick(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A brick wall in running bond with weathered mortar."""
    row = np.floor(v / 0.075)
    shifted = u + 0.11 * np.mod(row, 2)
    column = np.floor(shifted / 0.22)
    x, y = np.mod(shifted, 0.22), np.mod(v, 0.075)
    wobble = 0.006 * (noise(u * 25, v * 25, seed) - 0.5)
    edge = np.minimum(np.minimum(x, 0.22 - x), np.minimum(y, 0.075 - y)) + wobble
    tone = 0.55 + 0.55 * hashed(column * 7 + row * 13, seed)
    base = mix(srgb(150, 82, 62), srgb(120, 78, 70), hashed(column + row * 31, seed + 5))
    rough = 0.75 + 0.5 * fbm(u * 18, v * 18, seed + 2)
    rgb = base * (tone * rough)[..., None]
    rgb = mix(srgb(168, 160, 148) * rough[..., None], rgb, step(0.006, 0.004, edge))
    return opaque(rgb * (0.7 + 0.6 * fbm(u * 0.8, v * 0.8, seed + 9))[..., None])


def planks(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A wooden floor; boards run away from the viewer."""
    board = np.floor(u / 0.14)
    along = v + 2.0 * hashed(board, seed)
    length = np.floor(along / 1.6)
    x, y = np.mod(u, 0.14), np.mod(along, 1.6)
    key = board * 3 + length * 17
    figure = fbm(u * 22 + key * 5, along * 1.4, seed, 4)
    rings = 0.5 + 0.5 * np.sin(figure * 26)
    rgb = mix(srgb(150, 104, 66), srgb(104, 66, 40), 0.55 * rings + 0.4 * hashed(key, seed))
    rgb = rgb * (0.78 + 0.4 * hashed(key, seed + 4))[..., None]
    gap = np.minimum(np.minimum(x, 0.14 - x), np.minimum(y, 1.6 - y))
    return opaque(rgb * (0.35 + 0.65 * step(0.003, 0.004, gap))[..., None])


def tiles(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Stone tiles, 60 cm, each with its own veins."""
    i, j = np.floor(u / 0.6), np.floor(v / 0.6)
    x, y = np.mod(u, 0.6), np.mod(v, 0.6)
    vein = np.abs(fbm(u * 2 + i * 9, v * 2 + j * 7, seed, 5) - 0.5)
    rgb = mix(srgb(120, 118, 116), srgb(186, 182, 174), step(0.02, 0.08, vein))
    rgb = rgb * (0.75 + 0.3 * hashed(i * 5 + j * 11, seed))[..., None]
    rgb = rgb * (0.9 + 0.2 * noise(u * 70, v * 70, seed))[..., None]
    gap = np.minimum(np.minimum(x, 0.6 - x), np.minimum(y, 0.6 - y))
    return opaque(rgb * (0.45 + 0.55 * step(0.004, 0.004, gap))[..., None])


def shelf(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A bookcase full of books of all colours and heights."""
    row = np.floor(v / 0.34)
    book = np.floor(u / 0.045 + 3 * hashed(row, seed))
    x, y = np.mod(u / 0.045 + 3 * hashed(row, seed), 1.0), np.mod(v, 0.34)
    key = book + row * 57
    top = 0.05 + 0.1 * hashed(key, seed)
    index = np.floor(hashed(key, seed + 1) * len(_INKS)).astype(int)
    round_spine = 0.45 + 0.75 * np.sqrt(np.clip(4 * x * (1 - x), 0, 1))
    rgb = _INKS[index] * (round_spine * (0.7 + 0.5 * hashed(key, seed + 2)))[..., None]
    label = (np.abs(y - 0.2) < 0.025) & (hashed(key, seed + 6) > 0.4)
    rgb = mix(rgb, srgb(226, 200, 130), 0.8 * label * (noise(u * 130, v * 170, seed) > 0.45))
    rgb = mix(srgb(22, 17, 14), rgb, step(0.0, 0.006, y - top))
    wood = srgb(110, 74, 46) * (0.7 + 0.5 * fbm(u * 4, v * 40, seed))[..., None]
    return opaque(mix(rgb, wood, step(0.315, 0.006, y)))


def window(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A bright window, 1.2 x 1.6 m, with a garden out of focus behind its bars."""
    sky = mix(
        srgb(226, 236, 246), srgb(150, 178, 130), step(0.9, 0.5, v + 0.3 * fbm(u * 3, v * 3, seed))
    )
    rgb = sky * (0.75 + 0.5 * fbm(u * 5, v * 5, seed + 2, 2))[..., None]
    bars = np.minimum(np.abs(u - 0.6), np.abs(v - 0.8))
    rim = np.minimum(np.minimum(u, 1.2 - u), np.minimum(v, 1.6 - v))
    frame = srgb(206, 200, 190) * (0.92 + 0.12 * noise(u * 90, v * 30, seed))[..., None]
    return opaque(mix(frame, rgb, step(0.025, 0.01, bars) * step(0.06, 0.01, rim)))


def concrete(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Cast concrete with shuttering joints, tie holes and runs of rain."""
    stain = fbm(u * 2.4, v * 0.4, seed, 5)
    rgb = (
        srgb(142, 140, 136)
        * (0.62 + 0.55 * stain + 0.3 * (fbm(u * 24, v * 24, seed) - 0.5))[..., None]
    )
    x, y = np.mod(u, 1.2), np.mod(v, 0.9)
    joint = np.minimum(np.minimum(x, 1.2 - x), np.minimum(y, 0.9 - y))
    hole = np.hypot(np.abs(x - 0.6) - 0.35, np.abs(y - 0.45) - 0.25)
    return opaque(rgb * (0.5 + 0.5 * step(0.008, 0.01, joint) * step(0.02, 0.01, hole))[..., None])


def green_screen(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Green cloth: hanging folds, creases, and a light that falls off to the sides."""
    return _screen(u, v, seed, srgb(52, 172, 66))


def blue_screen(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Blue cloth, as the green one."""
    return _screen(u, v, seed, srgb(38, 82, 190))


def _screen(u: np.ndarray, v: np.ndarray, seed: int, colour: np.ndarray) -> np.ndarray:
    folds = fbm(u * 1.6 + 0.3 * noise(u * 2, v * 2, seed), v * 0.16, seed, 3) - 0.5
    creases = np.abs(fbm(u * 1.1, v * 1.1, seed + 5, 3) - 0.5)
    uneven = 0.72 + 0.5 * fbm(u * 0.22, v * 0.22, seed + 8, 2)
    weave = 0.985 + 0.03 * noise(u * 240, v * 240, seed)
    light = uneven * (1 + 0.55 * folds) * (1 - 0.13 * (1 - step(0.008, 0.03, creases))) * weave
    return opaque(colour * light[..., None])
