"""Hair as strands much thinner than a pixel, splatted by the part of each pixel they cover.

A strand is a curve in the head's frame, made once; along it the head's past poses are used, the
older the nearer the tip, so that hair lags. Shading follows Kajiya and Kay, "Rendering fur with
three dimensional textures" (1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .body import Look
from .camera import View
from .color import srgb
from .light import Lit

_KNOTS = 12
#: Pixels between the splats of a strand; the samples of a frame fall between each other.
_STEP_PX = 1.25
#: Seconds by which tips follow the head.
LAG_S = 0.13
_CENTRE = np.array([0.0, 0.045, -0.02], np.float32)
_SKULL = np.array([0.083, 0.105, 0.101], np.float32)
#: Strands per style, their length in metres, and how far they stand off.
_STYLES = {
    "long": (1500, 0.36, 0.012), "bob": (1300, 0.2, 0.014), "curly": (1700, 0.2, 0.05),
    "short": (1500, 0.05, 0.012), "bald": (0, 0.0, 0.0),
}  # fmt: skip


@dataclass(frozen=True)
class Strands:
    """S curves of K knots in the head's frame, widths (S,) in metres, linear colours (S, 3)."""

    knots: np.ndarray
    width_m: np.ndarray
    colour: np.ndarray


@lru_cache(maxsize=16)
def grow(look: Look) -> tuple[Strands, ...]:
    """Return a look's hair: the head of hair, the loose strands, and the beard."""
    count, length, stand = _STYLES[look.hair]
    groups = []
    if count:
        groups.append(_head_of_hair(look, count, length, stand, wild=0.0, seed=1))
        groups.append(_head_of_hair(look, 90, length * 1.05 + 0.03, stand, wild=1.0, seed=2))
    if look.beard:
        groups.append(_beard(look))
    return tuple(groups)


def _head_of_hair(
    look: Look, count: int, length: float, stand: float, wild: float, seed: int
) -> Strands:
    random = np.random.default_rng([look.seed, 40, seed])
    normal = _scalp(random, count)
    place = _CENTRE + normal * _SKULL
    aside = np.sign(normal[:, :1] + 0.25 * 0.08) * np.array([[1.0, 0.0, 0.0]])
    comb = aside * 0.8 + np.array([[0, 0.15, -0.75]]) * (normal[:, 2:] > -0.2)
    long = length * random.uniform(0.75, 1.05, (count, 1))
    heading = normal * (0.55 + 0.5 * wild) + comb * 0.6 + random.normal(0, 0.12, (count, 3))
    curl_phase = random.uniform(0, 2 * np.pi, (count, 1))
    drift = random.normal(0, 0.1 + 0.55 * wild, (count, 3)) * [1, 0.35, 1]
    knots = [place]
    for k in range(1, _KNOTS):
        s = k / (_KNOTS - 1)
        fall = min(length / 0.12, 1.0) * (0.55 - 0.25 * wild)
        heading = heading * 0.72 + np.array([[0, -1.0, -0.08]]) * fall + drift * 0.25
        heading = heading / np.linalg.norm(heading, axis=1, keepdims=True)
        place = place + heading * long / (_KNOTS - 1)
        place = _outside(place, stand * (0.35 + s) * random.uniform(0.4, 1.3, (count, 1)))
        knots.append(place)
    curve = np.stack(knots, 1)
    if look.hair == "curly":
        turn = curl_phase + np.linspace(0, 26, _KNOTS)[None]
        size = 0.014 * np.linspace(0.2, 1, _KNOTS)
        curve[..., 0] += size * np.cos(turn)
        curve[..., 2] += size * np.sin(turn)
    width = (0.0009 if wild == 0 else 0.0003) * random.uniform(0.6, 1.3, count)
    tone = random.uniform(0.62, 1.35, (count, 1)) * (1 + 0.1 * random.normal(0, 1, (count, 3)))
    colour = srgb(*look.hair_colour) * np.clip(tone, 0.3, 2.0)
    return Strands(curve.astype(np.float32), width.astype(np.float32), colour.astype(np.float32))


