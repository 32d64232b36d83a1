"""Match Color: the subject's white balance and exposure brought towards the plate's light.

A von Kries adaptation (1902): one gain per channel in linear light, the same for the whole clip,
from the light found on the subject to the light found on the plate. Transfers of mean and
deviation (Reinhard et al., 2001) make a shirt take on the colour of a lawn; two lights differ by
far less than two scenes, so only what exceeds the spread of the estimate itself is corrected.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip
from ..clip.operations import check_same_length, map_frames, resize
from ..clip.pull import pull
from ..color import linear_to_srgb, luma, srgb_to_linear
from ..context import Context
from ..errors import InputError
from ..fingerprint import fingerprint
from .illuminant import Light, find_light
from .light import decode, encode

#: Frames of each clip that are looked at.
SAMPLES = 10
#: Longest side of the looked-at frames, in pixels.
SAMPLE_PX = 240
#: Directions in (log red/green, log blue/green): warm to cold, and green to magenta.
WARMTH, TINT = np.array([0.5, -0.866]), np.array([0.866, 0.5])
#: Differences the estimate shows between subjects and the very scenes they stand in (about 1.2,
#: 2.5 and 2.5 standard deviations over real footage); smaller ones are left alone.
SURE_WARMTH, SURE_TINT, SURE_LEVEL = 0.3, 0.2, 1.4
#: Gains stay in this range; the curve that spares highlights needs less than 2.
LEAST_GAIN, MOST_GAIN = 0.3, 1.9


@dataclass(frozen=True)
class ColorMatch:
    """Gains in linear light that bring the subject's light all the way to the plate's.

    Attributes:
        gains: red, green, blue; (1, 1, 1) when the lights agree or cannot be told.
    """

    gains: tuple[float, float, float]

    def at(self, strength: float) -> tuple[float, float, float]:
        """Return the gains for a part of the way."""
        log = strength * np.log(np.array(self.gains))
        red, green, blue = np.exp(log).clip(LEAST_GAIN, MOST_GAIN).tolist()
        return red, green, blue


def match_color(
    foreground: Clip, alpha: Clip, plate: Clip, context: Context, *, strength: float
) -> Clip:
    """Return the foreground with white balance and exposure brought towards the plate's light.

    Looks at a few frames once, then lazy. Where the lights agree within what can be told from
    the pictures, or the subject is too small to tell, the very same clip is returned.

    Args:
        foreground: RGB clip of straight colour.
        alpha: matte, 1 = subject.
        plate: RGB clip, of any size and length.
        context: keeps what was found.
        strength: 0 ... 1, part of the way to go.

    Raises:
        InputError: if the strength is out of range or a clip has the wrong channels.
        ClipMismatchError: if foreground and matte differ in length.
    """
    if not 0 <= strength <= 1:
        raise InputError(f"strength must be between 0 and 1, got {strength}. Use 0 for none.")
    if alpha.format.channels != 1:
        raise InputError(
            f"alpha must be a matte of one channel, got {alpha.format.channels}. "
            "Connect the matte of the subject."
        )
    alpha = resize(alpha, foreground.format.width, foreground.format.height)
    check_same_length([foreground, alpha], "match color")
    if strength == 0:
        return foreground
    gains = find_match(foreground, alpha, plate, context).at(strength)
    if gains == (1.0, 1.0, 1.0):
        return foreground
    bits = foreground.format.bits
    table = None if bits == 32 else _table(gains, bits)

    def matched(_: int, frame: Array) -> Array:
        if table is None:
            return _graded(frame, gains).astype(np.float32)
        if bits == 8:
            return np.asarray(cv2.LUT(frame, table[None]))
        planes = [np.take(table[:, c], frame[..., c]) for c in range(3)]
        return np.asarray(cv2.merge(planes))

    return map_frames(matched, [foreground], "match_color/1", gains)


def find_match(foreground: Clip, alpha: Clip, plate: Clip, context: Context) -> ColorMatch:
    """Return what parts the subject's light from the plate's, over the whole of both clips."""
    marks = [clip.fingerprint for clip in (foreground, alpha, plate)]
    found = context.store.record(
        fingerprint("match_color/2", marks),
        lambda: list(_measured(foreground, alpha, plate, context).gains),
    )
    return ColorMatch((float(found[0]), float(found[1]), float(found[2])))


def _measured(foreground: Clip, alpha: Clip, plate: Clip, context: Context) -> ColorMatch:
    subject = find_light(_pixels(foreground, alpha, context))
    scene = find_light(_pixels(plate, None, context))
    if subject is None or scene is None:
        return ColorMatch((1.0, 1.0, 1.0))
    return compare_lights(subject, scene)


def compare_lights(subject: Light, scene: Light) -> ColorMatch:
    """Return the gains for the part of two lights' difference that is surely a difference."""
    difference = np.array(scene.chroma) - np.array(subject.chroma)
    sure = _beyond(float(difference @ WARMTH), SURE_WARMTH) * WARMTH
    sure = sure + _beyond(float(difference @ TINT), SURE_TINT) * TINT
    level = _beyond(scene.level - subject.level, SURE_LEVEL)
    color = np.exp([sure[0], 0.0, sure[1]])
    red, green, blue = (color / luma(color) * np.exp(level)).tolist()
    return ColorMatch((red, green, blue))


def _beyond(value: float, threshold: float) -> float:
    """Return by how much ``value`` exceeds the threshold, with its sign."""
    return float(np.sign(value)) * max(abs(value) - threshold, 0.0)


def _pixels(clip: Clip, alpha: Clip | None, context: Context) -> Array:
    """Return (N, 3) linear pixels of samples spread over a clip, where it is opaque."""
    found: list[Array] = []
    count = min(SAMPLES, len(clip))
    places = np.linspace(0, len(clip) - 1, count).round().astype(int).tolist()
    frames = pull(clip, places, workers=context.workers, check=context.check)
    for index, frame in zip(places, frames, strict=True):
        picture = _reduced(frame[..., :3])
        linear = decode(picture, clip.format.bits, linear=True)
        if alpha is None:
            found.append(linear.reshape(-1, 3))
        else:
            opaque = _reduced(alpha.frame(index)) > 0.98 * alpha.format.max_value
            found.append(linear[opaque])
    return np.concatenate(found).astype(np.float64)


def _reduced(frame: Array) -> Array:
    scale = min(1.0, SAMPLE_PX / max(frame.shape[:2]))
    size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
    return area_average(frame, size)


def _graded(display: Array, gains: tuple[float, float, float]) -> Array:
    """Return display values with gains in linear light; a gain above 1 spares the highlights.

    Such a gain falls to 1 at white (x g / (1 + (g - 1) x^2)), so nothing clips or takes a tint
    there.
    """
    linear = srgb_to_linear(np.clip(display[..., :3], 0.0, 1.0))
    over = np.maximum(np.array(gains, linear.dtype) - 1.0, 0.0).astype(linear.dtype)
    graded = linear * np.array(gains, linear.dtype) / (1.0 + over * linear**2)
    return linear_to_srgb(graded)


def _table(gains: tuple[float, float, float], bits: int) -> Array:
    """Return the (codes, 3) table of graded native codes."""
    ramp = np.arange(1 << bits) / float((1 << bits) - 1)
    graded = _graded(np.repeat(ramp[:, None], 3, axis=1), gains)
    return np.asarray(encode(graded[None], bits)[0])
