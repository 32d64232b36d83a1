"""What light makes of a surface: Lambert with wrap for soft light and skin, Blinn highlights."""

from __future__ import annotations

import numpy as np

from .body import EYE, FACE, LIP, RIM, SCALP, SHIRT, SHOE, SKIN, SOLE, TROUSERS
from .light import Lit

#: Strength and sharpness of each material's highlight.
_GLOSS = {
    SKIN: (0.06, 22.0), FACE: (0.075, 22.0), LIP: (0.12, 40.0), SHIRT: (0.015, 8.0),
    TROUSERS: (0.015, 8.0), SHOE: (0.16, 38.0), SOLE: (0.02, 10.0), SCALP: (0.06, 14.0),
    EYE: (0.5, 160.0), RIM: (0.35, 60.0),
}  # fmt: skip
_SHOULDER = np.float32(0.72)


def lights(
    normal: np.ndarray, to_eye: np.ndarray, material: np.ndarray, lit: Lit, stopped: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the light (K, 3) that is scattered, to be coloured, and mirrored, to be added."""
    light = lit.direction.astype(np.float32)
    facing = normal @ light
    soft = np.float32(0.08 + 0.3 * (1 - lit.hardness))
    wrap = np.full((len(normal), 3), soft, np.float32)
    skin = np.isin(material, (SKIN, FACE, LIP))
    # Light scatters under skin, red the farthest: the terminator is soft and warm.
    wrap[skin] += np.array([0.22, 0.06, 0.03], np.float32)
    open_key = (1 - stopped)[:, None]
    diffuse = np.maximum((facing[:, None] + wrap) / (1 + wrap), 0) * open_key
    up = (0.5 + 0.5 * normal[:, 1])[:, None]
    eye = np.clip((normal * to_eye).sum(1), 0, 1)[:, None]
    ambient = (lit.sky * up + lit.ground * (1 - up)) * (0.72 + 0.28 * eye)
    around = (lit.sky + lit.ground) * 0.22 * (1 - eye) ** 3
    half = to_eye + light
    half = half / np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-6)
    gloss = np.array([_GLOSS[k] for k in range(10)], np.float32)[material]
    mirror = np.clip((normal * half).sum(1), 0, 1) ** gloss[:, 1] * gloss[:, 0]
    mirror = (mirror * (facing > 0))[:, None] * open_key * lit.key * (0.4 + lit.hardness)
    return ambient + around + diffuse * lit.key, mirror + around * gloss[:, :1]


def shoulder(linear: np.ndarray) -> np.ndarray:
    """Return colour with highlights rolled off to stay below 1."""
    over = np.maximum(linear - _SHOULDER, 0)
    room = 1 - _SHOULDER
    return np.minimum(linear, _SHOULDER) + room * (1 - np.exp(-over / room))
