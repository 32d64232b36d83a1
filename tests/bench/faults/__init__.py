"""The faults that the benchmark's measures must see, each in five sizes, and see apart.

A fault is a function of frames or of a matte, a size and a seed; ``matrix`` puts each into a small
clip and asks all measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import (
    alpha_jitter,
    banding,
    blocky_patches,
    flicker_global,
    flicker_regional,
    green_fringe,
    halo,
    jagged_edges,
    light_jump,
    temporal_warp,
)


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: as in ``matrix.MEASURES``, where the measure meant for it has the same name.
        apply: the function.
        sizes: five, growing, in the unit that the function tells.
        of: what it spoils: "frames"; "rim", frames at the edge of a matte it is also given; or
            "matte", with which the composite is then made again.
    """

    name: str
    apply: Callable[..., Any]
    sizes: tuple[float, float, float, float, float]
    of: str = "frames"


FAULTS = (
    Fault("flicker_global", flicker_global.apply, (0.5, 1, 2, 3.5, 5)),
    Fault("flicker_regional", flicker_regional.apply, (1, 2, 4, 7, 10)),
    Fault("banding", banding.apply, (0.5, 0.6, 0.75, 1, 1.25)),
    Fault("jagged_edges", jagged_edges.apply, (1, 1.25, 1.5, 2, 2.5), of="matte"),
    Fault("alpha_jitter", alpha_jitter.apply, (0.1, 0.25, 0.5, 1, 2), of="matte"),
    Fault("light_jump", light_jump.apply, (0.5, 1, 2, 3.5, 5)),
    Fault("halo", halo.apply, (4, 8, 16, 32, 48), of="rim"),
    Fault("green_fringe", green_fringe.apply, (4, 8, 16, 32, 48), of="rim"),
    Fault("temporal_warp", temporal_warp.apply, (0.1, 0.25, 0.5, 1, 2)),
    Fault("blocky_patches", blocky_patches.apply, (0.2, 0.4, 0.6, 0.8, 1)),
)
