"""The person's coat, scarf and waving arm, painted at twice the size of the video.

Positions are px of the 1280x720 video; the body's axis is x = 0.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np

from paint import Array, blur, clouds, generator, mix, noise, over, smoothstep
from relief import Relief, bump, column, curve, fade, join, layer, lit, tube
from stage import SCALE, Knots, Stage

TRUNK = Stage(-230, 200, 230, 840)
ARM = Stage(70, 170, 370, 560)

COAT = np.array((0.80, 0.52, 0.13), np.float32)
WINE = np.array((0.50, 0.08, 0.12), np.float32)
CORAL = np.array((0.95, 0.58, 0.42), np.float32)
HORN = np.array((0.20, 0.10, 0.06), np.float32)
SKIN = np.array((0.86, 0.58, 0.45), np.float32)
KNUCKLE = np.array((0.62, 0.28, 0.21), np.float32)


def wool(relief: Relief, seed: int) -> Array:
    """Return the albedo of a herringbone cloth that follows the relief."""
    shape = relief.height.shape
    across = np.arcsin(np.clip(relief.across, -1, 1)) * 70.0
    zigzag = np.abs((across / 11.0) % 2.0 - 1.0) * 9.0
    twill = np.sin((relief.along + zigzag * 1.6) * 1.05)
    fleck = 1 + 0.09 * twill + cloth(shape, seed)
    return np.clip(COAT * fleck[..., None], 0, 1).astype(np.float32)


@functools.lru_cache(maxsize=4)
def cloth(shape: tuple[int, int], seed: int) -> Array:
    """Return the fuzz and the worn places of cloth, around 0."""
    random = generator(seed, 10, *shape)
    fuzz = noise(shape, (2.2, 2.2), random) - 0.5
    return (0.17 * fuzz + 0.18 * (clouds(shape, (90, 90), 3, random) - 0.5)).astype(np.float32)


def knit(relief: Relief, period: float) -> tuple[Array, Array]:
    """Return albedo and height of a knitted tube with stripes across it, ``period`` px apart."""
    around = np.arcsin(np.clip(relief.across, -1, 1)) * 9.0
    slant = relief.along / 7.0 + 0.45 * np.abs((around % 2.0) - 1.0)
    stitch = np.abs(np.sin(slant * np.pi)) * (0.55 + 0.45 * np.abs(np.sin(around * np.pi / 2)))
    band = smoothstep(0.52, 0.58, np.abs((relief.along / period) % 1.0 - 0.5) * 2.0)
    colour = mix(np.broadcast_to(WINE, (*band.shape, 3)), CORAL, band)
    albedo = colour * (0.62 + 0.42 * stitch)[..., None]
    return albedo.astype(np.float32), (stitch * 2.6).astype(np.float32)


def tailored(height: Array) -> tuple[Array, Array]:
    """Add lapels, the closing edge, a pocket and buttons to the coat's relief.

    Returns:
        The new height and the share of horn (buttons) per pixel.
    """
    cut = functools.partial(TRUNK.polygon, soft=1.6)
    edge = cut([(8, 330), (26, 400), (22, 840), (-230, 840), (-230, 330)])
    right = cut([(30, 318), (78, 322), (96, 372), (70, 388), (76, 402), (20, 470)])
    left = cut([(-34, 318), (-80, 322), (-100, 374), (-72, 390), (-78, 404), (14, 470)])
    pocket = cut([(62, 566), (118, 553), (122, 572), (66, 587)])
    height = height + 3.5 * edge + 8.0 * np.maximum(right, left) + 5.0 * pocket
    horn = np.zeros(TRUNK.shape, np.float32)
    for x, y in ((-2, 505), (0, 585), (2, 665), (-46, 508), (-45, 588), (-44, 668)):
        centre = TRUNK.place(x, y)
        distance = TRUNK.distance(centre)
        inside = np.clip(17.0 - distance, 0.0, 1.0)
        dish = 7.0 - 4.0 * np.exp(-((distance / 9.0) ** 2))
        for hole_x, hole_y in ((-4, -4), (4, -4), (-4, 4), (4, 4)):
            hole = TRUNK.distance((centre[0] + hole_x, centre[1] + hole_y))
            dish -= 5.0 * np.exp(-((hole / 2.2) ** 2))
        height = height + inside * dish
        horn = np.maximum(horn, inside)
    return height.astype(np.float32), horn


def folds(seed: int) -> Array:
    """Return the soft folds of the cloth: drawn in at the waist, falling below it."""
    axis, waist_row = TRUNK.place(0, 520)
    rows, columns = np.mgrid[: TRUNK.shape[0], : TRUNK.shape[1]].astype(np.float32)
    warp = clouds(TRUNK.shape, (260, 200), 3, generator(seed, 11)) * 160.0
    fall = np.sin((columns + warp + (rows - waist_row) * 0.06) / 31.0)
    below = smoothstep(waist_row, waist_row + 440, rows)
    out = np.abs(columns - axis)
    pull = np.sin((rows + warp * 0.9 - out * 0.35) / 30.0)
    waist = np.exp(-(((rows - waist_row) / 150.0) ** 2)) * smoothstep(70, 190, out)
    return (4.2 * fall * below + 3.4 * pull * waist).astype(np.float32)


@functools.lru_cache(maxsize=1)
def trunk() -> Relief:
    """Return the plain solid under the coat."""
    stops = [(300, 44), (308, 80), (322, 112), (342, 132), (372, 139), (430, 130), (520, 121)]
    half = TRUNK.profile([*stops, (600, 136), (700, 153), (840, 172)])
    return column(TRUNK.shape, TRUNK.place(0, 0)[0], half, 0.60)


def coat(seed: int) -> Array:
    """Return the coat with the arm that hangs down, its hand in the pocket."""
    body = trunk()
    cut, horn = tailored(body.height + folds(seed))
    cut = np.where(body.alpha > 0, cut, -1e3).astype(np.float32)
    colour = mix(wool(body, seed), HORN, horn)
    canvas = layer(lit(cut, colour), body.alpha)
    knots = [(-100, 358, 12), (-124, 396, 24), (-146, 466, 40), (-151, 535, 54)]
    knots += [(-138, 588, 68), (-108, 636, 78)]
    arm = limb(TRUNK, knots, (36, 38, 36, 34, 31), 64)
    warp = 9.0 * (noise(TRUNK.shape, (60, 60), generator(seed, 13)) - 0.5)
    crease = np.sin(arm.along / 17.0 + 2.2 * arm.across + warp)
    crease *= bump(TRUNK.shape, *TRUNK.place(-160, 545), (100.0, 110.0))
    shown = arm.alpha * (
        1 - TRUNK.polygon([(-190, 684), (-92, 586), (0, 586), (0, 840), (-230, 840)], 1.5)
    )
    contact(canvas, shown * fade(arm, 120, 260), 0.6)
    union = join(arm.height + 2.5 * crease, body.height, 26.0)
    over(canvas, layer(lit(union, wool(arm, seed)), shown))
    return canvas


def contact(below: Array, cover: Array, strength: float) -> None:
    """Darken ``below`` where something covers or nearly covers it, in place."""
    near = np.clip(blur(np.roll(cover, (10, -6), (0, 1)), 12.0) * strength, 0, 1)
    below[..., :3] *= 1.0 - near[..., None]


def neck() -> Array:
    """Return the layer of the neck."""
    half = TRUNK.profile([(205, 37), (262, 36), (300, 44), (330, 58)])
    solid = column(TRUNK.shape, TRUNK.place(0, 0)[0], half, 0.9)
    solid.alpha[TRUNK.row(326) :] = 0
    flesh = np.broadcast_to(SKIN * np.float32(0.85), (*TRUNK.shape, 3))
    return layer(lit(solid.height, flesh, soft=2.0, skin=1.0), solid.alpha)


def scarf(seed: int) -> list[Array]:
    """Return the scarf's layers from the back to the front: tail, lower and upper loop."""
    shapes: tuple[tuple[Knots, tuple[float, ...], float], ...] = (
        ([(26, 322, 84), (38, 380, 92), (44, 440, 92), (52, 492, 88)], (17, 29, 30, 33), 0.35),
        (
            [(-74, 300, 10), (-46, 322, 62), (4, 336, 92), (52, 322, 62), (76, 298, 10)],
            (20, 25, 27, 26, 21),
            0.9,
        ),
        (
            [(-62, 280, 6), (-38, 300, 66), (2, 310, 96), (42, 299, 66), (62, 278, 6)],
            (17, 22, 23, 22, 18),
            0.9,
        ),
    )
    parts = []
    for number, (knots, widths, flat) in enumerate(shapes):
        part = limb(TRUNK, knots, widths, 18, flat)
        if number == 0:
            part.alpha[TRUNK.row(486) :] = 0
        colour, raised = knit(part, 118.0 + 9.0 * number)
        wave = 5.0 * np.sin(part.across * 5.0 + number)
        parts.append(layer(lit(part.height + raised + wave, colour, soft=1.1), part.alpha))
    fringe(parts[0], seed)
    return parts


