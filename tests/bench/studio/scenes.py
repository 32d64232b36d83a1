"""The places: lists of cards from far to near and the light that belongs to them.

The subject stands near the origin, the ground is y = 0, the camera is at z of about 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from . import paint_indoors as indoors
from . import paint_outdoors as outdoors
from .camera import Camera, View
from .cards import Card, Paint, Picture, paint_card, seen_part
from .light import Light


@dataclass(frozen=True)
class Scene:
    """Cards from far to near, and the light."""

    name: str
    cards: tuple[Card, ...]
    light: Light


@dataclass(frozen=True)
class Stage:
    """A scene painted for one camera and raster, ready to be drawn."""

    scene: Scene
    light: Light
    pictures: tuple[Picture, ...]

    def draw(self, view: View, time_s: float) -> np.ndarray:
        """Return (H, W, 4) float32: linear colour without people, and how far ground is seen."""
        canvas = np.zeros((view.height, view.width, 4), np.float32)
        for picture in self.pictures:
            picture.draw(canvas, view, time_s)
        return canvas

    def gain(self, time_s: float) -> np.ndarray | None:
        """Return the (3,) factor of the scene's light against its first moment, None for 1."""
        if self.light.change == "none":
            return None
        up = np.array([0.0, 0.7, 0.7])
        return self.light.at(time_s).on(up) / self.light.at(0.0).on(up)


def ground(paint: Paint, seed: int, far: float, half: float, near: float = 3.2) -> tuple[Card, ...]:
    """Return the ground as strips: each is painted as finely as its distance needs.

    The next strip covers the last part of each: no gap may show between them.
    """
    edges = [-far, *[z for z in (-60.0, -25.0, -10.0, -4.0, -1.0, 1.0, 2.2) if z > -far], near]
    strips = []
    for back, front in pairwise(edges):
        wide = min(half, 3.6 + 1.4 * (4.2 - back))
        strips.append(
            Card(
                f"ground {back:g}",
                (-wide, 0.0, back),
                (2 * wide, (front - back) * 1.04),
                paint,
                seed,
                down=(0.0, 0.0, 1.0),
                kind="ground",
                offset_m=(100.0 - wide, 200.0 + back),
            )
        )
    return tuple(strips)


def _wall(paint: Paint, seed: int, z: float, half: float, high: float, **more: object) -> Card:
    # The ground is drawn over its foot: no gap may show between them.
    return Card("wall", (-half, high, z), (2 * half, high + 0.12), paint, seed, **more)  # type: ignore


def _sky(seed: int) -> Card:
    return Card("sky", (-500.0, 404.0, -420.0), (1000.0, 420.0), outdoors.sky, seed, glows=True)


def _cutout(name: str, x: float, z: float, w: float, h: float, paint: Paint, seed: int) -> Card:
    return Card(name, (x - w / 2, h - 0.02, z), (w, h), paint, seed, kind="cutout")


def _room() -> Scene:
    left = Card(
        "side wall",
        (-4.1, 4.4, 3.4),
        (8.0, 4.4),
        indoors.plaster,
        2,
        right=(0.0, 0.0, -1.0),
        offset_m=(0.0, -1.2),
    )
    return Scene(
        "room",
        (
            _wall(indoors.plaster, 0, -4.6, 9.0, 4.4, offset_m=(0.0, -1.2)),
            Card("window", (1.7, 2.5, -4.55), (1.2, 1.6), indoors.window, 3, glows=True),
            *ground(indoors.planks, 4, 4.6, 9.0),
            left,
            Card("shelf", (-3.3, 2.1, -4.1), (2.0, 2.1), indoors.shelf, 5),
            Card("chest", (0.2, 0.85, -3.6), (1.3, 0.85), indoors.planks, 6, right=(1.0, 0.0, 0.0)),
        ),
        Light(52.0, 42.0, 4300.0, 0.9, 0.6, (0.30, 0.29, 0.28), (0.17, 0.14, 0.12)),
    )


def _street() -> Scene:
    side = Card(
        "left houses", (-6.5, 9.0, 3.0), (38.0, 9.0), outdoors.facade, 1, right=(0.0, 0.0, -1.0)
    )
    right = Card(
        "right houses", (8.0, 9.0, -35.0), (38.0, 9.0), outdoors.facade, 2, right=(0.0, 0.0, 1.0)
    )
    tram = _cutout("car", 0.0, -16.0, 4.2, 1.45, outdoors.car, 0)
    walker = _cutout("passer", -1.5, -9.0, 0.8, 1.75, outdoors.passer, 1)
    return Scene(
        "street",
        (
            _sky(0),
            _wall(outdoors.facade, 0, -34.0, 14.0, 12.0),
            *ground(outdoors.paving, 3, 34.0, 20.0),
            side,
            right,
            replace(tram, sweep_m=(9.0, 0.0, 0.0), sweep_rad_s=0.7, sweep_phase=-0.8),
            _cutout("tree", -4.2, -13.0, 4.0, 6.0, outdoors.tree, 0),
            replace(walker, sweep_m=(3.2, 0.0, 0.0), sweep_rad_s=0.45),
            _cutout("lamp", 2.6, -5.0, 0.6, 4.0, outdoors.lamp_post, 0),
        ),
        Light(-48.0, 38.0, 5600.0, 0.85, 0.95, (0.30, 0.35, 0.44), (0.17, 0.16, 0.15)),
    )


