"""The sample's new background: a mountain lake at sunset, 1920x1080.

Terrain is noise whose ridges are sharpened; haze grows with the distance; the lake shows the
scene upside down, pulled apart by ripples that grow towards the viewer.
"""

from __future__ import annotations

import cv2
import numpy as np

from paint import Array, blur, clouds, generator, glow, mix, noise, ramp, smoothstep

WIDTH, HEIGHT = 1920, 1080
SHORE = 620
SUN = (1480.0, 418.0)

SKY = [
    (0.0, (0.17, 0.22, 0.44)),
    (0.35, (0.44, 0.36, 0.55)),
    (0.62, (0.87, 0.53, 0.48)),
    (0.82, (1.0, 0.72, 0.46)),
    (1.0, (1.0, 0.86, 0.60)),
]


def paint_lake(seed: int) -> Array:
    """Return the picture, (1080, 1920, 3)."""
    picture = sky(seed)
    for depth in range(4):
        mountain(picture, seed, depth)
    forest(picture, seed)
    lake(picture, seed)
    meadow(picture, seed)
    glow(picture, SUN, 420, np.array((0.55, 0.32, 0.12), np.float32))
    rows, columns = np.ogrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    picture *= (1 - 0.18 * (rows**2 * 0.6 + columns**2) ** 1.3)[..., None].astype(np.float32)
    grain = generator(seed, 59).standard_normal(picture.shape[:2], np.float32)
    return np.clip(picture + 0.008 * grain[..., None], 0, 1).astype(np.float32)


def sky(seed: int) -> Array:
    """Return sky, sun and lit clouds over the whole picture."""
    random = generator(seed, 50)
    share = np.clip(np.arange(HEIGHT, dtype=np.float32) / SHORE, 0, 1)
    picture = np.repeat(ramp(SKY, share)[:, None], WIDTH, axis=1)
    glow(picture, SUN, 520, np.array((0.55, 0.30, 0.10), np.float32))
    glow(picture, SUN, 130, np.array((0.9, 0.62, 0.30), np.float32))
    far = clouds((HEIGHT, WIDTH), (70, 520), 6, random)
    near = clouds((HEIGHT, WIDTH), (150, 760), 6, random)
    rows = np.broadcast_to(share[:, None], far.shape)
    for field, low, strength in ((far, 0.50, 0.75), (near, 0.55, 0.85)):
        cover = smoothstep(low, low + 0.2, field) * strength
        under = np.clip(np.roll(field, 26, axis=0) - field, -0.12, 0.12) / 0.12
        warm = ramp(
            [(0, (0.36, 0.28, 0.44)), (0.5, (0.72, 0.42, 0.44)), (1, (1.0, 0.66, 0.42))],
            np.clip(0.30 + 0.45 * rows + 0.35 * under, 0, 1),
        )
        picture = mix(picture, warm, cover)
    rows_px, columns_px = np.ogrid[:HEIGHT, :WIDTH]
    sun = np.hypot(columns_px - SUN[0], rows_px - SUN[1]).astype(np.float32)
    return mix(picture, np.array((1.0, 0.96, 0.80), np.float32), 1 - smoothstep(36, 42, sun))


def ridge_line(seed: int, depth: int) -> Array:
    """Return the height of a range's edge in every column, px from the top."""
    random = generator(seed, 51, depth)
    x = np.arange(WIDTH)
    line = np.zeros(WIDTH, np.float32)
    for octave in range(7):
        cell = 560 / 2**octave * (1 - 0.1 * depth)
        knots = random.random(int(WIDTH / cell) + 4)
        smooth = np.interp(x / cell + 1.5, np.arange(len(knots)), knots)
        line += (1 - np.abs(2 * smooth - 1)).astype(np.float32) / 2**octave
    line -= 0.95 * np.exp(-(((x - SUN[0]) / (300 - 40 * depth)) ** 2)).astype(np.float32)
    top, span = ((300, 190), (390, 130), (470, 90), (545, 55))[depth]
    return (top + span * 0.9 - span * (line - 0.7)).astype(np.float32)


