"""How far two lights differ, and how much of that difference can be believed.

Subjects differ from the scenes they stand in for many reasons that are not light: clothes, skin,
what lies around. Over real footage the colour of a person's highlights, compared with the scene's
grey surfaces, still scatters as given below, and no brightness of a scene tells how bright the
people in it are. So each difference is weighed by Bayes' rule between two causes: that scatter,
with lights that agree, and a real difference on top of it. The scatter has Student's heavy tails: a
dress can be of any colour, and a light cannot, so that the largest differences are not the surest.
What would leave nothing grey on a person, and no skin, is unlikely, too. What is returned is the
difference that is to be expected, and how likely there is one at all.

Where both lights have been estimated with some confidence, their temperatures say the rest. Their
intensities do not: they are luminances of a shirt and of a wall, and nothing says which is paler.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...analysis.light.light import LightingInfo, followed
from ...analysis.light.temperature import red_blue
from ...color import linear_to_srgb, luma
from .illuminant import Light
from .transfer import Grade

#: Share of composites whose lights agree, before anything is seen.
AGREE = 0.62
#: Degrees of freedom of the scatter.
FREEDOM = 5.0
#: What the share of grey and skin counts, as a power of its change; what is added to the shares.
FAMILIAR_POWER, FAMILIAR_LEAST = 0.7, 0.02
#: Part of the colour that a scene's grey surfaces seem to have that is its light's.
SCENE_SHARE = 0.5
#: Tint, in standard deviations of real differences, from which on it is hardly a light's.
OFF_LOCUS = 2.0
#: Pixels of a subject that are so few that its scatter is doubled in variance.
FEW_PIXELS = 3000.0
#: Differences less likely than the first are left alone; from the second on all of one counts.
DOUBTFUL, LIKELY = 0.5, 0.8
#: How far beyond the asked-for strength a sure difference is followed.
SURE_POWER = 2.5
#: Gains stay in this range: more than that would show the noise.
LEAST_GAIN, MOST_GAIN = 0.3, 3.0
#: Log luminance of the highlights of people in photographs that are well exposed.
USUAL_WHITE = -0.88
#: Display luma of their darkest parts. Where these are lifted the picture is flat: how much of a
#: log luminance that speaks against a dim light.
USUAL_BLACK, BLACK_WEIGHT = 0.06, 1.3
#: A subject is not taken for bright until its highlights are this far above those of the plate.
ABOVE_PLATE = 1.6
#: How far a usual light comes from the front, and the part of what a light from behind takes from a
#: subject that its brightest parts lose: its rim is lit.
USUAL_FRONT, RIM = 0.65, 0.6
#: Part of a difference in the key lights' colour that is seen on a subject: the ambient light
#: fills in.
KEY_SHARE = 0.35
#: Confidence of a temperature below which it is not used.
LEAST_CONFIDENCE = 0.25
#: Display luma of the darkest parts of a subject from which on its black is lifted by haze.
LIFTED_BLACK, MOST_BLACK = 0.17, 0.15
#: Strongest colour, in display values, of pictures that are black and white, and the least they
#: reach from black to white: a white wall is no such picture.
COLOURLESS, TONES = 0.012, 0.3


@dataclass(frozen=True)
class Axis:
    """One way in which a subject's light is told from its highlights and the scene's greys.

    Attributes:
        usual: what is measured where the lights agree.
        response: what is measured of a difference of 1.
        spread: standard deviation where the lights agree, in units of the difference.
        real: standard deviation of real differences.
    """

    usual: float
    response: float
    spread: float
    real: float

    def difference(self, measured: float) -> float:
        """Return the difference that was measured."""
        return (measured - self.usual) / self.response


#: log(red / blue), log(green^2 / (red blue)) / 2 and log luminance, over real footage of people.
WARMTH = Axis(usual=0.17, response=0.79, spread=0.33, real=0.65)
TINT = Axis(usual=-0.058, response=0.58, spread=0.075, real=0.14)
LEVEL = Axis(usual=0.0, response=0.85, spread=0.38, real=1.0)
#: How the tint is told: from the highlights, and from the greys.
TINT_WEIGHTS = (0.45, 0.55)


@dataclass(frozen=True)
class Belief:
    """A difference that is to be expected, and how likely there is one, 0 ... 1."""

    value: float
    sure: float


NOTHING = Belief(0.0, 0.0)


@dataclass(frozen=True)
class LightMatch:
    """What brings the subject's light all the way to the plate's.

    Attributes:
        warmth: log(red / blue) to add.
        tint: log green against red and blue to add.
        level: log luminance to add.
        black: display value that lies on the subject's black like haze.
        saturation: factor; below 1 where the plate has next to no colour.
    """

    warmth: Belief = NOTHING
    tint: Belief = NOTHING
    level: Belief = NOTHING
    black: float = 0.0
    saturation: float = 1.0

    def gains(self, strength: float = 1.0) -> tuple[float, float, float]:
        """Return red, green, blue gains in linear light for a part of the way."""
        warmth, tint, level = (
            reach(strength, part.sure) * part.value for part in (self.warmth, self.tint, self.level)
        )
        colour = np.exp([warmth / 2 - tint / 2, tint / 2, -warmth / 2 - tint / 2])
        colour = colour / luma(colour)
        # What cannot be lifted in one channel is not lifted in the others, which would tint it.
        most = max(MOST_GAIN / float(colour.max()), 1.0)
        gains = colour * min(math.exp(level), most)
        red, green, blue = gains.clip(LEAST_GAIN, MOST_GAIN).tolist()
        return float(red), float(green), float(blue)

    def grade(self, strength: float) -> Grade:
        """Return what is done to the subject for a part of the way."""
        paler = reach(strength, 1.0) * (1.0 - self.saturation)
        return Grade(self.gains(strength), strength * self.black, 1.0 - paler)


def reach(strength: float, sure: float) -> float:
    """Return the part of the way that is gone: ``strength``, and further where it is sure."""
    return float(1.0 - (1.0 - strength) ** (1.0 + SURE_POWER * sure))


def compare_lights(
    subject: Light,
    scene: Light,
    *,
    source_lighting: LightingInfo | None = None,
    plate_lighting: LightingInfo | None = None,
) -> LightMatch:
    """Return the part of two lights' difference that can be believed.

    Args:
        subject: the light on the subject's pixels.
        scene: the light on the plate's.
        source_lighting: light found where the subject was shot, if any.
        plate_lighting: light found in the plate.
    """
    scene = _balanced(scene)
    warmth = -WARMTH.difference(subject.white[0] - subject.white[2] - _warmth(scene))
    by_white = subject.white[1] - (subject.white[0] + subject.white[2]) / 2
    by_grey = _tint(subject)
    seen = TINT_WEIGHTS[0] * by_white + TINT_WEIGHTS[1] * by_grey
    tint = -TINT.difference(seen - _tint(scene))
    usual = min(USUAL_WHITE, scene.level + ABOVE_PLATE) + _backlit(source_lighting)
    flat = BLACK_WEIGHT * (subject.black - USUAL_BLACK)
    level = -LEVEL.difference(subject.level + flat - usual)
    few = math.sqrt(1.0 + FEW_PIXELS / subject.pixels)
    # Lights lie near the daylight locus; a colour that is far from it is that of clothes.
    likely = math.exp(-0.5 * max(abs(tint) / TINT.real - OFF_LOCUS, 0.0) ** 2)
    seen_warmth = weighed(
        warmth,
        few * WARMTH.spread,
        WARMTH.real,
        lambda value: likely * _familiar(subject, scene, value),
    )
    return LightMatch(
        warmth=_told(seen_warmth, source_lighting, plate_lighting),
        tint=weighed(tint, few * TINT.spread, TINT.real, lambda _: likely),
        level=weighed(level, few * LEVEL.spread, LEVEL.real),
        black=_lifted(subject.black, scene.black),
        saturation=_saturation(scene),
    )


def _backlit(source: LightingInfo | None) -> float:
    """Return how much darker, in log luminance, a subject is for the light that is behind it.

    That is no exposure that is short: bringing the light to the front is relighting.
    """
    if source is None:
        return 0.0
    fill = 1.0 / max(source.contrast, 1.0)
    front, usual = (
        fill + (1.0 - fill) * max(part, 0.0) for part in (source.direction[2], USUAL_FRONT)
    )
    return RIM * followed(source.direction_sigma_deg) * min(math.log(front / usual), 0.0)


def _warmth(light: Light) -> float:
    return light.chroma[0] - light.chroma[1]


def _balanced(scene: Light) -> Light:
    """Return a scene's light, nearer to white: cameras have balanced it, and lawns are no light."""
    red, blue = (SCENE_SHARE * part for part in scene.chroma)
    return replace(scene, chroma=(red, blue))