def _scalp(random: np.random.Generator, count: int) -> np.ndarray:
    """Return (count, 3) directions over the scalp: above the hairline, evenly."""
    many = random.normal(0, 1, (count * 6, 3))
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    line = np.where(many[:, 2] > 0, -0.1 + 0.72 * many[:, 2], -0.1 + 0.75 * many[:, 2])
    ear = (np.abs(many[:, 0]) > 0.86) & (many[:, 1] < 0.05)
    return many[(many[:, 1] > line) & ~ear][:count]


def _outside(place: np.ndarray, stand: np.ndarray) -> np.ndarray:
    """Push places out of the skull and off the face, by ``stand`` metres."""
    reach = (place - _CENTRE) / (_SKULL + stand)
    inside = np.linalg.norm(reach, axis=1, keepdims=True)
    place = _CENTRE + (place - _CENTRE) / np.minimum(np.maximum(inside, 0.05), 1.0)
    # Hair hangs beside the face and behind the neck, not in front of either.
    over = (place[:, 2] > 0.0) & (place[:, 1] < 0.06)
    low = np.clip((0.06 - place[:, 1]) / 0.06, 0, 1) * (0.068 + stand[:, 0])
    sign = np.where(place[:, 0] < 0, -1.0, 1.0)
    x = np.where(over, sign * np.maximum(np.abs(place[:, 0]), low), place[:, 0])
    return np.column_stack([x, place[:, 1], place[:, 2]])


def _beard(look: Look) -> Strands:
    random = np.random.default_rng([look.seed, 40, 3])
    count = 900
    many = random.normal(0, 1, (count * 8, 3))
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    mouth = (np.abs(many[:, 0]) < 0.5) & (many[:, 1] > -0.62) & (many[:, 1] < -0.25)
    normal = many[(many[:, 1] < 0.12 - 0.3 * many[:, 2]) & (many[:, 2] > -0.25) & ~mouth][:count]
    root = np.array([0, -0.042, 0.034]) + normal * [0.068, 0.068, 0.066]
    s = np.linspace(0, 1, 4)[None, :, None]
    long = random.uniform(0.012, 0.034, (len(root), 1, 1))
    way = (
        normal[:, None] * 0.8 + np.array([0, -0.5, 0.1]) + random.normal(0, 0.3, (len(root), 1, 3))
    )
    bow = np.array([0, -0.35, 0]) * s**2
    curve = root[:, None] + (way * s + bow) * long
    tone = random.uniform(0.6, 1.6, (len(root), 1))
    width = 0.0007 * random.uniform(0.5, 1.2, len(root))
    colour = srgb(*look.hair_colour) * tone
    return Strands(curve.astype(np.float32), width.astype(np.float32), colour.astype(np.float32))


def place(strands: Strands, heads: np.ndarray, time_s: float) -> np.ndarray:
    """Return world knots (S, K, 3) given the head's frames (L, 3, 4) from now to LAG_S ago."""
    count = strands.knots.shape[1]
    s = np.linspace(0, 1, count)
    if count < _KNOTS:
        return strands.knots @ heads[0, :, :3].T.astype(np.float32) + heads[0, :, 3].astype(
            np.float32
        )
    at = s**1.5 * (len(heads) - 1)
    low = np.minimum(at.astype(int), len(heads) - 2)
    share = (at - low)[:, None, None]
    frames = (heads[low] * (1 - share) + heads[low + 1] * share).astype(np.float32)
    world = np.einsum("skj,kij->ski", strands.knots, frames[:, :, :3]) + frames[:, :, 3]
    breeze = np.sin(
        2.1 * time_s
        + 9 * strands.knots[:, :1, 0]
        + 40 * strands.width_m[:, None, None][..., 0] * 1e3
    )
    world[..., 0] += (0.006 * s**2)[None] * breeze
    return world.astype(np.float32)


