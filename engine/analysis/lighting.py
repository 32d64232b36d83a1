"""Estimating the light: direction, colour, strength and hardness, over time.

A few frames spread over the clip are read small. With a matte the subject's shading tells the
direction, otherwise the picture's bright source and fall-off hint at it; the colour comes from
edges and near-grey surfaces. The curve is smoothed, and the clip's light is its mean weighted by
confidence.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..color import linear_table, luma
from ..context import Context
from ..fingerprint import array_fingerprint
from .hardness import light_hardness
from .illuminant import light_temperature
from .light import LightingInfo, LightSample, shadow_direction
from .passes import Footage, Look, Question, ask_one
from .reduced import reduced_size
from .scene_light import read_scene
from .shading import read_shading

__all__ = ["LIGHTING", "LightSample", "LightingInfo", "estimate_lighting", "lighting_text"]

_SAMPLES = 12
_PIXELS = 320 * 180
_COLOUR_METHOD = "colour from grey edges and near-grey surfaces"
_SHADING_METHOD = "Direction from the shading of the subject's outline"
_SCENE_METHOD = "Direction hinted by the picture's brightest area and fall-off"


def estimate_lighting(clip: Clip, context: Context, *, matte: Clip | None = None) -> LightingInfo:
    """Return the light of a clip, of the subject in it, or of a still; kept in the store.

    Reads about twelve frames.

    Args:
        clip: footage, or a plate (a still clip).
        context: store, progress and cancel.
        matte: one channel, 1 is the subject whose light is asked for.

    Raises:
        ClipMismatchError: if the matte has another length or size than the clip.
        Cancelled: if the host asked to stop.
    """
    return ask_one(clip, context, LIGHTING, matte=matte, message="Reading the light")


def lighting_text(light: LightingInfo) -> str:
    """Return the light in words."""
    return light.to_text()


def sampled_frames(count: int) -> list[int]:
    """Return up to twelve frames spread evenly over a clip of ``count``."""
    number = min(count, _SAMPLES)
    return [int((index + 0.5) * count / number) for index in range(number)]


class _LightObserver:
    """Reads the light of a few frames spread over the clip."""

    def __init__(self, footage: Footage) -> None:
        self._size = reduced_size(footage.format, _PIXELS)
        self._known: dict[str, tuple[LightSample, str]] = {}
        self._samples: list[LightSample] = []
        self._methods: list[str] = []

    def see(self, look: Look) -> None:
        picture = cv2.resize(look.rgb, self._size, interpolation=cv2.INTER_AREA)
        alpha = look.alpha
        if alpha is not None:
            alpha = cv2.resize(alpha, self._size, interpolation=cv2.INTER_AREA)
        mark = array_fingerprint(picture) + ("" if alpha is None else array_fingerprint(alpha))
        if mark not in self._known:
            self._known[mark] = _read(look.index, picture, alpha)
        sample, method = self._known[mark]
        self._samples.append(sample._replace(frame=look.index))
        self._methods.append(method)

    def answer(self) -> LightingInfo:
        return _summary(self._samples, max(set(self._methods), key=self._methods.count))


LIGHTING = Question("estimate-lighting/3", _LightObserver, LightingInfo.from_json, sampled_frames)


def _read(frame: int, picture: Array, alpha: Array | None) -> tuple[LightSample, str]:
    """Return the light of one reduced 8-bit frame, and how its direction was found."""
    linear = cv2.LUT(picture, linear_table())
    cover = np.ones(picture.shape[:2], np.float32)
    if alpha is not None:
        cover = alpha.astype(np.float32) / 255.0
    shading = None if alpha is None else read_shading(linear, cover)
    if shading is not None:
        direction, contrast, key = shading.direction, shading.contrast, shading.key
        sure, method = float(np.clip(0.15 + shading.explained, 0.0, 1.0)), _SHADING_METHOD
    else:
        scene = read_scene(luma(linear))
        direction, contrast, key = scene.direction, scene.contrast, scene.key
        sure, method = scene.sure, _SCENE_METHOD
    weight = np.ones_like(cover) if alpha is None else 0.3 + 0.7 * cover
    kelvin, _ = light_temperature(linear, weight)
    inside = cv2.erode((cover > 0.5).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    hardness = light_hardness(linear, inside, contrast)
    x, y, z = (float(value) for value in direction)
    sample = LightSample(frame, (x, y, z), kelvin, float(key), contrast, hardness, sure)
    return sample, f"{method}; {_COLOUR_METHOD}."


def _summary(samples: list[LightSample], method: str) -> LightingInfo:
    weights = np.array([sample.confidence for sample in samples]) + 1e-3
    values = np.array(
        [
            [*s.direction, 1e6 / s.temperature_k, s.intensity, np.log(s.contrast), s.hardness]
            for s in samples
        ]
    )
    smooth = _smoothed(values, weights)
    curve = tuple(
        _sample(sample.frame, row, sample.confidence)
        for sample, row in zip(samples, smooth, strict=True)
    )
    mean = np.average(values, axis=0, weights=weights)
    agree = float(np.linalg.norm(mean[:3]))
    whole = _sample(0, mean, float(np.average(weights - 1e-3, weights=weights)) * agree)
    return LightingInfo(
        direction=whole.direction,
        temperature_k=whole.temperature_k,
        intensity=whole.intensity,
        contrast=whole.contrast,
        hardness=whole.hardness,
        shadow_direction=shadow_direction(whole.direction),
        confidence=whole.confidence,
        method=method,
        curve=curve,
    )


def _sample(frame: int, row: Array, confidence: float) -> LightSample:
    """Return a sample of (7,) direction, mired, intensity, log contrast, hardness."""
    x, y, z = (float(v) for v in row[:3] / max(float(np.linalg.norm(row[:3])), 1e-6))
    return LightSample(
        frame,
        (x, y, z),
        float(1e6 / row[3]),
        float(row[4]),
        float(np.exp(row[5])),
        float(row[6]),
        confidence,
    )


def _smoothed(values: Array, weights: Array) -> Array:
    """Return (T, K) rows averaged with their neighbours, sure ones counting more."""
    index = np.arange(len(values))
    kernel = np.exp(-0.5 * np.square((index[:, None] - index[None, :]) / 1.2)) * weights[None, :]
    return np.asarray(kernel @ values / kernel.sum(axis=1, keepdims=True))
