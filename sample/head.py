"""The person's head: a relief with a nose, sockets and cheeks, and a face painted on it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from paint import Array, blur, clouds, generator, mix
from relief import bump, column, layer, lit
from stage import SCALE, Stage

HEAD = Stage(-84, 78, 84, 290)
EYE_Y, NOSE_Y, MOUTH_Y = 180.0, 211.0, 232.0

SKIN = np.array((0.88, 0.60, 0.47), np.float32)
BLUSH = np.array((0.86, 0.36, 0.30), np.float32)
LIPS = np.array((0.72, 0.24, 0.24), np.float32)
BROW = np.array((0.33, 0.15, 0.08), np.float32)
LASH = np.array((0.10, 0.05, 0.04), np.float32)
WHITE = np.array((0.90, 0.88, 0.86), np.float32)
IRIS = np.array((0.20, 0.42, 0.30), np.float32)
DARK = np.array((0.20, 0.04, 0.05), np.float32)


@dataclass(frozen=True)
class Face:
    """What the face does.

    Attributes:
        turn: of the head, -1 to 1, positive to the right of the picture.
        blink: 0 open to 1 closed.
        mouth: 0 closed to 1 open.
        gaze: of the eyes, -1 to 1.
    """

    turn: float = 0.0
    blink: float = 0.0
    mouth: float = 0.0
    gaze: float = 0.0


def head_layer(seed: int, face: Face) -> Array:
    """Return the RGBA layer of the head without its hair, on the stage ``HEAD``."""
    stops = [(97, 2), (100, 22), (108, 40), (122, 54), (145, 61.5), (175, 62), (205, 58.5)]
    half = HEAD.profile(
        [*stops, (225, 53), (243, 44), (256, 33.5), (264, 23), (269, 12), (271, 1), (272, 0)]
    )
    skull = column(HEAD.shape, HEAD.place(0, 0)[0], half, 0.95)
    shift = 9.0 * face.turn
    height = skull.height + relief_of_face(shift, face.mouth)
    albedo = complexion(seed, shift)
    for side in (-1.0, 1.0):
        paint_eye(albedo, side, shift, face)
    paint_mouth(albedo, shift * 1.15, face.mouth)
    colour = lit(np.where(skull.alpha > 0, height, -1e3), albedo, soft=1.8, skin=1.0)
    for side in (-1.0, 1.0):
        glint(colour, side, shift, face)
    return layer(colour, skull.alpha)


def hill(x: float, y: float, spread: tuple[float, float]) -> Array:
    """Return a hill of height 1 at a point of the video, ``spread`` px of the video."""
    wide = (spread[0] * SCALE, spread[1] * SCALE)
    return bump(HEAD.shape, *HEAD.place(x, y), wide)


def relief_of_face(shift: float, mouth: float) -> Array:
    """Return the height of nose, sockets, brows, cheeks, lips and chin, px of the layer."""
    nose = 14.0 * hill(shift * 1.25, 196, (7.5, 19)) + 17.0 * hill(shift * 1.45, 207, (8, 7))
    nose += 7.0 * (hill(shift * 1.3 - 9, 211, (5, 5)) + hill(shift * 1.3 + 9, 211, (5, 5)))
    total = nose
    for side in (-1.0, 1.0):
        total = total - 11.0 * hill(shift + side * 26, EYE_Y - 1, (17, 11))
        total = total + 6.0 * hill(shift + side * 26, EYE_Y, (11, 8))
        total = total + 7.0 * hill(shift + side * 27, EYE_Y - 20, (20, 7))
        total = total + 8.0 * hill(shift * 0.9 + side * 35, 208, (17, 15))
        total = total - 4.0 * hill(shift * 1.1 + side * 25, MOUTH_Y - 2, (5, 8))
    total = total + 5.0 * hill(shift * 1.15, MOUTH_Y - 3, (17, 6))
    total = total + 8.0 * hill(shift * 1.15, MOUTH_Y + 6 + 4 * mouth, (14, 5))
    total = total - 5.0 * hill(shift * 1.1, MOUTH_Y + 14 + 4 * mouth, (16, 5))
    return (total + 8.0 * hill(shift, 258, (16, 10))).astype(np.float32)


@functools.lru_cache(maxsize=1)
def freckles(seed: int) -> Array:
    """Return the freckles of cheeks and nose for a face that looks ahead."""
    random = generator(seed, 20)
    dots = np.zeros(HEAD.shape, np.float32)
    for _ in range(90):
        x, y = random.normal(0, 26), random.normal(206, 7)
        column_, row = (int(value) for value in HEAD.place(x, y))
        dots[row % HEAD.shape[0], column_ % HEAD.shape[1]] = random.uniform(0.4, 1.0)
    return np.clip(blur(dots, 1.3) * 7.0, 0, 1).astype(np.float32)


@functools.lru_cache(maxsize=1)
def mottle(seed: int) -> Array:
    """Return the unevenness of skin, around 1."""
    return (0.95 + 0.10 * clouds(HEAD.shape, (40, 40), 4, generator(seed, 21))).astype(np.float32)


def complexion(seed: int, shift: float) -> Array:
    """Return the skin's colour without eyes and mouth."""
    albedo = np.broadcast_to(SKIN, (*HEAD.shape, 3)) * mottle(seed)[..., None]
    blush = hill(shift * 0.9 - 34, 212, (17, 13)) + hill(shift * 0.9 + 34, 212, (17, 13))
    albedo = mix(albedo, BLUSH, 0.34 * blush + 0.22 * hill(shift * 1.4, 208, (11, 9)))
    dots = np.roll(freckles(seed), round(shift * SCALE), axis=1)
    albedo = mix(albedo, np.array((0.58, 0.28, 0.17), np.float32), 0.45 * dots)
    for side in (-1.0, 1.0):
        hole = hill(shift * 1.35 + side * 6.5, NOSE_Y + 4.5, (3.2, 1.9))
        albedo = mix(albedo, DARK, 0.75 * hole)
        socket = hill(shift + side * 26, EYE_Y - 5, (19, 10))
        albedo = mix(albedo, np.array((0.62, 0.33, 0.26), np.float32), 0.40 * socket)
    return albedo