def crags(shape: tuple[int, int], size: float, random: np.random.Generator) -> Array:
    """Return rock of 0 to about 1: sharp ridges on ridges, bent by a slower noise."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    bend = clouds(shape, (size, size), 3, random) - 0.5
    total = np.zeros(shape, np.float32)
    keep = np.ones(shape, np.float32)
    for octave in range(7):
        cell = size / 1.9**octave
        ridge = 1 - np.abs(2 * noise(shape, (max(cell * 1.25, 1.5), max(cell, 1.5)), random) - 1)
        ridge = cv2.remap(
            ridge.astype(np.float32),
            columns + bend * size * 0.55,
            rows - bend * size * 0.35,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        total += keep * ridge**2 * 0.52**octave
        keep = np.clip(ridge * 1.5, 0.25, 1.0)
    return total * np.float32(0.55)


def mountain(picture: Array, seed: int, depth: int) -> None:
    """Paint one range, its slopes lit from the sun and veiled by haze, in place."""
    random = generator(seed, 52, depth)
    line = ridge_line(seed, depth)
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    below = rows - line[None]
    inside = np.clip(below + 0.5, 0, 1)
    size = 110 - 18 * depth
    shape = (HEIGHT, WIDTH)
    rock = crags(shape, size * 1.6, random)
    slope = np.asarray(cv2.Sobel(blur(rock, 0.7), cv2.CV_32F, 1, 0, ksize=3)) * 4.6
    lean = np.gradient(blur(line[None], 9.0)[0])[None] * 0.5
    toward = np.where(np.arange(WIDTH)[None] < SUN[0], 1.0, -1.0)
    facing = np.clip(0.45 + (slope * 0.9 - lean * 0.4) * -toward, 0, 1).astype(np.float32)
    stone = ramp(
        [(0, (0.12, 0.11, 0.20)), (0.5, (0.32, 0.23, 0.29)), (1, (0.86, 0.51, 0.38))], facing
    )
    if depth < 2:
        snow = smoothstep(0.0, 0.10, 1.5 * rock + 0.55 * facing - 0.38 - below / (230 - 60 * depth))
        tint = mix(
            np.array((0.36, 0.34, 0.56), np.float32),
            np.array((1.0, 0.80, 0.66), np.float32),
            facing,
        )
        stone = mix(stone, tint, 0.9 * snow)
    else:
        wood = clouds(shape, (6, 4), 2, random)
        stone = mix(
            stone, np.array((0.10, 0.13, 0.15), np.float32) * (0.6 + 0.8 * wood[..., None]), 0.65
        )
    near_sun = np.exp(-(((np.arange(WIDTH) - SUN[0]) / 620) ** 2))[None, :, None]
    haze = mix(
        np.array((0.60, 0.46, 0.56), np.float32),
        np.array((1.0, 0.72, 0.50), np.float32),
        np.broadcast_to(near_sun, (1, WIDTH, 1)).astype(np.float32),
    )
    foot = np.clip(below / (SHORE - line[None] + 1), 0, 1)
    veil = np.clip(0.58 - 0.15 * depth + 0.30 * foot**1.5, 0, 0.95)
    stone = stone + (haze - stone) * veil[..., None]
    picture[:] = mix(picture, stone.astype(np.float32), inside.astype(np.float32))


def forest(picture: Array, seed: int) -> None:
    """Paint the dark firs along the far shore, in place."""
    random = generator(seed, 53)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    edge = noise((1, WIDTH + 8), (1, 170), random)[0]
    for _ in range(1150):
        x = int(random.integers(0, WIDTH))
        bank = abs(x - 1080) / 840
        high = (13 + 62 * bank**1.6 * edge[x] * 1.5 + 9 * edge[x]) * random.uniform(0.55, 1.15)
        wide = max(high * 0.2, 2.0)
        for tier in range(5):
            top = SHORE + 3 - high + high * tier / 6
            half = wide * (tier + 1.6) / 6
            corners = [(x, top), (x - half, top + high / 3.6), (x + half, top + high / 3.6)]
            cv2.fillPoly(
                mask, [np.round(np.array(corners) * 8).astype(np.int32)], 255, cv2.LINE_AA, 3
            )
    mask[SHORE - 4 : SHORE + 2] = np.maximum(mask[SHORE - 4 : SHORE + 2], 200)
    mask[SHORE + 2 :] = 0
    tone = mix(
        np.array((0.07, 0.09, 0.13), np.float32),
        np.array((0.36, 0.22, 0.18), np.float32),
        np.broadcast_to(
            np.exp(-(((np.arange(WIDTH) - SUN[0]) / 420) ** 2))[None, :], (HEIGHT, WIDTH)
        ).astype(np.float32),
    )
    picture[:] = mix(picture, tone, mask.astype(np.float32) / 255 * 0.95)


def lake(picture: Array, seed: int) -> None:
    """Paint the water, the scene upside down in its ripples, in place."""
    random = generator(seed, 54)
    deep = HEIGHT - SHORE
    rows = np.arange(deep, dtype=np.float32)[:, None] + 0.5
    near = rows / deep
    ripple = np.zeros((deep, WIDTH), np.float32)
    for size, strength in ((3.0, 0.5), (7.0, 1.0), (17.0, 1.3)):
        flat = noise((int(900 / size) * 4, WIDTH), (4.0, 26 * size), random) - 0.5
        squeeze = (np.log1p(rows * 0.09) / np.log1p(deep * 0.09)) ** 1.6
        place = (squeeze * (flat.shape[0] - 2)).astype(np.float32)
        map_y = np.broadcast_to(place, (deep, WIDTH)).astype(np.float32)
        map_x = np.broadcast_to(np.arange(WIDTH, dtype=np.float32), (deep, WIDTH)).copy()
        ripple += strength * cv2.remap(flat, map_x, map_y, cv2.INTER_LINEAR)
    shift_y = ripple * (4 + 95 * near)
    source_y = np.clip(SHORE - 1 - rows * 1.12 + shift_y, 0, SHORE - 1)
    source_x = np.arange(WIDTH, dtype=np.float32)[None] + ripple * (1 + 12 * near)
    shown = cv2.remap(
        picture,
        source_x.astype(np.float32),
        source_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    depth_tone = ramp([(0, (0.30, 0.26, 0.36)), (1, (0.05, 0.09, 0.16))], near[:, 0])[:, None]
    strength = np.clip(0.88 - 0.42 * near - 0.30 * np.abs(ripple) * near, 0.25, 1)[..., None]
    water = shown * strength + depth_tone * (1 - strength)
    column = np.exp(-(((np.arange(WIDTH)[None] - SUN[0]) / (26 + 150 * near)) ** 2))
    sparkle = smoothstep(0.10, 0.75, ripple) * column * (0.9 - 0.35 * near)
    water = mix(
        water.astype(np.float32),
        np.array((1.0, 0.86, 0.58), np.float32),
        np.clip(sparkle, 0, 1).astype(np.float32),
    )
    picture[SHORE:] = water
    mist = np.exp(-(((np.arange(HEIGHT) - SHORE) / 16.0) ** 2))[:, None].astype(np.float32)
    drift = 0.75 * mist * smoothstep(0.25, 0.85, clouds((HEIGHT, WIDTH), (30, 420), 4, random))
    picture[:] = mix(picture, np.array((0.98, 0.76, 0.60), np.float32), np.clip(drift, 0, 0.6))


def meadow(picture: Array, seed: int) -> None:
    """Paint the grassy bank and the reeds nearest to the viewer, a little soft, in place."""
    random = generator(seed, 55)
    canvas = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    edge = 1000 - 46 * noise((1, WIDTH + 8), (1, 420), random)[0]
    edge -= 60 * smoothstep(900, 0, np.arange(WIDTH + 8, dtype=np.float32))
    for number in range(5200):
        x = int(random.integers(0, WIDTH))
        share = number / 5200
        foot = edge[x] + 10 + share * (HEIGHT + 30 - edge[x])
        tall = random.uniform(16, 44) + 60 * (random.random() < 0.05)
        lean = random.normal(0.12, 0.28) * tall
        light = np.exp(-(((x - SUN[0]) / 620) ** 2))
        tone = np.array((0.10, 0.12, 0.10)) + light * np.array((0.26, 0.16, 0.05))
        tone = tone * random.uniform(0.5, 1.5) * (1.05 - 0.5 * share)
        line = np.array([(x, foot), (x + lean * 0.4, foot - tall * 0.6), (x + lean, foot - tall)])
        colour = (*(float(value) * 255 for value in np.clip(tone, 0, 1)), 255.0)
        cv2.polylines(
            canvas,
            [np.round(line * 8).astype(np.int32)],
            False,
            colour,
            int(random.integers(1, 4)),
            cv2.LINE_AA,
            3,
        )
    layer = blur(canvas.astype(np.float32) / 255, 1.1)
    rows = np.arange(HEIGHT)[:, None]
    solid = np.clip((rows - edge[None, :WIDTH] - 14) / 12, 0, 1).astype(np.float32)
    picture[:] = mix(picture, np.array((0.06, 0.07, 0.07), np.float32), solid)
    picture *= 1 - layer[..., 3:]
    picture += layer[..., :3]
