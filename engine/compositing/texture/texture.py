"""Match Texture: a plate as soft, as blurred by motion and as grainy as the source's camera draws.

A still that was painted or taken by another camera is sharper and cleaner than the clip it stands
behind; that gives a composite away even where light and colour agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...analysis.camera.motion import CameraMotion
from ...clip.clip import Array, Clip
from ...clip.operations import check_same_length, hold, map_frames
from ...context import Context
from ...errors import InputError
from ..light import decode, encode
from .grain import Grain
from .grain_layer import GrainLayer
from .measure import MOVES_PX, texture_of
from .shutter import motion_of, motion_px, open_shutter

#: Blur is only added where it is this much, pixels, and never more than the most.
LEAST_BLUR_PX, MOST_BLUR_PX = 0.35, 12.0
#: The blur of two clips is told too low by this factor: their sharpest edges count.
TOLD_LOW = 1.3
#: Grain that is this much stronger is still taken for the same.
ALIKE = 1.2
#: From this on blur is a lens's disc.
DISC_PX = 1.5
SEED = 1


@dataclass(frozen=True)
class Match:
    """What a plate lacks of a source's texture.

    Attributes:
        grain: to add; None for none.
        blur_px: to add, the standard deviation of a Gaussian; 0 for none.
        notes: what was found, in words.
    """

    grain: Grain | None
    blur_px: float
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
) -> tuple[Clip, tuple[str, ...]]:
    """Return the plate with the source's texture, lazy, and what was found, in words.

    Args:
        plate: RGB, as long as the source, or one frame.
        source: RGB.
        alpha: the subject's matte in the source, so that it is left out; or None.
        camera: of the source, for motion blur; or None.
        context: keeps what was found.
        grain: 0 ... 2, strength of the grain.
        softness: 0 ... 1, how far to go in softening the plate; it is never sharpened.
        shutter: 0 ... 1, share of the time that the shutter is open.

    Raises:
        InputError: if a number is out of range.
        ClipMismatchError: if the clips differ in length.
    """
    for name, value, most in (("grain", grain, 2), ("softness", softness, 1),
                              ("shutter", shutter, 1)):  # fmt: skip
        if not 0 <= value <= most:
            raise InputError(f"{name} must be 0 to {most}, got {value}. Use 0 for none.")
    held = hold(plate, source.format)
    check_same_length([held, source], "match texture")
    found = find_match(plate, source, alpha, context, moves=_moves(camera, source))
    plate = held
    blur_px = softness * found.blur_px
    worker = _Worker(plate, found.grain, grain, blur_px, camera, shutter)
    if worker.idle:
        return plate, found.notes
    marks = found.grain, worker.moves, grain, blur_px, shutter
    done = map_frames(worker, [plate], "match_texture/2", *marks)
    return done, (*found.notes, *worker.notes)


def _moves(camera: CameraMotion | None, source: Clip) -> bool:
    """Return whether a camera moves enough for texture to look like grain."""
    if camera is None or len(source) < 2:
        return False
    size = (source.format.width, source.format.height)
    ways = [motion_px(motion_of(camera, at, len(source)), size) for at in range(len(source))]
    return bool(np.median(ways) > MOVES_PX)


def find_match(
    plate: Clip, source: Clip, alpha: Clip | None, context: Context, *, moves: bool = False
) -> Match:
    """Return what the plate lacks of the source's texture; ``moves``: its camera does."""
    own = texture_of(plate, None, context, moves=moves)
    wanted = texture_of(source, alpha, context, moves=moves)
    notes = []
    blur_px = 0.0
    if wanted.blur_px is None or own.blur_px is None:
        notes.append("sharpness left alone: too few edges tell it")
    else:
        scale = plate.format.height / source.format.height
        more = (wanted.blur_px * scale) ** 2 - own.blur_px**2
        blur_px = min(TOLD_LOW * max(more, 0.0) ** 0.5, MOST_BLUR_PX)
        if blur_px < LEAST_BLUR_PX:
            blur_px = 0.0
            notes.append("as sharp as the source")
        else:
            notes.append(f"softened by {blur_px:.1f} px")
    lacking = _lacking(wanted.grain, own.grain)
    if wanted.grain is None:
        notes.append("grain left alone: nothing in the source shows it alone")
    elif lacking is None:
        notes.append("no grain to add")
    else:
        notes.append(f"grain of {float(lacking.sigma[0].mean()) * 255:.1f} codes")
    return Match(lacking, blur_px, tuple(notes))


def _lacking(wanted: Grain | None, own: Grain | None) -> Grain | None:
    """Return the grain that makes ``own`` look like ``wanted``; None for none."""
    if wanted is None or not wanted.visible:
        return None
    there = np.zeros_like(wanted.sigma) if own is None else own.sigma
    left = np.sqrt(np.maximum(np.square(wanted.sigma) - np.square(ALIKE * there), 0))
    grain = Grain(left, wanted.spectrum)
    return grain if grain.visible else None


class _Worker:
    """Softens, blurs along the camera's way and draws grain, frame by frame."""

    def __init__(
        self,
        plate: Clip,
        grain: Grain | None,
        strength: float,
        blur_px: float,
        camera: CameraMotion | None,
        shutter: float,
    ) -> None:
        self._bits, self._blur_px, self._shutter = plate.format.bits, blur_px, shutter
        self._size = (plate.format.width, plate.format.height)
        self.moves: list[Array] | None = None
        if camera is not None and shutter > 0 and len(plate) > 1:
            self.moves = [motion_of(camera, index, len(plate)) for index in range(len(plate))]
        self._layer: GrainLayer | None = None
        if grain is not None and strength > 0:
            self._layer = GrainLayer(grain, strength, plate.format, SEED)

    @property
    def idle(self) -> bool:
        return self._layer is None and self._blur_px <= 0 and self.moves is None

    @property
    def notes(self) -> tuple[str, ...]:
        if self.moves is None:
            return ()
        most = max(motion_px(way, self._size) for way in self.moves) * self._shutter
        return (f"motion blur of up to {most:.1f} px",)

    def __call__(self, index: int, frame: Array) -> Array:
        out = frame[..., :3]
        if self._blur_px > 0:
            out = softened(out, self._bits, self._blur_px)
        if self.moves is not None:
            out = open_shutter(out, self._bits, self.moves[index], self._shutter)
        if self._layer is None:
            return np.ascontiguousarray(out)
        return self._layer.add(index, out)


def softened(frame: Array, bits: int, blur_px: float) -> Array:
    """Return a native RGB frame blurred by ``blur_px``; a wide blur is a lens's disc, in light."""
    if blur_px <= DISC_PX:
        return np.asarray(cv2.GaussianBlur(frame, (0, 0), blur_px, borderType=cv2.BORDER_REPLICATE))
    radius = 2 * blur_px
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    light = cv2.filter2D(decode(frame, bits, True), -1, disc / disc.sum(),
                         borderType=cv2.BORDER_REPLICATE)  # fmt: skip
    return encode(np.asarray(np.clip(light, 0, 1)), bits, True)
