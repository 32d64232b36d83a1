"""Features whose nearness parallax has shown, brought to the scale of the ground they stand on.

Parallax gives nearness up to a factor, and, where the lens sees a narrow angle, up to a constant:
a camera that is shifted looks much like one that turns. The ground settles both: its nearness is 1
at the picture's lower border and 0 at the horizon, which the picture's lines tell as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .ground_plane import fit_ground, horizon_of, inverse_depth, plane_of
from .horizon import Height
from .parallax import Parallax

#: Error of a measured nearness, in parts of the largest, at which it counts half.
_POOR = 0.06
#: Belief up to which parallax shows no ground.
_FAINT = 0.25
#: Parallax in pixels that things which move by themselves may pass for.
_WAVES_PX = 2.0
#: Where a ground's horizon can be, in parts of the height.
_HIGHEST, _LOWEST = -0.4, 0.9


@dataclass(frozen=True)
class Measured:
    """Features with their nearness.

    Attributes:
        u: (N,) across, in parts of the width.
        v: (N,) down, in parts of the height.
        nearness: (N,) inverse depth.
        weight: (N,) in 0 ... 1, how well it is known.
        plane: (3,) the ground they show or, if ``on_ground`` is false, only a guess.
        belief: 0 ... 1 in all of it.
        on_ground: whether they show a ground.
    """

    u: Array
    v: Array
    nearness: Array
    weight: Array
    plane: Array
    belief: float
    on_ground: bool

    @property
    def horizon(self) -> float | None:
        """The height of the horizon that the ground shows, or None."""
        return horizon_of(self.plane)[0] if self.on_ground else None


def measure(parallax: Parallax | None, size: Size) -> Measured | None:
    """Return what parallax has shown, in its own scale; None where nothing is believed.

    Args:
        parallax: of features of a picture, or None.
        size: of the picture.
    """
    if parallax is None or parallax.belief <= 0.0:
        return None
    u = (parallax.points[:, 0] + 0.5) / size.width
    v = (parallax.points[:, 1] + 0.5) / size.height
    near = parallax.nearness
    scale = max(float(np.quantile(near, 0.95)), 1e-6)
    weight = 1.0 / (1.0 + np.square(parallax.error / (_POOR * scale)))
    if parallax.belief > _FAINT:
        found = fit_ground(u, v, near, weight)
        if found is not None and _HIGHEST < horizon_of(found[0])[0] < _LOWEST:
            return Measured(u, v, near, weight, found[0], parallax.belief, True)
    # Without a ground that fits, only what no moving leaf or wave makes is believed.
    belief = parallax.belief * float(
        np.clip((parallax.beyond_px - _WAVES_PX) / _WAVES_PX, 0.0, 1.0)
    )
    return Measured(u, v, near, weight, plane_of(0.0), belief, False) if belief > 0.0 else None


def brought_to(measured: Measured, height: Height, tilt: float) -> Measured:
    """Return the features with a ground that ends at the horizon and is 1 at the lower border.

    Args:
        measured: in their own scale.
        height: of the horizon.
        tilt: of the horizon, see :func:`.plane_of`, where the features show no ground.
    """
    if not measured.on_ground:
        plane = plane_of(height.at, tilt)
        most = max(float(np.quantile(measured.nearness, 0.95)), 1e-6)
        ground = inverse_depth(plane, measured.u, measured.v)
        scale = most / max(float(ground.max()), 0.3)
        return replace(measured, nearness=measured.nearness / scale, plane=plane)
    a, b, c = measured.plane
    lift = -(a + 0.5 * b + c * height.at)
    plane = np.array([a + lift, b, c])
    scale = float(plane[0] + 0.5 * b + c)
    nearness = np.maximum(measured.nearness + lift, 0.0) / scale
    return replace(measured, nearness=nearness, plane=plane / scale)
