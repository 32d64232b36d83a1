"""A street on a winter evening: the scene that the sample was filmed in.

Three layers at their own distances: sky and skyline, the street with its houses, and the lights
and plants nearest to the person. They are painted a little larger than the video, so that the
camera can move.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from paint import (
    Array,
    blur,
    clouds,
    disc,
    generator,
    glow,
    layer_of,
    mix,
    noise,
    over,
    ramp,
    smoothstep,
)

WIDTH, HEIGHT = 1440, 840
VANISHING = (610.0, 430.0)

SKY = [
    (0.0, (0.055, 0.085, 0.20)),
    (0.45, (0.13, 0.20, 0.36)),
    (0.75, (0.36, 0.36, 0.48)),
    (1.0, (0.72, 0.50, 0.42)),
]
WARM = np.array((1.0, 0.72, 0.36), np.float32)


@dataclass(frozen=True)
class Layer:
    """A layer of the scene.

    Attributes:
        picture: (HEIGHT, WIDTH, 4) RGBA.
        nearness: how far it moves with the camera; 1 for the middle of the street.
    """

    picture: Array
    nearness: float


def paint_street(seed: int) -> list[Layer]:
    """Return the scene's layers from the back to the front."""
    return [
        Layer(skyline(seed), 0.55),
        Layer(houses(seed), 1.0),
        Layer(lights(seed), 1.3),
        Layer(plants(seed), 1.7),
    ]


def skyline(seed: int) -> Array:
    """Return the evening sky and the far roofs."""
    random = generator(seed, 40)
    rows = np.arange(HEIGHT, dtype=np.float32) / 470.0
    picture = np.repeat(ramp(SKY, np.clip(rows, 0, 1))[:, None], WIDTH, axis=1)
    streaks = smoothstep(0.48, 0.80, clouds((HEIGHT, WIDTH), (90, 420), 5, random))
    tint = mix(
        np.array((0.26, 0.28, 0.42), np.float32),
        np.array((0.86, 0.55, 0.44), np.float32),
        np.broadcast_to(np.clip(rows, 0, 1)[:, None], (HEIGHT, WIDTH)),
    )
    picture = mix(picture, tint, 0.6 * streaks)
    for depth in range(3):
        tone = mix(
            np.array((0.40, 0.38, 0.48), np.float32),
            np.array((0.13, 0.16, 0.27), np.float32),
            depth / 2,
        )
        x = 0
        while x < WIDTH:
            wide = int(random.integers(36, 96))
            top = int(430 - random.integers(10, 60 + 30 * depth) - 12 * depth)
            picture[top:, x : x + wide] = tone * random.uniform(0.9, 1.1)
            for _ in range(int(wide * (470 - top) / 300)):
                left, row = x + int(random.integers(2, wide)), int(random.integers(top + 4, 480))
                picture[row : row + 4, left : left + 3] = WARM * random.uniform(0.5, 0.9)
            x += wide
    return layer_of(blur(picture, 1.6))


