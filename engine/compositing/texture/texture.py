"""Match Texture: a plate as soft, as blurred by motion and as grainy as the source's camera draws.

A still that was painted or taken by another camera is sharper and cleaner than the clip it stands
behind; that gives a composite away even where light and colour agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...analysis.camera.motion import CameraMotion
from ...clip.clip import Array, Clip
from ...clip.operations import check_same_length, hold, map_frames
from ...context import Context
from ...errors import InputError
from .grain import Grain
from .grain_layer import GrainLayer
from .lens import Lens
from .measure import MOVES_PX, texture_of
from .shutter import motion_of, motion_px, open_shutter
from .vignette import Vignette, vignette_of

#: Blur is only added where it is this much, pixels, and never more than the most.
LEAST_BLUR_PX, MOST_BLUR_PX = 0.35, 12.0
#: The blur of two clips is told too low by this factor: their sharpest edges count.
TOLD_LOW = 1.3
#: Grain that is this much stronger, and colour so much softer, is still taken for the same.
ALIKE = 1.2
#: The same of colour beside luma: 4:2:0 is about 1, 4:1:1 twice as much.
LEAST_COLOUR_PX, MOST_COLOUR_PX = 0.45, 2.0
#: Most distortion: beyond it a picture is bent over.
MOST_DISTORTION = 0.5
SEED = 1


@dataclass(frozen=True)
class Match:
    """What a plate lacks of a source's texture.

    Attributes:
        grain: to add; None for none.
        blur_px: to add, the standard deviation of a Gaussian; 0 for none.
        colour_px: to blur colour with besides, across and down; 0 for none.
        notes: what was found, in words.
    """

    grain: Grain | None
    blur_px: float
    colour_px: tuple[float, float]
    notes: tuple[str, ...]


def match_texture(
    plate: Clip,
    source: Clip,
    alpha: Clip | None,
    camera: CameraMotion | None,
    context: Context,
    *,
    grain: float,
    softness: float,
    shutter: float,
    vignette: float = 0.0,
    distortion: float = 0.0,
) -> tuple[Clip, tuple[str, ...]]:
    """Return the plate with the source's texture, lazy, and what was found, in words.

    Args:
        plate: RGB, as long as the source, or one frame.
        source: RGB.
        alpha: the subject's matte in the source, so that it is left out; or None.
        camera: of the source, for motion blur and to tell the vignette; or None.
        context: keeps what was found.
        grain: 0 ... 2, strength of the grain.
        softness: 0 ... 1, how far to go in softening the plate and its colour; neither is ever
            sharpened.
        shutter: 0 ... 1, share of the time that the shutter is open.
        vignette: 0 ... 1, strength of the vignette.
        distortion: -0.5 ... 0.5, of the lens; below 0 a barrel, above a cushion.

    Raises:
        InputError: if a number is out of range.
        ClipMismatchError: if the clips differ in length.
    """
    for name, value, most in (("grain", grain, 2), ("softness", softness, 1),
                              ("shutter", shutter, 1), ("vignette", vignette, 1)):  # fmt: skip
        if not 0 <= value <= most:
            raise InputError(f"{name} must be 0 to {most}, got {value}. Use 0 for none.")
    if not -MOST_DISTORTION <= distortion <= MOST_DISTORTION:
        raise InputError(
            f"distortion must be -{MOST_DISTORTION} to {MOST_DISTORTION}, got {distortion}. "
            "Use 0 for none."
        )
    check_same_length([hold(plate, source.format), source], "match texture")
    found = find_match(plate, source, alpha, context, moves=_moves(camera, source))
    shade, said = _shade(source, alpha, camera, context, vignette)
    across, down = (softness * px for px in found.colour_px)
    lens = Lens(softness * found.blur_px, (across, down), shade, vignette, distortion)
    notes = [*found.notes, *said]
    if distortion:
        notes.append(f"distorted by {distortion:+.3f}")
    if not lens.idle:
        fmt = plate.format
        plate = map_frames(lambda _, frame: lens.show(frame[..., :3], fmt), [plate],
                           "match_lens/1", lens, channels=3)  # fmt: skip
    plate = hold(plate, source.format)
    film = _Film(plate, found.grain, grain, camera, shutter)
    if film.idle:
        return plate, tuple(notes)
    marks = found.grain, film.moves, grain, shutter
    done = map_frames(film, [plate], "match_texture/3", *marks, channels=3)
    return done, (*notes, *film.notes)


def _moves(camera: CameraMotion | None, source: Clip) -> bool:
    """Return whether a camera moves enough for texture to look like grain."""
    if camera is None or len(source) < 2:
        return False
    size = (source.format.width, source.format.height)
    ways = [motion_px(motion_of(camera, at, len(source)), size) for at in range(len(source))]
    return bool(np.median(ways) > MOVES_PX)


def _shade(
    source: Clip, alpha: Clip | None, camera: CameraMotion | None, context: Context, strength: float
) -> tuple[Vignette | None, tuple[str, ...]]:
    """Return the source's vignette and what was found; None and nothing where none is wanted."""
    if strength == 0:
        return None, ()
    found, why = vignette_of(source, alpha, camera, context)
    if found is None:
        return None, (f"vignette left alone: {why}",)
    return found, (f"vignette of {found.loss:.0%} in the corners",)


