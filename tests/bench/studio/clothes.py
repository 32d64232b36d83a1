"""The colour of skin, faces and cloth at places of their own frames, and the wrinkles in cloth."""

from __future__ import annotations

import numpy as np

from .body import EYE, FACE, LIP, RIM, SCALP, SHIRT, SHOE, SKIN, SOLE, TROUSERS, Look
from .color import srgb
from .noise import fbm, noise, step
from .performance import Pose

Array = np.ndarray
_ROW = 256


def _field(function: object, *axes: Array, seed: int, octaves: int = 0) -> Array:
    """Return noise at K places, laid out as a raster, which is what noise is made for."""
    count = len(axes[0])
    if not count:
        return np.zeros(0, np.float32)
    rows = -(-count // _ROW)
    rasters = [np.resize(a.astype(np.float32), (rows, _ROW)) for a in axes]
    extra = (octaves,) if octaves else ()
    return function(*rasters, seed, *extra).ravel()[:count]  # type: ignore[operator]


def unroll(texture: Array) -> tuple[Array, Array]:
    """Return metres around and along the joint's axis of places in its frame (K, 3)."""
    return np.arctan2(texture[:, 0], texture[:, 2]) * 0.13, texture[:, 1]


def albedo(material: int, texture: Array, look: Look, pose: Pose) -> Array:
    """Return the (K, 3) linear colour of points of one material."""
    u, v = unroll(texture)
    if material == SHIRT:
        return _shirt(u, v, texture, look)
    if material in (FACE, SKIN, LIP):
        return _skin(material, texture, look, pose.mouth)
    if material == EYE:
        return _eye(texture, look, pose)
    weave = 0.82 + 0.36 * _field(noise, u * 300, v * 150, seed=look.seed)
    if material == TROUSERS:
        worn = 0.8 + 0.4 * _field(fbm, u * 14, v * 9, seed=look.seed + 2, octaves=3)
        return srgb(*look.trousers) * (weave * worn)[:, None]
    if material == SCALP:
        lock = 0.45 + 0.7 * _field(noise, u * 150, v * 14, seed=look.seed + 3)
        return srgb(*look.hair_colour) * (0.8 * lock)[:, None]
    plain = {SHOE: look.shoes, SOLE: (190, 186, 178), RIM: (28, 24, 24)}[material]
    return srgb(*plain) * (0.85 + 0.3 * _field(noise, u * 60, v * 60, seed=look.seed + 4))[:, None]


def _shirt(u: Array, v: Array, q: Array, look: Look) -> Array:
    base, accent = srgb(*look.shirt), srgb(*look.shirt_accent)
    if look.pattern == "checks":
        share = 0.45 * (np.mod(u, 0.05) < 0.022) + 0.45 * (np.mod(v, 0.05) < 0.022)
        share = np.maximum(share, 0.95 * ((np.mod(u, 0.05) > 0.033) & (np.mod(u, 0.05) < 0.037)))
    elif look.pattern == "stripes":
        share = (np.mod(v, 0.052) < 0.024).astype(np.float32)
    elif look.pattern == "noise":
        share = step(0.52, 0.06, _field(fbm, u * 26, v * 26, seed=look.seed + 6, octaves=4))
    else:
        share = np.zeros_like(u)
    trunk = np.hypot(q[:, 0], q[:, 2]) > 0.085
    belt = (v < -0.272) & (not look.skirt) & trunk
    weave = 0.86 + 0.28 * _field(noise, u * 320, v * 320, seed=look.seed + 1)
    front = (q[:, 2] > 0.075) & (not look.skirt)
    buttons = (np.abs(u) < 0.0045) & (np.mod(v, 0.085) < 0.009) & front
    placket = 1 - 0.22 * ((np.abs(np.abs(u) - 0.016) < 0.0018) & front)
    rgb = (base + (accent - base) * share[:, None]) * (weave * placket)[:, None]
    rgb = np.where(buttons[:, None], srgb(236, 230, 220), rgb)
    below = np.where((v < -0.305)[:, None], srgb(*look.trousers), srgb(*look.shoes) * 0.6)
    return np.where(belt[:, None], below * weave[:, None], rgb)


def _skin(material: int, q: Array, look: Look, mouth: float) -> Array:
    skin = srgb(*look.skin)
    pores = 0.95 + 0.1 * _field(fbm, q[:, 0] * 160 + q[:, 2] * 90, q[:, 1] * 160, seed=5, octaves=2)
    rgb = skin * pores[:, None]
    if material == LIP:
        return rgb * srgb(232, 172, 164)
    if material != FACE:
        return rgb
    x, y, z = np.abs(q[:, 0]), q[:, 1], q[:, 2]
    front = step(0.03, 0.03, z)
    blush = np.exp(-(((x - 0.042) / 0.02) ** 2) - ((y + 0.024) / 0.018) ** 2) * front
    nose = np.exp(-((x / 0.014) ** 2) - ((y + 0.03) / 0.014) ** 2) * front
    rgb = rgb * (1 - np.outer(0.35 * blush + 0.25 * nose, [0.0, 0.42, 0.38]))
    socket = np.exp(-(((x - 0.0315) / 0.02) ** 2) - ((y - 0.008) / 0.013) ** 2) * front
    rgb = rgb * (1 - 0.38 * socket)[:, None]
    arch = y - 0.0285 - 0.006 * np.sin((x - 0.012) * 90)
    brow = step(0.0, 0.002, 0.0038 - np.abs(arch)) * (x > 0.013) * (x < 0.05) * front
    hairs = 0.6 + 0.4 * _field(noise, q[:, 0] * 900, q[:, 1] * 300, seed=3)
    crease = (
        np.exp(-(((x - 0.027 - 0.2 * (-y - 0.045)) / 0.0025) ** 2)) * (y < -0.03) * (y > -0.062)
    )
    rgb = rgb * (1 - 0.18 * crease * front)[:, None]
    rgb = rgb + (srgb(*look.hair_colour) * 0.6 - rgb) * (0.85 * brow * hairs)[:, None]
    gap = np.abs(y + 0.0597 + 0.007 * mouth) < 0.0014 + 0.006 * mouth
    rgb = np.where((gap & (x < 0.0165) & (z > 0.05))[:, None], srgb(58, 24, 24), rgb)
    if look.beard:
        jaw = step(0.034, 0.022, -y) * (z > 0.0)
        rgb = rgb + (srgb(*look.hair_colour) * 0.7 - rgb) * (0.55 * jaw)[:, None]
    return rgb


def _eye(q: Array, look: Look, pose: Pose) -> Array:
    """White, iris, pupil, and lids that close: all on the ball."""
    side = np.sign(q[:, 0])
    x = q[:, 0] - side * 0.0315 - 0.003 * pose.gaze[0]
    y = q[:, 1] - 0.0045 - 0.002 * pose.gaze[1]
    r = np.hypot(x, y)
    iris = srgb(*((92, 64, 40), (70, 102, 120), (84, 104, 66))[look.seed % 3])
    rgb = np.where((r < 0.0062)[:, None], iris * (0.6 + 60 * r)[:, None], srgb(228, 224, 220))
    rgb = np.where((r < 0.0028)[:, None], 0.008, rgb)
    glint = np.hypot(x - 0.002, y - 0.0025) < 0.0013
    rgb = np.where(glint[:, None], 0.95, rgb)
    lid = 0.0068 - 0.0125 * pose.lids - 55 * x**2
    upper, lower = y - lid, -0.0062 + 45 * x**2 - y
    skin = srgb(*look.skin) * 0.82
    rgb = np.where((np.maximum(upper, lower) > 0)[:, None], skin, rgb)
    lash = (np.abs(upper) < 0.0012)[:, None]
    return np.where(lash, srgb(34, 24, 22), rgb)


def wrinkle(normal: Array, material: Array, texture: Array, look: Look) -> Array:
    """Return normals tilted by the folds of cloth and the strands of the scalp."""
    cloth = np.isin(material, (SHIRT, TROUSERS))
    if not cloth.any():
        return normal
    u, v = unroll(texture)
    strength = np.where(cloth, np.float32(0.34), np.float32(0.05))
    out = normal.copy()
    for axis, seed in enumerate((31, 57, 83)):
        folds = _field(fbm, u * 9 + v * 5, v * 13 - u * 4, seed=look.seed + seed, octaves=3)
        out[:, axis] += strength * (folds - 0.5) * 2
    return out / np.linalg.norm(out, axis=1, keepdims=True)