def brick(shape: tuple[int, int], tone: Array, random: np.random.Generator) -> Array:
    """Return a wall of bricks, 26 by 9 px each, no two of one colour."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    course = np.floor(rows / 9)
    shifted = columns + (course % 2) * 13
    inside = np.minimum.reduce([rows % 9, 9 - rows % 9, shifted % 26, 26 - shifted % 26])
    joint = 1 - smoothstep(0.4, 1.4, inside)
    table = random.uniform(0.72, 1.22, (shape[0] // 9 + 2, shape[1] // 26 + 3)).astype(np.float32)
    each = table[course.astype(int), np.floor(shifted / 26).astype(int)]
    stain = 0.75 + 0.5 * clouds(shape, (160, 120), 4, random)
    wall = tone * (each * stain)[..., None]
    return mix(wall.astype(np.float32), tone * np.float32(0.5), 0.75 * joint)


def window(
    wall: Array, box: tuple[int, int, int, int], lamp: float, random: np.random.Generator
) -> None:
    """Put a sash window into a wall, lit from inside by the share ``lamp``, in place."""
    left, top, right, bottom = box
    stone = np.array((0.36, 0.36, 0.40), np.float32) * random.uniform(0.85, 1.1)
    wall[top - 7 : bottom + 10, left - 8 : right + 8] = stone
    wall[bottom + 3 : bottom + 10, left - 12 : right + 12] = stone * 1.2
    high, wide = bottom - top, right - left
    dark = mix(
        np.array((0.10, 0.13, 0.20), np.float32),
        np.array((0.24, 0.30, 0.42), np.float32),
        noise((high, wide), (60, 40), random),
    )
    warm = ramp(
        [(0, (0.98, 0.74, 0.40)), (1, (0.55, 0.28, 0.10))],
        np.broadcast_to(np.linspace(0, 1, high)[:, None], (high, wide)),
    )
    warm = warm * (0.8 + 0.35 * noise((high, wide), (50, 30), random))[..., None]
    pane = mix(dark, warm.astype(np.float32), lamp)
    curtain = int(wide * random.uniform(0.12, 0.3))
    pane[:, :curtain] *= 0.6
    pane[:, -curtain:] *= 0.6
    wall[top:bottom, left:right] = pane
    bar = np.array((0.16, 0.15, 0.17), np.float32)
    middle, centre = (top + bottom) // 2, (left + right) // 2
    wall[middle - 3 : middle + 3, left:right] = bar
    wall[top:bottom, centre - 2 : centre + 2] = bar


def shop(
    wall: Array,
    box: tuple[int, int, int, int],
    colours: tuple[Array, Array],
    random: np.random.Generator,
) -> None:
    """Put a lit shop front with a striped awning into a wall, in place."""
    left, top, right, bottom = box
    wide = right - left
    frame, stripe = colours
    wall[top - 58 : bottom, left - 16 : right + 16] = frame
    wall[top - 52 : top - 20, left - 8 : right + 8] = frame * 0.6
    for letter in range(int(random.integers(7, 11))):
        x = left + 40 + letter * 26
        if x + 16 < right:
            wall[top - 46 : top - 27, x : x + int(random.integers(7, 17))] = (0.86, 0.76, 0.52)
    inside = ramp(
        [(0, (1.0, 0.82, 0.50)), (0.6, (0.95, 0.62, 0.27)), (1, (0.45, 0.22, 0.09))],
        np.broadcast_to(np.linspace(0, 1, bottom - top)[:, None], (bottom - top, wide)),
    )
    inside = inside * (0.65 + 0.6 * noise(inside.shape[:2], (70, 60), random))[..., None]
    for shelf in range(3):
        row = int((bottom - top) * (0.32 + 0.22 * shelf))
        inside[row : row + 5] *= 0.35
        for x in range(6, wide - 20, 17):
            high = int(random.integers(10, 34))
            tone = random.uniform(0.15, 0.9, 3) * random.uniform(0.4, 1.0)
            inside[row - high : row, x : x + int(random.integers(7, 14))] = tone
    wall[top:bottom, left:right] = inside
    for x in range(left, right + 1, max(wide // 3, 1)):
        wall[top:bottom, max(x - 4, 0) : x + 4] = frame * 0.8
    wall[bottom - 60 : bottom, left - 16 : right + 16] = frame * 0.75
    for row in range(60):
        out = int(row * 0.35)
        cloth = (np.arange(wide + 2 * out) - out) // 24 % 2
        tone = np.where(cloth[:, None] == 0, stripe, np.array((0.80, 0.76, 0.68), np.float32))
        start = max(left - out, 0)
        part = wall[top - 14 + row, start : right + out]
        part[:] = tone[out - (left - start) :][: len(part)] * (0.95 - 0.006 * row)


def facade(seed: int, number: int) -> Array:
    """Return a row of three houses, seen straight on: 1800 px wide, 1100 px high."""
    random = generator(seed, 41, number)
    tones = [(0.34, 0.22, 0.20), (0.25, 0.27, 0.33), (0.30, 0.26, 0.24)]
    fronts = [
        ((0.10, 0.22, 0.22), (0.10, 0.38, 0.38)),
        ((0.20, 0.10, 0.10), (0.50, 0.14, 0.14)),
        ((0.10, 0.14, 0.26), (0.16, 0.26, 0.50)),
    ]
    parts = []
    for house in range(3):
        tone = np.array(tones[(house + number) % 3], np.float32)
        wall = brick((1100, 600), tone * np.float32(0.9), random)
        for row in range(3):
            for place in range(3):
                left, top = 70 + place * 175, 90 + row * 235
                lit_up = float(random.random() < 0.42) * random.uniform(0.55, 0.95)
                window(wall, (left, top, left + 105, top + 165), lit_up, random)
        wall[30:54] = tone * 1.25
        wall[54:60] = tone * 0.5
        wall[768:786] = tone * 1.3
        frame, stripe = (np.array(c, np.float32) for c in fronts[(house + number) % 3])
        shop(wall, (40, 860, 400, 1100), (frame, stripe), random)
        wall[850:1100, 450:560] = frame * 0.7
        wall[880:960, 470:540] = WARM * 0.8
        wall *= np.linspace(0.62, 1.12, 1100, dtype=np.float32)[:, None, None]
        parts.append(wall)
    return np.clip(np.concatenate(parts, axis=1), 0, 1)


def projected(texture: Array, corners: list[tuple[float, float]]) -> Array:
    """Return the RGBA layer of a texture put on four corners, clockwise from the top left."""
    high, wide = texture.shape[:2]
    source = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, np.array(corners, np.float32))
    full = layer_of(texture)
    return np.asarray(
        cv2.warpPerspective(full, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA), np.float32
    )


def toward(x: float, y: float, share: float) -> tuple[float, float]:
    """Return the point ``share`` of the way from (x, y) to the vanishing point."""
    return x + (VANISHING[0] - x) * share, y + (VANISHING[1] - y) * share


def houses(seed: int) -> Array:
    """Return the houses on both sides and the wet street between them."""
    random = generator(seed, 42)
    canvas = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    ground = cobbles(seed)
    over(
        canvas,
        projected(
            ground, [toward(-900, 900, 0.93), toward(2300, 900, 0.93), (2300, 900), (-900, 900)]
        ),
    )
    for number, (near_x, roof, foot) in enumerate(((-420, -820, 800), (1760, -900, 800))):
        wall = facade(seed, number)
        near, far = toward(near_x, roof, 0.0), toward(near_x, roof, 0.86)
        corners = [near, far, toward(near_x, foot, 0.86), (near_x, foot)]
        if number == 1:
            corners = [corners[1], corners[0], corners[3], corners[2]]
        over(canvas, projected(wall, corners))
    mirror(canvas, random)
    for x, y, size in ((150, 470, 70), (1180, 480, 90), (420, 452, 40), (830, 455, 40)):
        glow(canvas, (x, y), size, WARM * np.float32(0.30))
    haze = np.exp(
        -(
            np.hypot(
                *np.meshgrid(
                    (np.arange(WIDTH) - VANISHING[0]) / 200,
                    (np.arange(HEIGHT) - VANISHING[1]) / 120,
                )
            )
            ** 2
        )
    )
    tint = np.array((0.58, 0.47, 0.46), np.float32)
    canvas[..., :3] = mix(canvas[..., :3], tint * canvas[..., 3:], 0.7 * haze.astype(np.float32))
    return blur(canvas, 1.5)


def cobbles(seed: int) -> Array:
    """Return wet paving stones, seen from above."""
    random = generator(seed, 43)
    shape = (1500, 1600)
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    wobble = 7 * (noise(shape, (50, 50), random) - 0.5)
    course = np.floor((rows + wobble) / 30)
    shifted = columns + wobble + (course % 2) * 22
    inside = np.minimum.reduce(
        [(rows + wobble) % 30, 30 - (rows + wobble) % 30, shifted % 44, 44 - shifted % 44]
    )
    table = random.uniform(0.7, 1.25, (60, 50)).astype(np.float32)
    each = table[np.clip(course, 0, 59).astype(int), np.clip(shifted / 44, 0, 49).astype(int)]
    stone = np.array((0.20, 0.22, 0.28), np.float32) * each[..., None]
    stone = stone * (0.7 + 0.6 * clouds(shape, (40, 40), 3, random))[..., None]
    return mix(
        stone.astype(np.float32),
        np.array((0.05, 0.06, 0.09), np.float32),
        0.85 * (1 - smoothstep(1.0, 4.0, inside)),
    )


def mirror(canvas: Array, random: np.random.Generator) -> None:
    """Let the wet street reflect what stands on it, in place."""
    line = int(VANISHING[1]) + 26
    below = canvas[line:]
    above = canvas[line - below.shape[0] : line][::-1] if line >= below.shape[0] else None
    above = canvas[max(line - below.shape[0], 0) : line][::-1] if above is None else above
    smear = np.asarray(cv2.GaussianBlur(np.ascontiguousarray(above), (0, 0), 5, sigmaY=26))
    wet = smoothstep(0.35, 0.75, clouds(smear.shape[:2], (30, 160), 4, random))
    street = np.zeros(smear.shape[:2], np.float32)
    rows = np.arange(smear.shape[0])[:, None]
    wide = 60 + rows * 1.55
    street[:] = smoothstep(0, 40, wide - np.abs(np.arange(WIDTH)[None, :] - VANISHING[0]))
    strength = (0.55 * wet * street)[..., None]
    below[: smear.shape[0], :, :3] += smear[..., :3] * strength


def lights(seed: int) -> Array:
    """Return the strings of lamps across the street and two street lamps, out of focus."""
    random = generator(seed, 44)
    canvas = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    wires = np.zeros((HEIGHT, WIDTH), np.uint8)
    bulbs = []
    for left, right, sag, size in (
        ((-40, 60), (1500, 20), 150, 9.0),
        ((60, 190), (1330, 150), 90, 6.5),
        ((250, 285), (1050, 262), 50, 4.5),
    ):
        t = np.linspace(0, 1, 60)
        x = left[0] + (right[0] - left[0]) * t
        y = left[1] + (right[1] - left[1]) * t + sag * 4 * t * (1 - t)
        line = np.round(np.stack([x, y], 1) * 8).astype(np.int32)
        cv2.polylines(wires, [line], False, 190, 2, cv2.LINE_AA, 3)
        bulbs += [(float(a), float(b) + size, size) for a, b in zip(x[2::4], y[2::4], strict=True)]
    wire = blur(wires.astype(np.float32) / 255, 1.2)
    canvas[..., :3] = np.array((0.05, 0.05, 0.08), np.float32) * wire[..., None]
    canvas[..., 3] = wire
    for x, foot in ((1262.0, 900.0), (118.0, 900.0)):
        post(canvas, x, foot)
        bulbs.append((x, 196.0, 15.0))
    light = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for x, y, size in bulbs:
        tone = WARM * np.float32(random.uniform(0.75, 1.0))
        glow(light, (x, y), size * 3.2, tone * np.float32(0.42))
        disc(light, (x, y), size, np.minimum(tone * np.float32(1.25), 1.0))
    alpha = np.clip(light.max(axis=2) * 1.1, 0, 1)
    over(canvas, np.dstack([light, alpha]))
    return canvas


def post(canvas: Array, x: float, foot: float) -> None:
    """Draw a lamp post, in place."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for wide, top, bottom in (
        (7, 225, int(foot)),
        (16, 560, int(foot)),
        (20, 218, 228),
        (12, 166, 176),
    ):
        cv2.rectangle(mask, (int(x - wide), top), (int(x + wide), bottom), 255, -1)
    soft = blur(mask.astype(np.float32) / 255, 2.0)
    side = np.clip((np.arange(WIDTH) - x) / 14 * 0.5 + 0.5, 0, 1).astype(np.float32)
    tone = ramp([(0, (0.05, 0.07, 0.11)), (0.6, (0.10, 0.11, 0.15)), (1, (0.24, 0.18, 0.13))], side)
    colour = np.broadcast_to(tone[None], (HEIGHT, WIDTH, 3))
    over(canvas, np.dstack([colour * soft[..., None], soft]))


