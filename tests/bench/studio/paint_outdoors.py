"""Painters of what is outdoors: sky, ground, walls with windows, trees and passers-by."""

from __future__ import annotations

import numpy as np

from .color import srgb
from .noise import fbm, mix, noise, step
from .paint_indoors import hashed, opaque


def sky(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A sky 1000 m wide, 420 m high, its horizon at the lower edge, with clouds."""
    height = np.clip(1 - v / 420.0, 0, 1)
    low, high = [
        (srgb(206, 222, 234), srgb(84, 134, 200)),
        (srgb(250, 206, 158), srgb(108, 124, 178)),
        (srgb(24, 26, 44), srgb(6, 8, 18)),
    ][seed % 3]
    rgb = mix(low, high, np.sqrt(height))
    stretch = 1 + 2.2 * (1 - height)
    cloud = fbm(u * 0.014, v * 0.022 * stretch, seed + 3, 6)
    fine = fbm(u * 0.06, v * 0.09 * stretch, seed + 4, 4)
    cover = step(0.56, 0.2, cloud + 0.12 * (fine - 0.5))
    shade = 0.72 + 0.5 * (cloud - fbm(u * 0.014 + 0.1, v * 0.022 * stretch - 0.16, seed + 3, 6))
    white = mix(low, srgb(250, 250, 250), np.full_like(u, 0.2 if seed % 3 == 2 else 0.75))
    return opaque(mix(rgb, white * shade[..., None], 0.85 * cover))


def grass(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Meadow: blades, clumps, dry patches and a few daisies."""
    clump = fbm(u * 1.2, v * 1.2, seed, 4)
    blade = noise(u * 70, v * 26, seed + 1) * 0.6 + noise(u * 150, v * 60, seed + 2) * 0.4
    rgb = mix(srgb(44, 70, 24), srgb(126, 142, 60), np.clip(0.9 * blade + 0.5 * clump - 0.2, 0, 1))
    rgb = mix(rgb, srgb(158, 140, 88), 0.7 * step(0.62, 0.14, fbm(u * 0.7, v * 0.7, seed + 7)))
    cu, cv = np.floor(u * 4), np.floor(v * 4)
    du, dv = u * 4 - cu - hashed(cu + cv * 51, seed), v * 4 - cv - hashed(cu * 3 + cv * 71, seed)
    daisy = (hashed(cu * 7 + cv * 5, seed) > 0.72) * (1 - step(0.07, 0.04, np.hypot(du, dv)))
    return opaque(mix(rgb, srgb(236, 232, 214), daisy))


def sand(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Beach sand with ripples, footprints' dents, and shells."""
    ripple = np.sin(v * 34 + 9 * fbm(u * 0.9, v * 0.9, seed)) * 0.5 + 0.5
    dents = fbm(u * 5, v * 5, seed + 3, 4)
    grain = noise(u * 220, v * 220, seed + 4)
    tone = 0.66 + 0.12 * ripple + 0.5 * (dents - 0.5) + 0.2 * (grain - 0.5) + 0.2 * fbm(u, v, seed)
    rgb = srgb(214, 186, 142) * tone[..., None]
    cu, cv = np.floor(u * 3), np.floor(v * 3)
    du, dv = u * 3 - cu - hashed(cu + cv * 51, seed), v * 3 - cv - hashed(cu * 3 + cv * 71, seed)
    shell = (hashed(cu * 7 + cv * 5, seed) > 0.6) * (1 - step(0.06, 0.03, np.hypot(du, 1.6 * dv)))
    return opaque(mix(rgb, srgb(236, 224, 212) * (0.6 + 0.4 * grain)[..., None], shell))


def sea(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """The sea from the shore (v large) to the horizon: swell, glints and foam."""
    swell = fbm(u * 0.16, v * 0.35, seed, 5)
    chop = fbm(u * 1.1, v * 1.7, seed + 2, 4)
    rgb = mix(srgb(24, 74, 96), srgb(90, 150, 160), np.clip(1.6 * swell - 0.4 + chop * 0.4, 0, 1))
    foam = step(0.66, 0.06, 0.55 * swell + 0.55 * chop)
    return opaque(mix(rgb, srgb(232, 238, 238), 0.85 * foam))


def paving(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Pavement slabs with cracks, gum and damp."""
    row = np.floor(v / 0.45)
    shifted = u + 0.3 * np.mod(row, 2)
    x, y = np.mod(shifted, 0.6), np.mod(v, 0.45)
    key = np.floor(shifted / 0.6) * 3 + row * 19
    tone = 0.62 + 0.34 * hashed(key, seed) + 0.5 * (fbm(u * 7, v * 7, seed, 5) - 0.5)
    tone = tone + 0.3 * (noise(u * 130, v * 130, seed) - 0.5)
    rgb = srgb(150, 146, 140) * tone[..., None]
    gap = np.minimum(np.minimum(x, 0.6 - x), np.minimum(y, 0.45 - y))
    gap = gap + 0.008 * (noise(u * 40, v * 40, seed + 2) - 0.5)
    gum = step(0.8, 0.03, noise(u * 9, v * 9, seed + 6))
    rgb = mix(rgb, srgb(64, 62, 60), 0.6 * gum)
    damp = step(0.6, 0.1, fbm(u * 0.9, v * 0.9, seed + 9))
    return opaque(rgb * ((0.3 + 0.7 * step(0.006, 0.008, gap)) * (1 - 0.3 * damp))[..., None])


def facade(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A house front: windows with curtains and reflections between plastered piers."""
    i, j = np.floor(u / 1.9), np.floor(v / 2.9)
    x, y = u - (i + 0.5) * 1.9, v - (j + 0.5) * 2.9
    key = i * 3 + j * 17
    tint = [srgb(190, 150, 110), srgb(150, 152, 158), srgb(188, 176, 140)][seed % 3]
    rough = 0.7 + 0.3 * fbm(u * 1.2, v * 0.5, seed, 5) + 0.24 * (fbm(u * 14, v * 14, seed) - 0.5)
    course = 0.85 + 0.15 * step(0.012, 0.012, np.abs(np.mod(v, 0.42) - 0.21))
    rgb = tint * (rough * course)[..., None]
    edge = np.maximum(np.abs(x) - 0.5, np.abs(y) - 0.85)
    rgb = mix(rgb, srgb(226, 220, 208) * rough[..., None], 1 - step(0.1, 0.012, edge))
    curtain = noise(u * 14, v * 0.6, seed + 4) * step(0.1, 0.05, np.abs(x) - 0.1)
    glass = mix(srgb(30, 36, 44), srgb(180, 172, 156), 0.7 * curtain * hashed(key, seed + 2))
    sheen = fbm(u * 0.9 + v * 0.6, v * 0.9, seed + 8, 3)
    glass = mix(glass, srgb(170, 194, 214), 0.6 * step(0.5, 0.2, sheen))
    lamp = (hashed(key, seed + 11) > 0.45) * (1.0 if seed % 5 == 4 else 0.0)
    glass = mix(glass, srgb(255, 206, 130) * (0.7 + 0.3 * curtain)[..., None], lamp)
    rgb = mix(rgb, glass, 1 - step(0.0, 0.012, edge))
    bars = np.minimum(np.abs(x), np.abs(y + 0.3))
    inside = 1 - step(0.0, 0.012, edge)
    return opaque(mix(rgb, srgb(206, 202, 196), inside * (1 - step(0.03, 0.012, bars))))


def tree(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A tree, 4 m wide and 6 m high: trunk, boughs and clustered leaves with gaps of sky."""
    crown = np.hypot((u - 2.0) / 1.8, (v - 2.1) / 2.0)
    mass = fbm(u * 1.5, v * 1.5, seed, 3)
    leaf = noise(u * 13, v * 15, seed + 1) * 0.6 + noise(u * 27, v * 29, seed + 2) * 0.5
    cover = step(0.0, 0.08, 0.9 * mass + 0.62 * leaf - 0.32 - 0.62 * crown**2)
    light = np.clip(0.25 + 0.9 * mass - 0.14 * v + 0.7 * (leaf - 0.5), 0.05, 1.2)
    autumn = [srgb(92, 122, 44), srgb(120, 116, 40), srgb(62, 104, 58)][seed % 3]
    rgb = mix(srgb(18, 30, 12), autumn, np.clip(light, 0, 1)) * 1.15
    bend = 0.12 * np.sin(v * 1.4 + seed)
    girth = 0.1 + 0.05 * np.clip(v - 3, 0, 3)
    trunk = (1 - step(0.0, 0.03, np.abs(u - 2 - bend) - girth)) * (v > 1.6)
    bark = srgb(86, 68, 52) * (0.5 + 0.8 * fbm(u * 16, v * 3, seed + 4))[..., None]
    rgb = mix(bark, rgb, cover)
    return np.dstack([rgb, np.maximum(cover, trunk)])


def hedge(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A hedge with a ragged top; the lower edge is the ground."""
    ragged = 0.35 * fbm(u * 1.4, v * 0.2, seed, 4) + 0.06 * noise(u * 20, v * 20, seed)
    cover = step(0.0, 0.03, v - ragged)
    leaf = 0.55 * noise(u * 16, v * 18, seed + 1) + 0.45 * noise(u * 33, v * 35, seed + 2)
    light = np.clip(1.5 * leaf - 0.35 + 0.5 * fbm(u * 1.5, v * 1.5, seed + 3) - 0.25 * v, 0, 1)
    bloom = step(0.83, 0.03, noise(u * 7, v * 7, seed + 5)) * (seed % 2)
    rgb = mix(srgb(16, 30, 14), srgb(104, 134, 58), light)
    return np.dstack([mix(rgb, srgb(206, 92, 104), bloom), cover])


def passer(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Somebody far away in a coat, 0.8 x 1.75 m, seen from the side."""
    x = u - 0.4
    head = np.hypot(x, (v - 0.13) * 0.85) - 0.1
    coat = np.maximum(np.abs(x) - 0.13 - 0.09 * np.clip(v - 0.3, 0, 0.8), np.abs(v - 0.7) - 0.45)
    legs = np.maximum(np.abs(np.abs(x + 0.1 * (v - 1.1)) - 0.06 - 0.1 * (v - 1.1)) - 0.055,
                      np.abs(v - 1.4) - 0.34)  # fmt: skip
    coat_rgb = [srgb(150, 52, 46), srgb(52, 66, 96), srgb(176, 150, 96)][seed % 3]
    folds = 0.6 + 0.7 * fbm(u * 9, v * 3, seed)
    rgb = mix(srgb(44, 42, 46), coat_rgb, (coat < 0).astype(np.float32)) * folds[..., None]
    rgb = mix(rgb, srgb(176, 126, 98), (head < 0) * (v > 0.1))
    rgb = mix(rgb, srgb(46, 32, 24), (head < 0) * (v <= 0.1))
    return np.dstack([rgb, 1 - step(0.0, 0.02, np.minimum(np.minimum(head, coat), legs))])


def car(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A car from the side, 4.2 x 1.45 m."""
    roof = np.maximum(np.abs(u - 2.2) - 1.5 + 0.9 * np.clip(0.62 - v, 0, 1), np.abs(v - 0.5) - 0.48)
    hull = np.maximum(np.abs(u - 2.1) - 2.05, np.abs(v - 0.88) - 0.32)
    wheel = np.hypot(np.abs(u - 2.1) - 1.25, v - 1.13)
    body = np.minimum(roof, hull)
    paint = [srgb(168, 34, 34), srgb(208, 208, 212), srgb(40, 78, 120)][seed % 3]
    sheen = 0.55 + 0.7 * np.exp(-((v - 0.66) ** 2) / 0.02) + 0.2 * fbm(u * 2, v * 6, seed)
    rgb = paint * sheen[..., None]
    glass = (roof < -0.1) & (v < 0.58) & (np.abs(u - 2.15) > 0.05)
    rgb = mix(rgb, srgb(38, 48, 58) * (0.6 + fbm(u * 2 + v, v * 3, seed))[..., None], glass)
    rgb = mix(rgb, srgb(20, 20, 22), (wheel < 0.31).astype(np.float32))
    rgb = mix(rgb, srgb(150, 152, 156), (wheel < 0.18) * (0.5 + 0.5 * noise(u * 20, v * 20, seed)))
    return np.dstack([rgb, 1 - step(0.0, 0.02, np.minimum(body, wheel - 0.31))])


def lamp_post(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """A street lamp, 0.6 x 4 m."""
    pole = np.abs(u - 0.3) - 0.035 - 0.03 * step(3.6, 0.1, v)
    pole = np.where(v < 0.35, 1.0, pole)
    lantern = np.maximum(
        np.abs(u - 0.3) - 0.16 + 0.2 * np.clip(v - 0.1, 0, 1), np.abs(v - 0.25) - 0.2
    )
    iron = srgb(44, 50, 50) * (0.6 + 0.8 * fbm(u * 30, v * 6, seed))[..., None]
    glow = srgb(246, 232, 196) * (0.8 + 0.2 * noise(u * 20, v * 20, seed))[..., None]
    return np.dstack(
        [mix(iron, glow, (lantern < -0.03)), 1 - step(0, 0.01, np.minimum(pole, lantern))]
    )
