"""One person at one moment from one camera: coverage, and colour under each of two lights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import glass, hair
from .body import SCALP, Person, body
from .camera import View
from .clothes import albedo, wrinkle
from .light import Lit
from .performance import Pose, pose
from .shade import lights, shoulder
from .solids import Solids
from .surface import Surface, screen_boxes, see, window_of
from .umbra import Grid, stopped

_HEADS = 5


@dataclass(frozen=True)
class Moment:
    """A person at a time: pose, solids, glass, and the head's frames from now into the past."""

    person: Person
    time_s: float
    pose: Pose
    solids: Solids
    glass: Solids | None
    heads: np.ndarray


@dataclass(frozen=True)
class Lamp:
    """A light with the map of what people keep it from."""

    lit: Lit
    grid: Grid
    near: np.ndarray


@dataclass(frozen=True)
class Layer:
    """Premultiplied colour (H, W, 3) of a window under each lamp, alpha and hair (H, W)."""

    box: tuple[int, int, int, int]
    colours: list[np.ndarray]
    alpha: np.ndarray
    hair: np.ndarray


def moment(person: Person, time_s: float) -> Moment:
    """Return a person at a time."""
    look, act = person.look, person.act
    now = pose(act, time_s, look.height_m)
    past = [now]
    if look.hair in ("long", "bob", "curly"):
        lags = np.linspace(0, hair.LAG_S, _HEADS)[1:]
        past += [pose(act, time_s - lag, look.height_m) for lag in lags]
    heads = np.stack([p.frames["head"] for p in past])
    # Hair that is carried along steadily hangs straight: it lags turns more than travel.
    heads[:, :, 3] += 0.6 * (heads[:1, :, 3] - heads[:, :, 3])
    return Moment(person, time_s, now, body(now, look), glass.glass(now, look), heads)


def window(now: Moment, view: View) -> tuple[int, int, int, int] | None:
    """Return the pixels that a person with hair and glass may touch; None if out of the frame."""
    boxes = [screen_boxes(now.solids, view)[0]]
    if now.glass is not None:
        boxes.append(glass.boxes(now.glass, view))
    head = view.project(now.heads[0][:, 3])
    reach = int(0.34 * view.focal_px / max(head[2], 0.2)) + 2
    x, y = np.rint(head[:2]).astype(int)
    strands = np.array([[x - reach, y - reach, x + reach, y + int(1.6 * reach)]])
    size = [view.width, view.height] * 2
    boxes.append(strands.clip(0, size))
    return window_of(np.concatenate(boxes), view)


def draw(now: Moment, view: View, lamps: list[Lamp], soft: np.ndarray) -> Layer | None:
    """Draw a person. ``soft`` (2,) in -0.5 ... 0.5 is this sample's place within a lamp's width."""
    box = window(now, view)
    if box is None:
        return None
    hits, seen = see(now.solids, view, box)
    shape = hits.near.shape
    alpha, scalp = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    alpha.ravel()[seen.pixel] = 1.0
    scalp.ravel()[seen.pixel[seen.material == SCALP]] = 1.0
    colours = _body_colours(now, seen, view, lamps, soft, shape)
    layer = Layer(box, colours, alpha, scalp)
    layer = _with_hair(layer, now, view, lamps, hits.near)
    return _with_glass(layer, now, view, lamps, hits.near)


def _body_colours(
    now: Moment,
    seen: Surface,
    view: View,
    lamps: list[Lamp],
    soft: np.ndarray,
    shape: tuple[int, int],
) -> list[np.ndarray]:
    look = now.person.look
    to_eye = view.position.astype(np.float32) - seen.place
    to_eye /= np.linalg.norm(to_eye, axis=1, keepdims=True)
    normal = wrinkle(seen.normal, seen.material, seen.texture, look)
    colour = np.empty_like(seen.place)
    for material in np.unique(seen.material):
        part = seen.material == material
        colour[part] = albedo(int(material), seen.texture[part], look, now.pose)
    out = []
    for lamp in lamps:
        wide = soft * (0.03 + 0.14 * (1 - lamp.lit.hardness))
        dark = stopped(lamp.near, lamp.grid, seen.place, wide)
        scattered, mirrored = lights(normal, to_eye, seen.material, lamp.lit, dark)
        raster = np.zeros((shape[0] * shape[1], 3), np.float32)
        raster[seen.pixel] = shoulder(colour * scattered + mirrored)
        out.append(raster.reshape(*shape, 3))
    return out


def _with_hair(layer: Layer, now: Moment, view: View, lamps: list[Lamp], near: np.ndarray) -> Layer:
    density = np.zeros_like(layer.alpha)
    sums = [np.zeros_like(c) for c in layer.colours]
    centre = now.heads[0][:, 3]
    for strands in hair.grow(now.person.look):
        world = hair.place(strands, now.heads, now.time_s)
        shades = [hair.colours(strands, world, centre, view.position, lamp.lit) for lamp in lamps]
        more, layers = hair.splat(strands, world, shades, view, layer.box, near)
        density += more
        for total, part in zip(sums, layers, strict=True):
            total += part
    cover = 1 - np.exp(-density)
    scale = (cover / np.maximum(density, 1e-9))[..., None]
    left = 1 - cover
    colours = [
        shoulder(total * scale) + colour * left[..., None]
        for total, colour in zip(sums, layer.colours, strict=True)
    ]
    return Layer(layer.box, colours, cover + layer.alpha * left, cover + layer.hair * left)


def _with_glass(
    layer: Layer, now: Moment, view: View, lamps: list[Lamp], near: np.ndarray
) -> Layer:
    if now.glass is None:
        return layer
    lits = [lamp.lit for lamp in lamps]
    cover, reflections = glass.layer(now.glass, view, layer.box, near, lits)
    left = 1 - cover
    colours = [
        reflection + colour * left[..., None]
        for reflection, colour in zip(reflections, layer.colours, strict=True)
    ]
    # Glass carries no hair colour of its own: hair behind it is seen through it.
    return Layer(layer.box, colours, cover + layer.alpha * left, layer.hair * left)
