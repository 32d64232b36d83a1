"""Every measure against every fault: does each see its own fault, and only that?

The criterion: a measure grows strictly with the size of the fault it is meant for, and no other
fault at any of its sizes moves it a tenth as far as its own does at the largest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..metrics.alpha_stability import alpha_stability
from ..metrics.arrays import Array
from ..metrics.banding import banding
from ..metrics.blockiness import blockiness
from ..metrics.halo import halo
from ..metrics.jaggedness import jaggedness
from ..metrics.light_jump import light_jump
from ..metrics.tile_flicker import tile_flicker
from ..metrics.warp import warp
from . import FAULTS, Fault
from .scene import Scene, make_scene

#: The largest share of its own fault's effect by which another may move a measure.
MOST_OTHER = 0.1
#: CAMBI looks at every so manieth frame.
_BANDING_EVERY = 4
_BANDING_LOG_CONTRAST = 4


@dataclass(frozen=True)
class Matrix:
    """What the measures said.

    Attributes:
        names: of the faults, and of the measures meant for them, in the same order.
        clean: (N,), of the clip without a fault.
        values: (N, 5, N), of fault, size, measure.
    """

    names: tuple[str, ...]
    clean: Array
    values: Array

    def own(self) -> Array:
        """Return (N, 6) each measure without its fault and at its five sizes."""
        own = [self.values[i, :, i] for i in range(len(self.names))]
        return np.column_stack([self.clean, np.stack(own)])

    def shares(self) -> Array:
        """Return (N, N): how far a fault moves a measure, of what its own does at the largest."""
        moved = np.abs(self.values - self.clean)
        return moved.max(axis=1) / np.maximum(moved[:, -1].diagonal(), 1e-12)


def _tile_flicker(scene: Scene, frames: Array, alpha: Array) -> dict[str, float]:
    found = tile_flicker(frames, scene.back_flow, scene.calm, scene.frames)
    return {"flicker_global": found.shared, "flicker_regional": found.local}


def _banding(scene: Scene, frames: Array, alpha: Array) -> dict[str, float]:
    some, truth = frames[::_BANDING_EVERY], scene.frames[::_BANDING_EVERY]
    return {"banding": banding(some, _BANDING_LOG_CONTRAST, truth)}


def _jagged_edges(scene: Scene, frames: Array, alpha: Array) -> dict[str, float]:
    found = jaggedness(alpha)
    return {"jagged_edges": found.jagged_px if found else 0.0}


def _alpha_jitter(scene: Scene, frames: Array, alpha: Array) -> dict[str, float]:
    return {"alpha_jitter": alpha_stability(alpha, scene.alpha, scene.back_flow).shift_px}


def _light_jump(scene: Scene, frames: Array, alpha: Array) -> dict[str, float]:
    return {"light_jump": light_jump(frames, scene.frames)}


def _rim(scene: Scene, frames: Array, alpha: Array) -> dict[str, float]:
    found = halo(frames, scene.frames, scene.alpha)
    return {"halo": found.lightness, "green_fringe": found.fringe} if found else {}


def _temporal_warp(scene: Scene, frames: Array, alpha: Array) -> dict[str, float]:
    found = warp(frames, scene.back_flow, scene.calm)
    return {"temporal_warp": found.typical_px if found else 0.0}


def _blocky_patches(scene: Scene, frames: Array, alpha: Array) -> dict[str, float]:
    return {"blocky_patches": blockiness(frames, scene.frames).worst}


#: All measures: of the picture, and of the matte alone.
Measure = Callable[[Scene, Array, Array], dict[str, float]]
OF_FRAMES: tuple[Measure, ...] = (
    _tile_flicker,
    _banding,
    _light_jump,
    _rim,
    _temporal_warp,
    _blocky_patches,
)
OF_MATTE: tuple[Measure, ...] = (_jagged_edges, _alpha_jitter)


def make_matrix(seed: int = 1, faults: tuple[Fault, ...] = FAULTS) -> Matrix:
    """Return all measures of all faults at all sizes; half a minute at most."""
    scene = make_scene()
    clean = _measure(scene, scene.frames, scene.alpha, {})
    names = tuple(fault.name for fault in faults)
    rows = [[_spoilt(scene, fault, size, seed, clean) for size in fault.sizes] for fault in faults]
    values = [[[found[name] for name in names] for found in row] for row in rows]
    return Matrix(names, np.array([clean[name] for name in names]), np.array(values))


def _spoilt(
    scene: Scene, fault: Fault, size: float, seed: int, clean: dict[str, float]
) -> dict[str, float]:
    if fault.of == "matte":
        alpha = fault.apply(scene.alpha, size, seed)
        return _measure(scene, scene.composite(alpha), alpha, clean)
    given = (scene.alpha,) if fault.of == "rim" else ()
    return _measure(scene, fault.apply(scene.frames, size, seed, *given), scene.alpha, clean)


def _measure(
    scene: Scene, frames: Array, alpha: Array, clean: dict[str, float]
) -> dict[str, float]:
    # The matte's measures need not be asked again where the matte is the true one.
    same = alpha is scene.alpha and bool(clean)
    found = dict(clean)
    for measure in OF_FRAMES if same else OF_FRAMES + OF_MATTE:
        found.update(measure(scene, frames, alpha))
    return found
