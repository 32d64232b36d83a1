"""One frame with everything that is true of it.

People are drawn several times, each at its own moment of the shutter and place in the pixel, and
averaged in linear light; so is the scene. What the camera sees is then put together from the
averages, which is what makes the law of the package hold exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .camera import View
from .case import Case
from .color import encode_srgb
from .people import Lamp, Moment, draw, moment
from .sampling import samples
from .scenes import Stage, stage
from .solids import Solids
from .umbra import bins, grid_for, ground_shadow, light_map


@dataclass(frozen=True)
class Frame:
    """Display-referred pictures (H, W, 3) and linear factors (H, W), float32 in 0 ... 1.

    ``alphas`` is (P, H, W), one for each person where there are several.
    """

    clean: np.ndarray
    plate: np.ndarray
    foreground: np.ndarray
    answer: np.ndarray
    answer_plate: np.ndarray
    alpha: np.ndarray
    hair: np.ndarray
    shadow: np.ndarray
    answer_shadow: np.ndarray
    alphas: np.ndarray


@dataclass(frozen=True)
class _Sum:
    """Running sums of people over the samples of a frame."""

    source: np.ndarray
    answer: np.ndarray
    alphas: np.ndarray
    hair: np.ndarray


def stages(case: Case, frame: int) -> tuple[Stage, Stage]:
    """Return the scene and the answer's scene of a frame, painted."""
    camera, raster = case.camera_of(frame), (case.width, case.height)
    span_s = case.time_s(case.frames)
    return (
        stage(case.scene_of(frame), case.light, camera, raster, span_s),
        stage(case.answer_scene, case.answer_light, camera, raster, span_s),
    )


def render(case: Case, index: int) -> Frame:
    """Render one frame."""
    source, answer = stages(case, index)
    camera, fps = case.camera_of(index), float(case.fps)
    time_s = case.time_s(index)
    spread = samples(case.samples)
    times = time_s + spread[:, 2] * camera.shutter / fps
    views = [
        camera.view(t, case.width, case.height, (float(x), float(y)))
        for t, (x, y, _) in zip(times, spread, strict=True)
    ]
    casts = [[moment(person, t) for person in case.people] for t in times]
    middle = camera.view(time_s, case.width, case.height)
    total, shadows = _people(case, casts, views, spread, [source, answer], time_s, middle)
    plates = [_plate(scene, views, times) for scene in (source, answer)]
    return _compose(total, plates, shadows, len(times))


def _people(
    case: Case,
    casts: list[list[Moment]],
    views: list[View],
    spread: np.ndarray,
    scenes: list[Stage],
    time_s: float,
    middle: View,
) -> tuple[_Sum, list[np.ndarray]]:
    """Return the sums over all samples, and each scene's shadow on open ground."""
    size, count = (case.height, case.width), len(case.people)
    total = _Sum(
        np.zeros((*size, 3), np.float32), np.zeros((*size, 3), np.float32),
        np.zeros((count, *size), np.float32), np.zeros(size, np.float32),
    )  # fmt: skip
    lits = [scene.light.at(time_s) for scene in scenes]
    grids = [grid_for([m.solids for cast in casts for m in cast], lit) for lit in lits]
    coverage = [np.zeros((grid.rows, grid.columns, 4), np.float32) for grid in grids]
    lamps: list[Lamp] = []
    for number, (cast, view, place) in enumerate(zip(casts, views, spread, strict=True)):
        if number % 2 == 0:
            # Shadows move little between two samples, and a map costs as much as a picture.
            solids = joined([m.solids for m in cast])
            lamps = [Lamp(b, g, light_map(solids, g)) for b, g in zip(lits, grids, strict=True)]
            for sums, lamp in zip(coverage, lamps, strict=True):
                sums += bins(lamp.near, lamp.grid.direction)
        _add_sample(total, cast, view, lamps, place[[1, 0]])
    shadows = [
        ground_shadow(sums / np.ceil(len(casts) / 2), grid, lit, middle)
        for sums, grid, lit in zip(coverage, grids, lits, strict=True)
    ]
    return total, shadows


def joined(parts: list[Solids]) -> Solids:
    """Return several people's solids as one list."""
    names = Solids.__dataclass_fields__
    return Solids(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def _add_sample(
    total: _Sum, cast: list[Moment], view: View, lamps: list[Lamp], soft: np.ndarray
) -> None:
    """Draw people from far to near; the nearer covers the farther."""
    far_first = sorted(range(len(cast)), key=lambda k: -_distance(cast[k], view))
    layers = [(k, draw(cast[k], view, lamps, soft)) for k in far_first]
    shown = [(k, layer) for k, layer in layers if layer is not None]
    for place, (k, layer) in enumerate(shown):
        x0, y0, x1, y1 = layer.box
        seen = np.ones_like(layer.alpha)
        for _, nearer in shown[place + 1 :]:
            _cover(seen, layer.box, nearer.alpha, nearer.box)
        window = np.s_[y0:y1, x0:x1]
        total.source[window] += layer.colours[0] * seen[..., None]
        total.answer[window] += layer.colours[1] * seen[..., None]
        total.alphas[k][window] += layer.alpha * seen
        total.hair[window] += layer.hair * seen


def _cover(
    seen: np.ndarray, box: tuple[int, ...], alpha: np.ndarray, other: tuple[int, ...]
) -> None:
    """Dim ``seen`` in window ``box`` where a layer in window ``other`` lies over it."""
    x0, y0 = max(box[0], other[0]), max(box[1], other[1])
    x1, y1 = min(box[2], other[2]), min(box[3], other[3])
    if x1 > x0 and y1 > y0:
        over = alpha[y0 - other[1] : y1 - other[1], x0 - other[0] : x1 - other[0]]
        seen[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]] *= 1 - over


def _distance(now: Moment, view: View) -> float:
    return float(view.project(now.pose.frames["hips"][:, 3])[2])


def _plate(scene: Stage, views: list[View], times: np.ndarray) -> np.ndarray:
    """Return (H, W, 4): the scene's linear colour, and how far open ground is seen."""
    canvas = scene.draw(views[0], float(times[0]))
    for view, time_s in zip(views[1:], times[1:], strict=True):
        canvas += scene.draw(view, float(time_s))
    canvas /= len(views)
    gain = scene.gain(float(np.mean(times)))
    if gain is not None:
        canvas[..., :3] = np.clip(canvas[..., :3] * gain, 0, 1)
    return canvas


def _compose(total: _Sum, plates: list[np.ndarray], shadows: list[np.ndarray], count: int) -> Frame:
    alphas = np.clip(total.alphas / count, 0, 1)
    alpha = np.clip(alphas.sum(0), 0, 1)
    hair = np.minimum(np.clip(total.hair / count, 0, 1), alpha)
    under = np.maximum(alpha, 1e-6)[..., None]
    fores, comps, factors = [], [], []
    for colour, plate, shadow in zip((total.source, total.answer), plates, shadows, strict=True):
        straight = np.clip(colour / count / under, 0, 1) * (alpha > 0)[..., None]
        factor = np.clip(1 - (1 - shadow) * plate[..., 3], 0, 1)
        linear = alpha[..., None] * straight
        linear = linear + (1 - alpha)[..., None] * plate[..., :3] * factor[..., None]
        fores.append(encode_srgb(straight))
        comps.append(encode_srgb(linear))
        factors.append(factor)
    return Frame(
        comps[0], encode_srgb(plates[0][..., :3]), fores[0], comps[1],
        encode_srgb(plates[1][..., :3]), alpha, hair, factors[0], factors[1], alphas,
    )  # fmt: skip