def lids(side: float, shift: float, blink: float) -> tuple[Array, Array]:
    """Return the upper and the lower edge of an eye, (N, 2) px of the video, inner end first."""
    t = np.linspace(-1, 1, 25)
    x = shift + side * 26 + side * t * 14.5
    upper_open = -9.6 * (1 - np.abs(t) ** 2.3) ** 0.75
    lower = 5.4 * (1 - np.abs(t) ** 2.2)
    tilt = -1.6 * t
    upper = upper_open * (1 - blink) + lower * blink
    return (
        np.stack([x, EYE_Y + upper + tilt], 1).astype(np.float32),
        np.stack([x, EYE_Y + lower + tilt], 1).astype(np.float32),
    )


def paint_eye(albedo: Array, side: float, shift: float, face: Face) -> None:
    """Paint one eye and its brow, in place; ``side`` is -1 for the left of the picture."""
    upper, lower = lids(side, shift, face.blink)
    ball = HEAD.polygon([*map(tuple, upper), *map(tuple, lower[::-1])], 0.7)
    eye = np.broadcast_to(WHITE, albedo.shape).copy()
    centre = HEAD.place(shift + side * 25.5 + 3.0 * face.gaze, EYE_Y - 2.2)
    distance = HEAD.distance(centre) / SCALE
    edge = np.clip((8.4 - distance) * SCALE, 0, 1)
    eye = mix(eye, mix(IRIS * np.float32(1.5), IRIS * np.float32(0.4), (distance / 8.4) ** 2), edge)
    eye = mix(eye, LASH * np.float32(0.3), np.clip((3.9 - distance) * SCALE, 0, 1))
    lid_shadow = np.clip(1 - (np.mgrid[: HEAD.shape[0], :1][0] - HEAD.row(EYE_Y - 10)) / 16, 0, 1)
    eye = eye * (1 - 0.55 * lid_shadow.astype(np.float32))[..., None]
    albedo[:] = mix(albedo, eye, ball)
    width = np.interp(np.linspace(-1, 1, 25), [-1, -0.2, 0.7, 1], [0.7, 2.0, 3.0, 2.2])
    top = upper.copy()
    top[:, 1] -= width
    wing = (float(upper[-1, 0] + side * 4.5), float(upper[-1, 1] - 4.0))
    under_line = upper + np.array((0, 0.5), np.float32)
    line = [*map(tuple, top), wing, *map(tuple, under_line[::-1])]
    albedo[:] = mix(albedo, LASH, 0.95 * HEAD.polygon(line, 0.6))
    under = lower + np.array((0, 1.0), np.float32)
    albedo[:] = mix(
        albedo, LASH, 0.4 * HEAD.polygon([*map(tuple, lower), *map(tuple, under[::-1])], 0.6)
    )
    paint_brow(albedo, side, shift)