def plants(seed: int) -> Array:
    """Return two bushes in tubs at the picture's lower corners, nearest and softest."""
    random = generator(seed, 45)
    canvas = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    for centre, spread in (((70, 760), (190, 150)), ((1385, 780), (170, 140))):
        cv2.ellipse(canvas, centre, spread, 0, 0, 360, (10, 20, 22, 255), -1, cv2.LINE_AA)
        for _ in range(1500):
            angle, far = random.uniform(0, 2 * np.pi), random.random() ** 0.5 * 1.12
            x = centre[0] + np.cos(angle) * spread[0] * far
            y = centre[1] + np.sin(angle) * spread[1] * far
            top_light = 0.35 + 0.65 * np.clip((centre[1] + spread[1] - y) / (2 * spread[1]), 0, 1)
            tone = np.array((34, 62, 56)) * random.uniform(0.4, 1.5) * top_light
            if random.random() < 0.05:
                tone = np.array((170, 110, 50)) * random.uniform(0.6, 1.2)
            cv2.ellipse(
                canvas,
                (int(x), int(y)),
                (int(random.integers(6, 15)), 5),
                float(random.uniform(0, 180)),
                0,
                360,
                (*map(float, tone), 255.0),
                -1,
                cv2.LINE_AA,
            )
    return blur(canvas.astype(np.float32) / 255, 3.2)
