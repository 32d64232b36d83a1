"""From what was found or written about two lights to what can be done about it.

Estimates are drawn toward what is usual by how little they are sure of: a contrast read from an
outline, or a colour read from a picture of a lawn, may be off by half.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...analysis.light.ambient import beyond_chance, chroma, is_measured
from ...analysis.light.light import LightingInfo, followed
from ...analysis.light.light_words import LightWords
from ...analysis.light.temperature import red_blue
from ...color import luma
from .relight_course import Course, course_of
from .relight_shading import WHITE_K, Lamp, usual_fill

#: Contrast of the light on people, as a rule.
_USUAL_CONTRAST = 5.0
#: What is left to do where nothing is known of the light the subject stands in.
_SOURCE_UNKNOWN = 0.85
#: A direction without a word about it: as far from any light as a guess is.
_UNKNOWN_DEG = 57.0
#: Difference of two colours that were guessed, in reciprocal megakelvin, that may be by chance.
_CHANCE_MIRED = 10.0
#: What is less is not worth doing: a part of the way, and reciprocal megakelvin.
_LITTLE, _LITTLE_MIRED = 0.04, 4.0
#: Most of a difference in the warmth of what is around that is followed.
_MOST_AROUND = 1.2
#: Warmth and tint of a screen or a painted backdrop: set apart from
#: the subject and lit by itself, it throws no light.
_SCREEN_WARMTH, _SCREEN_TINT = 1.6, 0.6
#: What is less of a colour around is not worth doing.
_LITTLE_AROUND = 0.1
_GROUND = (0.28209479, 2.0 / 3.0 * 0.48860251)


@dataclass(frozen=True)
class Lamps:
    """The light on the subject and the light it is brought to, at any frame.

    Attributes:
        source: the light it stands in, and its course.
        target: the light it is brought to, and its course.
        certainty: 0 ... 1, how far brightness may follow the direction.
        mired: change of the light's colour, in reciprocal megakelvin.
        around: change of the ambient light's warmth, log(red / blue), by what is around.
    """

    source: Course
    target: Course
    certainty: float
    mired: float
    around: float = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing worth doing."""
        steady = self.source.is_steady and self.target.is_steady
        alike = abs(self.mired) < _LITTLE_MIRED and abs(self.around) < _LITTLE_AROUND
        return steady and self.is_colour_alone and alike

    @property
    def is_colour_alone(self) -> bool:
        """Whether brightness does not follow the direction."""
        return self.certainty < _LITTLE

    def switched(self, switches: Mapping[int, int]) -> Lamps:
        """Return the same with the very frames in which the light on the subject jumps."""
        return replace(self, source=replace(self.source, switches=dict(switches)))

    def at(self, frame: int) -> tuple[Lamp, Lamp]:
        """Return the light on the subject and the one it is brought to."""
        return self.source.at(frame), self.target.at(frame)


def lamps_for(
    source: LightingInfo | None, plate: LightingInfo | None, words: LightWords
) -> Lamps | None:
    """Return the two lights, or None where nothing is known of the one to go to.

    Args:
        source: the light on the subject.
        plate: the light of the plate.
        words: what is written of it, which counts more.
    """
    if plate is None and words.is_empty:
        return None
    before = _unknown() if source is None else _course(source)
    after = replace(before, changes=()) if plate is None else _course(plate)
    if plate is None and words.direction is None:
        # The light stays where it is, and only changes its colour or strength.
        after = before
    else:
        after = _recoloured(after, before, min(_colour_sure(source), _colour_sure(plate)))
    after = _written(after, words)
    around = _around(source, plate, _redder(before, after))
    after = _among(after, around)
    sure = followed(after.lamp.sigma_deg)
    known = followed(before.lamp.sigma_deg) if source is not None else 0.0
    certainty = sure * (_SOURCE_UNKNOWN + (1 - _SOURCE_UNKNOWN) * known)
    if words.intensity is not None:
        # A key whose strength is written is changed even where its place is not known.
        certainty = max(certainty, _SOURCE_UNKNOWN)
    mired = _mired(after.lamp.temperature_k) - _mired(before.lamp.temperature_k)
    return Lamps(before, after, certainty, mired, around)