def colours(
    strands: Strands, world: np.ndarray, centre: np.ndarray, eye: np.ndarray, lit: Lit
) -> np.ndarray:
    """Return the linear colour (S, K, 3) of knots under a light."""
    along = np.gradient(world, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-9)
    light = lit.direction.astype(np.float32)
    out = world - centre.astype(np.float32)
    out /= np.maximum(np.linalg.norm(out, axis=2, keepdims=True), 1e-6)
    lit_side = np.clip(0.45 + 0.55 * (out @ light), 0, 1)
    cosine = along @ light
    diffuse = np.sqrt(np.maximum(1 - cosine**2, 0)) * lit_side
    to_eye = eye.astype(np.float32) - world
    half = to_eye / np.linalg.norm(to_eye, axis=2, keepdims=True) + light
    half /= np.maximum(np.linalg.norm(half, axis=2, keepdims=True), 1e-6)
    across = np.maximum(1 - (along * half).sum(2) ** 2, 0)
    gleam = across**40 * lit_side * 0.11 + across**8 * lit_side * 0.03
    up = 0.5 + 0.5 * out[..., 1:2]
    ambient = lit.sky * up + lit.ground * (1 - up)
    body = strands.colour[:, None] * (ambient * 0.8 + diffuse[..., None] * lit.key)
    return body + gleam[..., None] * lit.key + 0.02 * ambient


def splat(
    strands: Strands,
    world: np.ndarray,
    shades: list[np.ndarray],
    view: View,
    box: tuple[int, int, int, int],
    behind: np.ndarray,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return coverage density (H, W) of a window, and each shade times density (H, W, 3).

    Args:
        strands: what is drawn.
        world: (S, K, 3) knots.
        shades: colours (S, K, 3) under each light.
        view: the camera.
        box: the window, pixels x0, y0, x1, y1.
        behind: (H, W) depth of what hides hair that is behind it.
    """
    x0, y0, x1, y1 = box
    screen = view.project(world).astype(np.float32)
    length_px = np.linalg.norm(np.diff(screen[..., :2], axis=1), axis=2).sum(1)
    steps = int(np.clip(np.ceil(np.percentile(length_px, 90) / _STEP_PX), 4, 600))
    basis = _spline(world.shape[1], steps)
    x, y, depth = _along(screen, basis)
    column, row = np.rint(x - x0).astype(np.int32), np.rint(y - y0).astype(np.int32)
    inside = (column >= 0) & (column < x1 - x0) & (row >= 0) & (row < y1 - y0)
    cell = np.where(inside, row * (x1 - x0) + column, 0)
    seen = inside & (depth < behind.ravel()[cell] + 0.014) & (depth > 0.05)
    cell = cell[seen]
    thick = strands.width_m[:, None] * view.focal_px / np.maximum(depth, 0.05)
    taper = np.linspace(1.0, 0.35, steps, dtype=np.float32)
    density = (thick * taper * (length_px / steps)[:, None])[seen]
    size, shape = (y1 - y0) * (x1 - x0), (y1 - y0, x1 - x0)

    def spread(weight: np.ndarray) -> np.ndarray:
        return np.bincount(cell, weight, size).astype(np.float32).reshape(shape)

    layers = []
    for shade in shades:
        planes = [plane[seen] * density for plane in _along(shade, basis)]
        layers.append(np.dstack([spread(plane) for plane in planes]))
    return spread(density), layers


def _along(knots: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Return (3, S, steps): the three values of knots (S, K, 3) along each strand."""
    planes = np.ascontiguousarray(np.moveaxis(knots, -1, 0), np.float32)
    return planes @ basis


@lru_cache(maxsize=64)
def _spline(knots: int, steps: int) -> np.ndarray:
    """Return the (knots, steps) weights of a Catmull-Rom spline through the knots."""
    at = np.linspace(0, knots - 1 - 1e-4, steps)
    low = at.astype(int)
    t = at - low
    weights = np.zeros((knots, steps), np.float32)
    curve = (
        -0.5 * t + t**2 - 0.5 * t**3,
        1 - 2.5 * t**2 + 1.5 * t**3,
        0.5 * t + 2 * t**2 - 1.5 * t**3,
        -0.5 * t**2 + 0.5 * t**3,
    )
    for shift, weight in zip((-1, 0, 1, 2), curve, strict=True):
        np.add.at(weights, ((low + shift).clip(0, knots - 1), np.arange(steps)), weight)
    return weights
