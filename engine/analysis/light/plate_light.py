"""The light in pictures without a subject: a plate, or footage whose matte is not known."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...clip.clip import Array
from ...color import linear_table, luma
from .ambient import SHINING, Coefficients, sky_and_ground, surround_of
from .hardness import light_hardness
from .illuminant import light_temperature
from .reading import Reading
from .scene_light import SceneLight, read_scene

METHOD = (
    "Direction hinted by the picture's brightest area and fall-off; colour from grey edges and "
    "near-grey surfaces."
)
#: A hint of this confidence is about as far off as a fixed guess; a sure one is this much off.
_WORST_DEG, _BEST_DEG = 57.0, 25.0
#: Grey edges of a picture are never surer than this: what is near to grey may be so by chance.
_AT_BEST = 0.6
#: Frames from which colour and hardness are read, at most.
_PICTURES = 4


def plate_light(frames: Sequence[int], pictures: Sequence[Array], starts: Sequence[int]) -> Reading:
    """Return the light that pictures hint at.

    Args:
        frames: which frames of the clip they are.
        pictures: (H, W, 3) uint8, a few hundred pixels wide.
        starts: first frames in a new light.
    """
    table = linear_table()
    scenes = [read_scene(luma(cv2.LUT(picture, table))) for picture in pictures]
    parts = np.searchsorted(starts, frames, side="right")
    same = np.flatnonzero(parts == np.bincount(parts).argmax())
    chosen = same[np.linspace(0, len(same) - 1, min(len(same), _PICTURES)).round().astype(int)]
    colours, hardness = [], []
    for k in chosen:
        linear = cv2.LUT(pictures[k], table)
        everywhere = np.ones(linear.shape[:2], np.float32)
        colours.append(light_temperature(linear, everywhere))
        inside = cv2.erode(everywhere, np.ones((5, 5), np.uint8), borderValue=0) > 0
        hardness.append(light_hardness(linear, inside, scenes[k].contrast))
    confidence = np.array([scene.sure for scene in scenes])
    mired = float(np.mean([1e6 / kelvin for kelvin, _ in colours]))
    linears = [cv2.LUT(pictures[k], table) for k in chosen]
    return Reading(
        frames=np.asarray(frames),
        directions=np.stack([scene.direction for scene in scenes]),
        sigma_deg=_WORST_DEG - (_WORST_DEG - _BEST_DEG) * confidence,
        confidence=confidence,
        temperature_k=1e6 / mired,
        temperature_confidence=_AT_BEST * float(np.mean([sure for _, sure in colours])),
        intensity=_mean(scenes, "key"),
        contrast=float(np.exp(np.mean([np.log(scene.contrast) for scene in scenes]))),
        hardness=float(np.mean(hardness)),
        ambient=_ambient(linears),
        method=METHOD,
        surround=surround_of(linears, [np.ones(one.shape[:2]) for one in linears]),
    )


def _mean(scenes: Sequence[SceneLight], name: str) -> float:
    return float(np.mean([getattr(scene, name) for scene in scenes]))


def _ambient(pictures: Sequence[Array]) -> Coefficients:
    """Return even light in the colours of the picture's halves, without what shines in it."""
    tops, bottoms = [], []
    for linear in pictures:
        light = luma(linear)
        dim = np.minimum(1.0, np.percentile(light, SHINING) / np.maximum(light, 1e-4))[..., None]
        half = len(linear) // 2
        tops.append((linear * dim)[:half].mean(axis=(0, 1)))
        bottoms.append((linear * dim)[half:].mean(axis=(0, 1)))
    top, bottom = np.mean(tops, axis=0), np.mean(bottoms, axis=0)
    # A picture shows little of what is around: half of the difference may be by chance.
    middle = (top + bottom) / 2
    return sky_and_ground((top + middle) / 2, (bottom + middle) / 2)