def _park() -> Scene:
    trees = [(-9, -26, 1), (-3, -22, 2), (5, -24, 0), (11, -20, 1), (-7, -13, 0), (4.6, -11, 2)]
    return Scene(
        "park",
        (
            _sky(0),
            *ground(outdoors.grass, 8, 60.0, 60.0),
            Card("wood", (-40, 7.0, -50), (80, 7.0), outdoors.hedge, 8, kind="cutout"),
            *[_cutout("tree", x, z, 5.0, 7.0, _wide_tree, seed) for x, z, seed in trees],
            _cutout("hedge", -3.6, -5.5, 4.6, 1.5, outdoors.hedge, 3),
            _cutout("hedge", 4.0, -4.2, 3.0, 1.1, outdoors.hedge, 4),
        ),
        Light(35.0, 48.0, 5300.0, 0.8, 0.85, (0.30, 0.36, 0.42), (0.13, 0.17, 0.09)),
    )


def _wide_tree(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    return outdoors.tree(u * np.float32(0.8), v * np.float32(6 / 7), seed)


def _beach() -> Scene:
    return Scene(
        "beach",
        (
            _sky(1),
            Card(
                "sea",
                (-160.0, -0.05, -300.0),
                (320.0, 240.0),
                outdoors.sea,
                2,
                down=(0.0, 0.0, 1.0),
            ),
            Card(
                "surf",
                (-50.0, -0.04, -60.0),
                (100.0, 50.0),
                outdoors.sea,
                2,
                down=(0.0, 0.0, 1.0),
                offset_m=(110.0, 240.0),
            ),
            *ground(outdoors.sand, 6, 11.0, 40.0),
            _cutout("bush", -5.2, -8.0, 3.6, 1.3, outdoors.hedge, 6),
            _cutout("passer", 3.0, -8.0, 0.8, 1.75, outdoors.passer, 0),
        ),
        Light(-118.0, 24.0, 3500.0, 1.1, 0.9, (0.34, 0.32, 0.36), (0.22, 0.18, 0.14)),
    )


def _hall() -> Scene:
    columns = [(-3.6, -3.0), (3.4, -4.5), (-2.6, -7.5), (1.9, -8.5)]
    return Scene(
        "hall",
        (
            _wall(indoors.concrete, 2, -10.0, 18.0, 6.0),
            *[
                Card("window", (x, 3.6, -9.95), (1.2, 1.6), indoors.window, 5, glows=True)
                for x in (-6.0, -3.0, 0.0, 3.0, 6.0)
            ],
            *ground(indoors.tiles, 4, 10.0, 18.0),
            *[
                Card("column", (x - 0.3, 5.0, z), (0.6, 5.0), indoors.concrete, 9)
                for x, z in reversed(columns)
            ],
        ),
        Light(-20.0, 62.0, 7200.0, 0.6, 0.25, (0.42, 0.45, 0.50), (0.20, 0.20, 0.20)),
    )


def _night() -> Scene:
    return Scene(
        "night",
        (
            _sky(2),
            _wall(outdoors.facade, 4, -14.0, 20.0, 11.0, glows=True),
            *ground(outdoors.paving, 5, 14.0, 20.0),
            _cutout("car", -2.5, -8.5, 4.2, 1.45, outdoors.car, 2),
            Card("brick", (3.4, 5.0, -6.0), (6.0, 5.0), indoors.brick, 2),
            _cutout("lamp", 2.6, -4.6, 0.6, 4.0, outdoors.lamp_post, 0),
        ),
        Light(70.0, 46.0, 2700.0, 0.62, 0.8, (0.05, 0.06, 0.11), (0.05, 0.04, 0.04)),
    )


def _yard() -> Scene:
    return Scene(
        "yard",
        (
            _wall(indoors.brick, 1, -3.2, 12.0, 4.5),
            *ground(outdoors.paving, 7, 3.2, 12.0),
            _cutout("hedge", -3.4, -2.6, 2.6, 1.0, outdoors.hedge, 5),
        ),
        Light(-30.0, 52.0, 5000.0, 0.85, 0.7, (0.30, 0.33, 0.38), (0.16, 0.14, 0.13)),
    )


def _screen(name: str, paint: Paint, spill: tuple[float, float, float]) -> Scene:
    low = tuple(0.5 * s for s in spill)
    return Scene(
        name,
        (_wall(paint, 1, -2.6, 9.0, 6.0), *ground(paint, 2, 2.6, 9.0)),
        Light(28.0, 50.0, 5400.0, 0.7, 0.35, spill, low),
    )


_MAKERS: dict[str, Callable[[], Scene]] = {
    "room": _room,
    "street": _street,
    "park": _park,
    "beach": _beach,
    "hall": _hall,
    "night": _night,
    "yard": _yard,
    # The ambient light comes off the cloth: this is the spill on the subject.
    "green": lambda: _screen("green", indoors.green_screen, (0.23, 0.45, 0.23)),
    "blue": lambda: _screen("blue", indoors.blue_screen, (0.23, 0.3, 0.5)),
}

SCENES = tuple(_MAKERS)


@lru_cache(maxsize=16)
def scene(name: str) -> Scene:
    """Return the scene of this name."""
    return _MAKERS[name]()


@lru_cache(maxsize=4)
def stage(
    name: str, light: Light | None, camera: Camera, raster: tuple[int, int], span_s: float
) -> Stage:
    """Return the scene painted for ``span_s`` of a camera, under ``light`` or its own."""
    cv2.setNumThreads(1)
    place = scene(name)
    lamp = light or place.light
    views = [camera.view(t, *raster) for t in np.linspace(0.0, span_s, 9)]
    cards = [seen_part(card, views) for card in place.cards]
    pictures = [
        paint_card(card, views[0], lamp.at(0.0), camera.aperture, camera.focus_m)
        for card in cards
        if card is not None
    ]
    return Stage(place, lamp, tuple(pictures))