def _tint(light: Light) -> float:
    return -(light.chroma[0] + light.chroma[1]) / 2


def _told(seen: Belief, source: LightingInfo | None, plate: LightingInfo | None) -> Belief:
    """Return a difference in warmth to which two estimated lights add what pixels do not tell."""
    if source is None or plate is None:
        return seen
    confidence = min(source.temperature_confidence, plate.temperature_confidence)
    if confidence < LEAST_CONFIDENCE:
        return seen
    key = KEY_SHARE * (red_blue(plate.temperature_k) - red_blue(source.temperature_k))
    return Belief(seen.value + (1.0 - seen.sure) * key, max(seen.sure, confidence))


def _familiar(subject: Light, scene: Light, warmth: float) -> float:
    """Return how much likelier people look what they do once this warmth is added."""
    here = _warmth(scene)
    after, before = (subject.familiar_in(here - part) + FAMILIAR_LEAST for part in (warmth, 0.0))
    return float((after / before) ** FAMILIAR_POWER)


def weighed(
    value: float,
    spread: float,
    real: float,
    likelier: Callable[[float], float] = lambda _: 1.0,
) -> Belief:
    """Return what is to be expected of a difference.

    Args:
        value: what was measured of it.
        spread: of what is measured where the lights agree.
        real: spread of real differences.
        likelier: of a difference, how much likelier other evidence makes it than none.
    """
    wide = math.hypot(spread, real)
    expected = value * real**2 / wide**2
    agree = AGREE * _student(value / spread) / spread
    differ = (1.0 - AGREE) * _normal(value / wide) / wide * likelier(expected)
    sure = differ / max(agree + differ, 1e-12)
    counts = min(max((sure - DOUBTFUL) / (LIKELY - DOUBTFUL), 0.0), 1.0)
    return Belief(counts * expected, sure * counts)


def _student(value: float) -> float:
    """Return the density of Student's distribution with FREEDOM degrees."""
    half = (FREEDOM + 1.0) / 2.0
    scale = math.gamma(half) / (math.gamma(FREEDOM / 2.0) * math.sqrt(FREEDOM * math.pi))
    return float(scale * (1.0 + value**2 / FREEDOM) ** -half)


def _normal(value: float) -> float:
    return math.exp(-0.5 * value**2) / math.sqrt(2.0 * math.pi)


def _saturation(scene: Light) -> float:
    """Return the part of its colour that a subject keeps: none in a black-and-white picture."""
    tones = float(linear_to_srgb(np.exp(scene.level))) - scene.black
    return min(scene.colour / COLOURLESS, 1.0) if tones > TONES else 1.0


def _lifted(subject: float, scene: float) -> float:
    """Return the display value of the haze on a subject's black that the plate has not."""
    return min(max(subject - max(LIFTED_BLACK, scene), 0.0), MOST_BLACK)