def paint_brow(albedo: Array, side: float, shift: float) -> None:
    """Paint one eyebrow, in place."""
    t = np.linspace(0, 1, 15)
    x = shift + side * (11 + 34 * t)
    middle = EYE_Y - 21 - 5.5 * np.sin(t * 2.3) + 3.5 * t
    half = 2.7 * (1 - t**1.6) * np.minimum(1, 0.45 + 4 * t) + 0.5
    upper = [(float(a), float(b - c)) for a, b, c in zip(x, middle, half, strict=True)]
    lower = [(float(a), float(b + c)) for a, b, c in zip(x, middle, half, strict=True)]
    albedo[:] = mix(albedo, BROW, 0.85 * HEAD.polygon(upper + lower[::-1], 1.0))


def paint_mouth(albedo: Array, shift: float, opened: float) -> None:
    """Paint the smiling mouth, in place."""
    t = np.linspace(-1, 1, 31)
    corner = -3.2 * t**2
    gap = (1 - t**2) ** 0.8
    x = shift + t * (20.5 - 3.0 * opened)
    bow = 4.6 * (1 - np.abs(t) ** 1.7) - 1.7 * np.exp(-((t / 0.16) ** 2))
    upper = MOUTH_Y + corner - bow - 1.0 * opened * gap
    inner_top = MOUTH_Y + corner + 0.3 - 0.5 * opened * gap
    inner_low = MOUTH_Y + corner + 1.0 + (0.6 + 9.0 * opened) * gap
    lower = inner_low + 6.2 * (1 - np.abs(t) ** 2.4)

    def between(first: Array, second: Array, soft: float) -> Array:
        edge = [*zip(x, first, strict=True), *zip(x[::-1], second[::-1], strict=True)]
        return HEAD.polygon([(float(a), float(b)) for a, b in edge], soft)

    albedo[:] = mix(albedo, LIPS, 0.9 * between(upper, lower, 1.0))
    albedo[:] = mix(albedo, DARK, between(inner_top, inner_low, 0.7))
    teeth = np.minimum(inner_top + 4.2 * gap, inner_low)
    albedo[:] = mix(albedo, WHITE, 0.92 * min(opened * 5, 1) * between(inner_top, teeth, 0.7))


def glint(colour: Array, side: float, shift: float, face: Face) -> None:
    """Put the light's reflection into an eye and on the lower lip, in place."""
    open_share = 1.0 - min(face.blink * 1.6, 1.0)
    spot = hill(shift + side * 25.5 + 3 * face.gaze + 2.6, EYE_Y - 5.0, (1.9, 1.9))
    spot = spot + 0.35 * hill(shift + side * 25.5 + 3 * face.gaze - 3, EYE_Y + 1.0, (2.0, 1.6))
    shine = 0.5 * hill(shift * 1.15 + 4, MOUTH_Y + 5 + 8.5 * face.mouth, (5, 1.4)) * (side > 0)
    light = np.clip(open_share * spot + 0.5 * shine, 0, 1)
    colour[:] = mix(colour, np.array((1.0, 0.96, 0.90), np.float32), light.astype(np.float32))
