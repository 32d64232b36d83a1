"""Match Color: the subject brought towards the plate, in what should match and not in what differs.

The default is physical: white balance (von Kries, 1902) and exposure in linear light, by as much
as can be believed of the difference between the light on the subject and the light of the plate.
Transfers of whole distributions (Reinhard et al., 2001, and the histogram and MKL methods here)
make a shirt take on the colour of a lawn: they are for who wants that look. Whatever the method,
one change is found from a few frames for the whole clip, so that nothing flickers.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from ...analysis.light.light import LightingInfo
from ...clip.clip import Array, Clip
from ...clip.operations import check_same_length, resize
from ...color import linear_to_srgb
from ...context import Context
from ...errors import InputError
from ...fingerprint import fingerprint
from ...models.library import model_mark, need_model
from .correspondences import FEWEST_PAIRS, FRAMES, MODEL_ID, SIDE_PX, PatchReader, match_patches
from .histogram_match import Curves, match_histograms
from .illuminant import FEWEST_PIXELS, Light, find_light
from .light_difference import Belief, LightMatch, compare_lights
from .lut import cube_of, read_cube, write_cube
from .match_text import left_alone, lights_in_words
from .mkl import LinearMap, match_clouds
from .samples import sample_frames, sample_pixels
from .transfer import PartWay, Transfer, transferred

METHODS = ("light", "histogram", "mkl", "lut", "neural")
#: Steps of an exported table.
EXPORT_STEPS = 33


@dataclass(frozen=True)
class ColorMatch:
    """What is done to the subject, the same in every frame.

    Attributes:
        transfer: the change of colour, or None where the subject is left alone.
        text: what is done, or why nothing is, in words.
        lights: of the methods that compare lights, the difference found.
    """

    transfer: Transfer | None
    text: str
    lights: LightMatch | None = None

    def gains(self, strength: float = 1.0) -> tuple[float, float, float]:
        """Return red, green, blue gains in linear light; ones where no lights were compared."""
        return (1.0, 1.0, 1.0) if self.lights is None else self.lights.gains(strength)


def match_color(
    foreground: Clip,
    alpha: Clip,
    plate: Clip,
    context: Context,
    *,
    strength: float,
    method: str = "light",
    lut: Path | None = None,
    source_lighting: LightingInfo | None = None,
    plate_lighting: LightingInfo | None = None,
) -> Clip:
    """Return the foreground with its colour brought towards the plate's; see :func:`find_match`.

    Looks at a few frames once, then lazy. Where nothing is to be done the very same clip is
    returned.
    """
    match = find_match(
        foreground,
        alpha,
        plate,
        context,
        strength=strength,
        method=method,
        lut=lut,
        source_lighting=source_lighting,
        plate_lighting=plate_lighting,
    )
    return apply_match(foreground, alpha, match)


def apply_match(foreground: Clip, alpha: Clip, match: ColorMatch) -> Clip:
    """Return the foreground with a found match applied, lazy."""
    if match.transfer is None:
        return foreground
    alpha = resize(alpha, foreground.format.width, foreground.format.height)
    return transferred(foreground, alpha, match.transfer, repr(match.transfer), match.text)


def save_match(match: ColorMatch, path: Path) -> None:
    """Write a match as a .cube file for editors; one that leaves alone is the identity.

    Raises:
        MediaError: if it cannot be written.
    """

    def changed(display: Array) -> Array:
        return display if match.transfer is None else match.transfer(display)

    write_cube(path, cube_of(changed, EXPORT_STEPS), "Backlot Match Color")


def find_match(
    foreground: Clip,
    alpha: Clip,
    plate: Clip,
    context: Context,
    *,
    strength: float = 1.0,
    method: str = "light",
    lut: Path | None = None,
    source_lighting: LightingInfo | None = None,
    plate_lighting: LightingInfo | None = None,
) -> ColorMatch:
    """Return what brings the subject towards the plate, over the whole of both clips.

    Args:
        foreground: RGB clip of straight colour.
        alpha: matte, 1 = subject.
        plate: RGB clip, of any size and length.
        context: keeps what was found.
        strength: 0 ... 1, part of the way to go. The methods that compare lights go further where
            they are sure, see :func:`.light_difference.reach`.
        method: ``light``: white balance, exposure and black, from the lights. ``histogram``: each
            channel's histogram. ``mkl``: mean and covariance of the colours. ``lut``: a file.
            ``neural``: white balance and exposure from parts that look alike, by DINOv2.
        lut: the .cube file, for that method.
        source_lighting: light found where the subject was shot, for ``light``.
        plate_lighting: light found in the plate, for ``light``.

    Raises:
        InputError: if the strength, the method or the file cannot be used, or a clip has the wrong
            channels.
        MediaError: if the file cannot be read.
        FinalError: if the method needs a model that is not installed.
        ClipMismatchError: if foreground and matte differ in length.
    """
    _check(strength, method, lut, alpha)
    alpha = resize(alpha, foreground.format.width, foreground.format.height)
    check_same_length([foreground, alpha], "match color")
    if strength == 0:
        return ColorMatch(None, left_alone("the strength is 0"))
    if method == "lut" and lut is not None:
        return _part(read_cube(lut), strength, f"{lut.name} by {strength:.0%}")
    if method == "light":
        seen = _seen_lights(foreground, alpha, plate, context)
        if seen is None:
            return ColorMatch(None, left_alone("too little of the subject or the plate is seen"))
        lights = compare_lights(
            *seen, source_lighting=source_lighting, plate_lighting=plate_lighting
        )
        return _by_lights(lights, strength, "the lights agree as far as can be told")
    if method == "neural":
        return _by_likeness(foreground, alpha, plate, context, strength)
    return _by_colours(foreground, alpha, plate, context, method, strength)


def _part(transfer: Transfer, strength: float, words: str) -> ColorMatch:
    return ColorMatch(PartWay(transfer, strength), f"Match Color: {words}.")


def _by_lights(lights: LightMatch, strength: float, otherwise: str) -> ColorMatch:
    """Return the match for a difference of lights, unless it comes to next to nothing."""
    text = lights_in_words(lights, strength)
    if not text:
        return ColorMatch(None, left_alone(otherwise), lights)
    return ColorMatch(lights.grade(strength), text, lights)


def _seen_lights(
    foreground: Clip, alpha: Clip, plate: Clip, context: Context
) -> tuple[Light, Light] | None:
    """Return the light on the subject and on the plate; None where one cannot be told."""

    def look() -> list[Any]:
        pixels = sample_pixels(foreground, alpha, context), sample_pixels(plate, None, context)
        found = [find_light(seen) for seen in pixels]
        return [None if light is None else astuple(light) for light in found]

    marks = [clip.fingerprint for clip in (foreground, alpha, plate)]
    subject, scene = (
        None if row is None else Light.of(row)
        for row in context.store.record(fingerprint("match_color/7", marks), look)
    )
    return None if subject is None or scene is None else (subject, scene)


def _by_colours(
    foreground: Clip, alpha: Clip, plate: Clip, context: Context, method: str, strength: float
) -> ColorMatch:
    """Return the match of whole distributions."""

    def look() -> Any:
        pixels = sample_pixels(foreground, alpha, context), sample_pixels(plate, None, context)
        if len(pixels[0]) < FEWEST_PIXELS:
            return None
        subject, scene = (linear_to_srgb(part) for part in pixels)
        if method == "histogram":
            return match_histograms(subject, scene).values
        found = match_clouds(subject, scene)
        return [*found.matrix, found.offset]

    marks = [clip.fingerprint for clip in (foreground, alpha, plate)]
    found = context.store.record(fingerprint("match_color/colours/2", method, marks), look)
    if found is None:
        return ColorMatch(None, left_alone("too little of the subject is seen"))
    rows = [tuple(float(value) for value in row) for row in found]
    if method == "histogram":
        return _part(Curves(tuple(rows)), strength, f"histograms matched by {strength:.0%}")
    words = f"the spread of colours matched by {strength:.0%}"
    return _part(LinearMap.of(rows), strength, words)


def _by_likeness(
    foreground: Clip, alpha: Clip, plate: Clip, context: Context, strength: float
) -> ColorMatch:
    folder = need_model(context, MODEL_ID)

    def look() -> list[Any]:
        reader = PatchReader(folder, context.device)
        patches = [
            reader.read(sample_frames(clip, matte, context, count=FRAMES, side_px=SIDE_PX))
            for clip, matte in ((foreground, alpha), (plate, None))
        ]
        lights, count = match_patches(*patches)
        return [count, *(astuple(part) for part in (lights.warmth, lights.tint, lights.level))]

    marks = [clip.fingerprint for clip in (foreground, alpha, plate)]
    key = fingerprint("match_color/neural/1", marks, model_mark(context, folder, MODEL_ID))
    count, *beliefs = context.store.record(key, look)
    warmth, tint, level = (Belief(float(value), float(sure)) for value, sure in beliefs)
    lights = LightMatch(warmth, tint, level)
    few = f"only {count} parts of the subject have their like in the plate"
    agree = f"{count} alike parts say that the lights agree"
    return _by_lights(lights, strength, few if count < FEWEST_PAIRS else agree)


def _check(strength: float, method: str, lut: Path | None, alpha: Clip) -> None:
    if not 0 <= strength <= 1:
        raise InputError(f"strength must be between 0 and 1, got {strength}. Use 0 for none.")
    if method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}, got {method!r}. Choose one.")
    if method == "lut" and lut is None:
        raise InputError("lut must be the path of a .cube file, got nothing. Give one.")
    if alpha.format.channels != 1:
        raise InputError(
            f"alpha must be a matte of one channel, got {alpha.format.channels}. "
            "Connect the matte of the subject."
        )
