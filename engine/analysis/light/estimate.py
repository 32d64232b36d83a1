"""Estimating the light: direction, colour, strength and hardness, over time.

Up to 48 frames spread over the clip are looked at, very small, for how strength and colour change;
in up to 12 of them the light is read. With a matte the subject's shading tells the direction,
with its uncertainty, and its colours the temperature; otherwise the picture's bright source and
fall-off hint at the direction, and edges and near-grey surfaces tell the colour.
"""

from __future__ import annotations

import cv2

from ...clip.clip import Array, Clip
from ...context import Context
from ...fingerprint import array_fingerprint
from ..passes import Footage, Look, Question, ask_one
from ..reduced import reduced_size
from .light import LightingInfo, LightSample
from .light_course import light_course
from .light_level import Level, read_level
from .plate_light import plate_light
from .reading import Reading
from .subject_light import subject_light
from .surface import Surface, read_surface

__all__ = ["LIGHTING", "LightSample", "LightingInfo", "estimate_lighting", "lighting_text"]

#: Frames that are looked at, and those of them that are read.
_SAMPLES, _READ = 48, 12
_PIXELS = 320 * 180


def estimate_lighting(clip: Clip, context: Context, *, matte: Clip | None = None) -> LightingInfo:
    """Return the light of a clip, of the subject in it, or of a still; kept in the store.

    Reads up to 48 frames.

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
    """Return up to 48 frames spread evenly over a clip of ``count``."""
    return _spread(count, _SAMPLES)


def _spread(count: int, most: int) -> list[int]:
    """Return up to ``most`` numbers below ``count``, evenly apart."""
    number = min(count, most)
    return [int((index + 0.5) * count / number) for index in range(number)]


class _LightObserver:
    """Looks at frames spread over the clip, and reads the light in some of them."""

    def __init__(self, footage: Footage) -> None:
        self._size = reduced_size(footage.format, _PIXELS)
        self._levels: list[Level] = []
        self._read: list[tuple[int, Array, Array | None, Surface | None]] = []
        self._seen: set[str] = set()
        sampled = sampled_frames(footage.format.frames)
        self._due = {sampled[number] for number in _spread(len(sampled), _READ)}

    def see(self, look: Look) -> None:
        self._levels.append(read_level(look))
        if look.index not in self._due:
            return
        picture, matte = self._reduced(look)
        if self._is_new(picture, matte):
            self._read.append((look.index, picture, matte, read_surface(look)))

    def answer(self) -> LightingInfo:
        return light_course(self._levels, self._reading)

    def _is_new(self, picture: Array, matte: Array | None) -> bool:
        """Return whether a frame says anything new: stills say the same again and again."""
        mark = array_fingerprint(picture)
        mark += "" if matte is None else array_fingerprint(matte)
        new = mark not in self._seen
        self._seen.add(mark)
        return new

    def _reduced(self, look: Look) -> tuple[Array, Array | None]:
        picture = cv2.resize(look.rgb, self._size, interpolation=cv2.INTER_AREA)
        if look.alpha is None:
            return picture, None
        return picture, cv2.resize(look.alpha, self._size, interpolation=cv2.INTER_AREA)

    def _reading(self, starts: list[int]) -> Reading:
        """Return what was read, given the first frames in a new light."""
        surfaces, pictures, mattes = [], [], []
        for _, picture, matte, surface in self._read:
            if matte is not None and surface is not None:
                surfaces.append(surface)
                pictures.append(picture)
                mattes.append(matte)
        if surfaces:
            return subject_light(surfaces, pictures, mattes, starts)
        return plate_light([row[0] for row in self._read], [row[1] for row in self._read], starts)


LIGHTING = Question("estimate-lighting/6", _LightObserver, LightingInfo.from_json, sampled_frames)
