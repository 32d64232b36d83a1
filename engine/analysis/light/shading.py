"""How well every direction of the light explains a subject's shading.

Around an outline the surface's direction is known, so within one material what is bright there
and dark elsewhere tells the light (the occluding contour of P. Nillius, J.-O. Eklundh, *Automatic
estimation of the projected light source direction*, CVPR 2001). Lambert's law with an ambient part
is compared with the mean luminance over each kind of normal in each material, robustly, for
directions all around and several ratios of key to ambient. Nothing is fitted that could run away:
what remains is a table of losses, which is also how sure the answer is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...clip.clip import Array
from .materials import MATERIALS
from .surface import Surface

#: Ratios of key to ambient that are tried, and what is usual.
RATIOS = np.array([0.3, 0.6, 1.2, 2.4, 4.8], np.float32)
_USUAL_RATIO, _RATIO_SPREAD = 1.7, 1.0
#: Light reaches this much beyond the terminator, and the ambient grows toward the sky by this.
WRAP, SKYWARD = np.float32(0.15), np.float32(0.25)
#: Deviation of log luminance that begins to be an outlier.
_SPREAD = np.float32(0.35)
_ROUNDS = 3
#: Kinds of normals along x and along y, and the pixels that make one trusted by half.
_KINDS, _HALF = 13, 12.0
#: What seems to face the ground is often a hem, a cuff or a sole that is cut off: it counts less.
_BELOW, _CUT = -0.15, 0.3
#: Linear luminance at which coding and noise speak as loud as shading.
_DIM = 0.01
_DARK = 0.004
#: Elevation that light usually has, in degrees, its spread, and the log odds of light from behind.
_ELEVATION_DEG, _ELEVATION_SPREAD_DEG, _BEHIND = 42.0, 22.0, -0.7


@dataclass(frozen=True)
class Kinds:
    """Pixels of one frame by material and kind of normal, K of them.

    Attributes:
        light: (K,) mean log luminance.
        normals: (K, 3) mean normals.
        weight: (K,) below 1.
        starts: where, among them, each material that is seen begins.
    """

    light: Array
    normals: Array
    weight: Array
    starts: Array


@lru_cache(maxsize=1)
def directions() -> Array:
    """Return (D, 3) float32 unit vectors to the lights that are tried, about ten degrees apart."""
    found = []
    for row, elevation in enumerate(np.radians(np.arange(-30.0, 91.0, 10.0))):
        level = np.cos(elevation)
        around = max(round(36 * level), 1)
        for turn in 2 * np.pi * (np.arange(around) + 0.5 * (row % 2)) / around:
            found.append((level * np.sin(turn), np.sin(elevation), level * np.cos(turn)))
    table = np.array(found, np.float32)
    table.flags.writeable = False
    return table


def prior() -> Array:
    """Return (D,) log odds of the directions, before anything is seen."""
    _, y, z = directions().T
    elevation = np.degrees(np.arcsin(y.clip(-1, 1)))
    usual = -0.5 * np.square((elevation - _ELEVATION_DEG) / _ELEVATION_SPREAD_DEG)
    return np.asarray(usual + _BEHIND * np.clip(0.5 - 2 * z, 0, 1))


def ratio_prior() -> Array:
    """Return (R,) log odds of the ratios of key to ambient."""
    return np.asarray(-0.5 * np.square(np.log(RATIOS / _USUAL_RATIO) / _RATIO_SPREAD))


def kinds_of(surface: Surface, material: Array) -> Kinds:
    """Return the pixels of a surface by material and kind of normal."""
    x, y = ((surface.normals[:, k] + 1) / 2 * _KINDS for k in (0, 1))
    kind = x.astype(int).clip(0, _KINDS - 1) * _KINDS + y.astype(int).clip(0, _KINDS - 1)
    number = material * _KINDS**2 + kind
    size = MATERIALS * _KINDS**2
    count = np.bincount(number, minlength=size)
    kept = np.flatnonzero(count >= min(2, count.max()))
    count = count[kept]

    def mean(values: Array) -> Array:
        return (np.bincount(number, values, size)[kept] / count).astype(np.float32)

    normals = np.stack([mean(surface.normals[:, k]) for k in range(3)], axis=1)
    trust = np.where(normals[:, 1] < _BELOW, _CUT, 1.0) * count / (count + _HALF)
    light = mean(surface.light)
    trust = trust * light / (light + _DIM)
    return Kinds(
        light=mean(np.log(surface.light + _DARK)),
        normals=normals,
        weight=trust.astype(np.float32),
        starts=np.flatnonzero(np.diff(kept // _KINDS**2, prepend=-1)),
    )


def losses(kinds: Kinds) -> Array:
    """Return (R, D) float32 mean robust loss under each ratio and direction."""
    toward = np.einsum("dk,nk->dn", directions(), kinds.normals)
    facing = np.maximum((toward + WRAP) / (1 + WRAP), 0)
    ambient = 1 + SKYWARD * kinds.normals[:, 1]
    sizes = np.diff(kinds.starts, append=len(kinds.light))
    table = np.empty((len(RATIOS), len(facing)), np.float32)
    for row, ratio in enumerate(RATIOS):
        gap = kinds.light - np.log(ambient + ratio * facing)
        weight = np.broadcast_to(kinds.weight, gap.shape)
        for _ in range(_ROUNDS):
            albedo = np.add.reduceat(gap * weight, kinds.starts, axis=1)
            albedo /= np.add.reduceat(weight, kinds.starts, axis=1)
            left = np.square((gap - np.repeat(albedo, sizes, axis=1)) / _SPREAD)
            weight = kinds.weight / (1 + left)
        table[row] = (kinds.weight * np.log1p(left)).sum(axis=1) / kinds.weight.sum()
    return table


def shade(normals: Array, direction: Array, ratio: float) -> Array:
    """Return (N,) light on (N, 3) normals; 1 is the ambient light on an upright surface."""
    facing = np.maximum((normals @ np.asarray(direction, np.float32) + WRAP) / (1 + WRAP), 0)
    return np.asarray(1 + SKYWARD * normals[:, 1] + np.float32(ratio) * facing)