def find_match(
    plate: Clip, source: Clip, alpha: Clip | None, context: Context, *, moves: bool = False
) -> Match:
    """Return what the plate lacks of the source's texture; ``moves``: its camera does."""
    own = texture_of(plate, None, context, moves=moves)
    wanted = texture_of(source, alpha, context, moves=moves)
    scale = plate.format.height / source.format.height
    blur_px, softer = _softer(wanted.blur_px, own.blur_px, scale)
    colour_px, paler = _paler(wanted.colour_px, own.colour_px, scale)
    lacking = _lacking(wanted.grain, own.grain)
    if wanted.grain is None:
        grainier = "grain left alone: nothing in the source shows it alone"
    elif lacking is None:
        grainier = "no grain to add"
    else:
        grainier = f"grain of {float(lacking.sigma[0].mean()) * 255:.1f} codes"
    return Match(lacking, blur_px, colour_px, (softer, paler, grainier))


def _softer(wanted: float | None, own: float | None, scale: float) -> tuple[float, str]:
    """Return the blur that makes ``own`` as soft as ``wanted`` times ``scale``, and a note."""
    if wanted is None or own is None:
        return 0.0, "sharpness left alone: too few edges tell it"
    blur_px = min(TOLD_LOW * _rest(wanted * scale, own), MOST_BLUR_PX)
    if blur_px < LEAST_BLUR_PX:
        return 0.0, "as sharp as the source"
    return blur_px, f"softened by {blur_px:.1f} px"


def _paler(
    wanted: tuple[float, float] | None, own: tuple[float, float] | None, scale: float
) -> tuple[tuple[float, float], str]:
    """Return the same for colour beside luma, across and down, and a note."""
    if wanted is None or own is None:
        return (0.0, 0.0), "colour's sharpness left alone: too few coloured edges tell it"
    across, down = (min(_rest(one * scale, ALIKE * other), MOST_COLOUR_PX)
                    for one, other in zip(wanted, own, strict=True))  # fmt: skip
    if max(across, down) < LEAST_COLOUR_PX:
        return (0.0, 0.0), "colour as sharp as the source's"
    return (across, down), f"colour softened by {across:.1f} px across, {down:.1f} px down"


def _rest(wanted: float, own: float) -> float:
    """Return the blur that is to be added to ``own`` for ``wanted``; 0 for none."""
    return float(max(wanted**2 - own**2, 0.0) ** 0.5)


def _lacking(wanted: Grain | None, own: Grain | None) -> Grain | None:
    """Return the grain that makes ``own`` look like ``wanted``; None for none."""
    if wanted is None or not wanted.visible:
        return None
    there = np.zeros_like(wanted.sigma) if own is None else own.sigma
    left = np.sqrt(np.maximum(np.square(wanted.sigma) - np.square(ALIKE * there), 0))
    grain = Grain(left, wanted.spectrum)
    return grain if grain.visible else None


class _Film:
    """Blurs along the camera's way and draws grain, frame by frame."""

    def __init__(
        self,
        plate: Clip,
        grain: Grain | None,
        strength: float,
        camera: CameraMotion | None,
        shutter: float,
    ) -> None:
        self._bits, self._shutter = plate.format.bits, shutter
        self._size = (plate.format.width, plate.format.height)
        self.moves: list[Array] | None = None
        if camera is not None and shutter > 0 and len(plate) > 1:
            self.moves = [motion_of(camera, index, len(plate)) for index in range(len(plate))]
        self._layer: GrainLayer | None = None
        if grain is not None and strength > 0:
            self._layer = GrainLayer(grain, strength, plate.format, SEED)

    @property
    def idle(self) -> bool:
        return self._layer is None and self.moves is None

    @property
    def notes(self) -> tuple[str, ...]:
        if self.moves is None:
            return ()
        most = max(motion_px(way, self._size) for way in self.moves) * self._shutter
        return (f"motion blur of up to {most:.1f} px",)

    def __call__(self, index: int, frame: Array) -> Array:
        out = np.ascontiguousarray(frame[..., :3])
        if self.moves is not None:
            out = open_shutter(out, self._bits, self.moves[index], self._shutter)
        return out if self._layer is None else self._layer.add(index, out)