def fringe(end: Array, seed: int) -> None:
    """Hang threads on the scarf's end, in place."""
    random = generator(seed, 12)
    canvas = np.zeros((*TRUNK.shape, 4), np.uint8)
    for number in range(110):
        x = 24 + 54 * (number / 109) + random.normal(0, 0.6)
        sway = random.normal(0, 3.0)
        knots = curve([(x, 482), (x + sway * 0.4, 500), (x + sway, 514 + random.normal(0, 5))], 6)
        line = np.array([TRUNK.place(px, py) for px, py in knots])
        tone = CORAL if (number // 6) % 3 == 1 else WINE
        colour = (*(float(c) for c in tone * random.uniform(0.5, 1.0) * 235), 255.0)
        cv2.polylines(canvas, [np.round(line * 8).astype(np.int32)], False, colour, 2, 16, 3)
    over(end, canvas.astype(np.float32) / 255.0)


@functools.lru_cache(maxsize=1)
def torso(seed: int) -> Array:
    """Return the RGBA layer of everything that moves with the trunk."""
    canvas = coat(seed)
    for part in (neck(), *scarf(seed)):
        contact(canvas, part[..., 3], 0.5)
        over(canvas, part)
    return canvas


def limb(
    stage: Stage, knots: Knots, radii: tuple[float, ...], count: int, flat: float = 1.0
) -> Relief:
    """Return a tube through ``knots`` (x, y, height) whose ``radii`` are px of the video."""
    axis = curve(stage.placed(knots), count)
    stops = np.linspace(0, count - 1, len(radii))
    wide = np.interp(np.arange(count), stops, radii).astype(np.float32) * SCALE
    return tube(stage.shape, axis, wide, flat)


def arm_layer(seed: int, swing_deg: float, spread: float) -> Array:
    """Return the raised arm and its hand, on the stage ``ARM``.

    Args:
        seed: of the cloth.
        swing_deg: of the forearm, 0 upright, positive to the right.
        spread: of the fingers, 0 to 1.
    """
    turn = np.deg2rad(swing_deg)
    elbow = np.array((196.0 + 8 * np.sin(turn), 470.0))
    axes = np.array(((-np.sin(turn), np.cos(turn)), (np.cos(turn), np.sin(turn))))

    def at(along: float, out: float, z: float) -> tuple[float, ...]:
        x, y = elbow - axes[0] * along + axes[1] * out
        return float(x), float(y), z

    knots = [(98.0, 360.0, 18.0), (146.0, 404.0, 38.0), at(6, -10, 52), at(30, 0, 60)]
    sleeve = limb(ARM, [*knots, at(112, 0, 70)], (36, 37, 34, 30, 26), 34)
    arm = hand(at, spread)
    end = float(sleeve.along.max())
    cuff = fade(sleeve, end - 66, end - 62)
    crease = 3.0 * np.sin(sleeve.along / 13.0 + 2.0 * sleeve.across)
    crease *= np.exp(-(((sleeve.along - end * 0.52) / 90.0) ** 2))
    shown = sleeve.alpha * (1 - fade(sleeve, end - 5, end - 1))
    contact(arm, shown, 0.5)
    union = join(sleeve.height + crease + 5 * cuff, ARM.crop(trunk().height, TRUNK, -1e3), 26.0)
    over(arm, layer(lit(union, wool(sleeve, seed)), shown))
    return arm


def hand(at: functools.partial[tuple[float, ...]] | object, spread: float) -> Array:
    """Return the layer of wrist, palm and fingers; ``at`` places them along the forearm."""
    assert callable(at)
    reliefs = [
        limb(ARM, [at(112, 0, 70), at(150, 1, 72)], (14, 16.5), 5),
        limb(ARM, [at(151, -3, 74), at(174, 1, 74)], (22, 24), 5),
    ]
    fingers = ((-18.5, 38, -0.24), (-6.5, 47, -0.08), (6, 45, 0.07), (17.5, 35, 0.22))
    for out, length, lean in fingers:
        wide = lean * (0.7 + 0.6 * spread)
        middle, tip = (
            at(185 + length * 0.55, out + wide * 24, 78),
            at(185 + length, out + wide * 40, 75),
        )
        reliefs.append(limb(ARM, [at(178, out * 0.9, 72), middle, tip], (8.4, 7.4, 6.0), 8))
    thumb = [at(150, -16, 78), at(176, -37, 82), at(193, -43, 80)]
    reliefs.append(limb(ARM, thumb, (11, 8.6, 6.6), 8))
    height = reliefs[0].height
    for relief in reliefs[1:]:
        height = join(height, relief.height, 5.0)
    alpha = np.maximum.reduce([relief.alpha for relief in reliefs])
    height = np.where(alpha > 0, height, -1e3).astype(np.float32)
    hollow = np.clip(blur(np.maximum(height, 0), 5.0) - height, 0, 8) / 8 * (alpha > 0)
    flesh = mix(np.broadcast_to(SKIN, (*ARM.shape, 3)), KNUCKLE, 0.7 * hollow.astype(np.float32))
    return layer(lit(height, flesh, soft=2.0, skin=1.0), alpha)