def _redder(before: Course, after: Course) -> float:
    """Return the change of log(red / blue) from one key light to another."""
    here, there = (red_blue(one.lamp.temperature_k) for one in (before, after))
    return there - here


def _around(source: LightingInfo | None, plate: LightingInfo | None, redder: float) -> float:
    """Return by how much warmer it is around the plate than where the subject stood.

    Nobody knows what is around from one picture, but the two of them tell how it changes: who
    steps from a river bank into a red arcade is lit by its walls. Lawns and leaves are no light:
    green is not followed. Nor is, once more, what the key lights themselves differ by: ``redder``;
    and the surer both lights' colours are, the less is left to be told by what is around.
    """
    if source is None or plate is None or not source.surround or not plate.surround:
        return 0.0
    here, tint = chroma(source.surround)
    if is_measured(plate.ambient) or abs(here) > _SCREEN_WARMTH or abs(tint) > _SCREEN_TINT:
        return 0.0
    change = chroma(plate.surround)[0] - here
    if redder * change > 0.0:
        change = math.copysign(max(abs(change) - abs(redder), 0.0), change)
    elif beyond_chance(redder):
        # The key lights say otherwise.
        return 0.0
    sure = min(source.temperature_confidence, plate.temperature_confidence)
    beyond = min(max(beyond_chance(change), -_MOST_AROUND), _MOST_AROUND)
    return (1.0 - sure * sure) * beyond


def _among(course: Course, around: float) -> Course:
    """Return a light whose ambient part has taken on the warmth of what is around."""
    colour = np.exp([around / 2, 0.0, -around / 2])
    fill = course.lamp.fill * (colour / luma(colour))
    return replace(course, lamp=replace(course.lamp, fill=fill))


def _colour_sure(light: LightingInfo | None) -> float:
    return 0.0 if light is None else light.temperature_confidence


def _recoloured(after: Course, before: Course, sure: float) -> Course:
    """Return a light whose colour differs from the other's by what is no chance."""
    start = _mired(before.lamp.temperature_k)
    change = _mired(after.lamp.temperature_k) - start
    left = max(abs(change) - (1.0 - sure) * _CHANCE_MIRED, 0.0)
    kelvin = 1e6 / (start + math.copysign(left, change))
    return replace(after, lamp=replace(after.lamp, temperature_k=kelvin))


def _written(course: Course, words: LightWords) -> Course:
    lamp = course.lamp
    if words.temperature_k is not None:
        lamp = replace(lamp, temperature_k=words.temperature_k)
    if words.intensity is not None:
        lamp = replace(lamp, key=words.intensity)
    course = replace(course, lamp=lamp)
    return course if words.direction is None else course.turned(words.direction)


def _unknown() -> Course:
    usual = Lamp((0.0, 0.6, 0.8), _UNKNOWN_DEG, WHITE_K, _USUAL_CONTRAST, 0.4, 1.0, usual_fill())
    return Course(usual)


def _course(light: LightingInfo) -> Course:
    trust = 1.0 if is_measured(light.ambient) else light.confidence**2
    mired = _mired(WHITE_K)
    mired += (_mired(light.temperature_k) - mired) * light.temperature_confidence
    lamp = Lamp(
        direction=light.direction,
        sigma_deg=light.direction_sigma_deg,
        temperature_k=1e6 / mired,
        contrast=_USUAL_CONTRAST ** (1 - trust) * max(light.contrast, 1.0) ** trust,
        hardness=light.hardness,
        key=1.0,
        fill=_fill(light.ambient, trust),
    )
    return course_of(light, lamp)


def _fill(ambient: Sequence[Sequence[float]], trust: float) -> np.ndarray:
    """Return the (4, 3) ambient light, as far as it is trusted."""
    usual = usual_fill()
    if len(ambient) < 4:
        return usual
    found = np.asarray(ambient[:4], np.float64) * np.array(_GROUND)[[0, 1, 1, 1], None]
    mean = float(luma(found[0]))
    if mean <= 1e-6:
        return usual
    return np.asarray(usual + trust * (found / mean - usual))


def _mired(kelvin: float) -> float:
    return 1e6 / kelvin
