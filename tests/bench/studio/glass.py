"""Half transparent things: the lenses of spectacles and a bottle; a tint and a reflection.

What is behind is dimmed by the transmission, the reflection is added. As a foreground with alpha
this is alpha = 1 - transmission and colour = reflection / alpha, so no more is reflected than the
alpha can carry.
"""

from __future__ import annotations

import numpy as np

from .body import Builder, Look
from .camera import View
from .light import Lit
from .performance import SIDES, Pose
from .solids import Solids
from .surface import screen_boxes, see

_LENS, _BOTTLE, _CAP = 0, 1, 2
_TINT = np.array([[0.05, 0.055, 0.06], [0.05, 0.16, 0.08], [0.6, 0.5, 0.2]], np.float32)
_THROUGH = np.array([0.72, 0.62, 0.0], np.float32)


def glass(pose: Pose, look: Look) -> Solids | None:
    """Return the glass a person wears or holds, None for none."""
    if not (look.glasses or look.bottle):
        return None
    b = Builder(pose)
    if look.glasses:
        for side in SIDES:
            b.ball("head", (0.0335 * side, 0.004, 0.101), 0.0225, _LENS, (1.17, 0.12), 0.0)
    if look.bottle:
        hand = "hand-1"
        b.add(hand, (0.05, -0.085, -0.1), (0.05, -0.085, 0.085), 0.036, 0.036, _BOTTLE, blend=0.01)
        b.add(hand, (0.05, -0.085, 0.08), (0.05, -0.085, 0.14), 0.033, 0.014, _BOTTLE, blend=0.02)
        b.add(
            hand, (0.05, -0.085, 0.13), (0.05, -0.085, 0.185), 0.0135, 0.0135, _BOTTLE, blend=0.01
        )
        b.add(hand, (0.05, -0.085, 0.185), (0.05, -0.085, 0.2), 0.015, 0.015, _CAP, blend=0.0)
    return b.solids()


def layer(
    solids: Solids,
    view: View,
    box: tuple[int, int, int, int],
    body_depth: np.ndarray,
    lits: list[Lit],
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return alpha (H, W) of glass in a window, and its reflection (H, W, 3) under each light."""
    _, seen = see(solids, view, box)
    front = seen.depth < body_depth.ravel()[seen.pixel] + 0.004
    pixel, normal, kind = seen.pixel[front], seen.normal[front], seen.material[front]
    to_eye = view.position.astype(np.float32) - seen.place[front]
    to_eye /= np.linalg.norm(to_eye, axis=1, keepdims=True)
    facing = np.clip((normal * to_eye).sum(1), 0.02, 1)
    # A grazing ray crosses more glass: the rim of a bottle is dark.
    alpha = 1 - _THROUGH[kind] * facing**0.45
    mirror = 0.04 + 0.7 * (1 - facing) ** 5
    shape = body_depth.shape
    out_alpha = np.zeros(shape, np.float32)
    out_alpha.ravel()[pixel] = alpha
    colours = []
    for lit in lits:
        colour = _reflection(normal, to_eye, mirror, kind, lit)
        raster = np.zeros((*shape, 3), np.float32)
        raster.reshape(-1, 3)[pixel] = np.minimum(colour, alpha[:, None])
        colours.append(raster)
    return out_alpha, colours


def _reflection(
    normal: np.ndarray, to_eye: np.ndarray, mirror: np.ndarray, kind: np.ndarray, lit: Lit
) -> np.ndarray:
    out = 2 * (normal * to_eye).sum(1, keepdims=True) * normal - to_eye
    sky = np.clip(0.5 + 1.5 * out[:, 1:2], 0, 1)
    # A bright band stands for the windows that every room and street has.
    band = np.exp(-(((out[:, :1] - 0.5) / 0.12) ** 2)) * (np.abs(out[:, 1:2]) < 0.6)
    scene = 2.2 * lit.sky * sky + lit.ground * (1 - sky) + band * (lit.sky * 4 + 0.3 * lit.key)
    glint = np.clip(out @ lit.direction.astype(np.float32), 0, 1)[:, None] ** 260
    body = _TINT[kind] * (lit.sky + 0.6 * lit.key) * (1 - mirror[:, None])
    return scene * mirror[:, None] * 1.6 + glint * lit.key * 3 * lit.hardness + body


def boxes(solids: Solids, view: View) -> np.ndarray:
    """Return the pixels (N, 4) the glass can touch."""
    return screen_boxes(solids, view)[0]
