"""The clean plate: the background without the subject, from the clip itself or from the artist.

Frames spread over each shot are laid on one canvas by the camera's transforms, the subject left
out, and agreed upon (see plate_recovery.py). The result is kept in the store and shown again as a
clip that follows the camera and the light, so that it can stand behind or be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_length, check_same_size, convert, resize
from ..context import Context
from ..errors import ClipMismatchError, InputError
from ..fingerprint import fingerprint
from .background_motion import background_motion
from .plate_canvas import Canvas, make_canvas, scaling
from .plate_clip import Kept, PlateClip, PlateConfidence
from .plate_recovery import Recovered, Sample, even_exposure, recover
from .spread import spread

#: Frames looked at in a shot, and the memory they may take in bytes.
SAMPLES, SAMPLE_BYTES = 60, 640 << 20
#: Alpha above which a pixel is hidden by the subject.
HIDDEN = 0.02
#: Frames of a plate video that is averaged to one picture.
GIVEN_SAMPLES = 9
#: Width the artist's plate is compared with the clip at, pixels.
REGISTER_PX = 960
#: Share of the difference that is left at most by a registration that is believed.
BETTER = 0.9
#: Frames that are counted for the text, and the share of unsure picture that is worth a word.
TOLD_FRAMES, RESTLESS = 9, 0.3
STAGE = "matting"


class Camera(Protocol):
    """What is needed of a solved camera."""

    @property
    def cuts(self) -> tuple[int, ...]:
        """Frames at which another scene begins."""

    def __len__(self) -> int:
        """Return the number of frames."""

    def matrix(self, index: int) -> Array:
        """Return the (3, 3) homography from frame ``index`` to frame 0, in pixels."""


@dataclass(frozen=True)
class CleanPlate:
    """The background, as long and large as its source.

    Attributes:
        picture: RGB, with the source's bits; lazy, from what the store keeps.
        confidence: one channel: 1 known, 0 never seen and made up.
        text: what was found, in words.
    """

    picture: Clip
    confidence: Clip
    text: str = ""


def clean_plate(
    clip: Clip,
    alpha: Clip,
    context: Context,
    *,
    grow_px: float,
    follow_light: bool = True,
    camera: Camera | None = None,
    given: Clip | None = None,
) -> CleanPlate:
    """Return the clip's background without its subject.

    Args:
        clip: RGB.
        alpha: one channel, 1 is the subject.
        context: store, progress and cancel.
        grow_px: the subject is left out this much wider than its matte, pixels.
        follow_light: bring the plate to each frame's light.
        camera: how the clip's camera moved; None is a locked camera.
        given: the artist's plate: as long as the clip it is taken frame by frame, otherwise as
            one picture that belongs to the first frame.

    Raises:
        ClipMismatchError: if matte or camera do not fit the clip.
        InputError: if ``grow_px`` is negative.
        Cancelled: if the host asked to stop.
    """
    if grow_px < 0:
        raise InputError(f"grow_px must be 0 or more, got {grow_px}. Use 0 for the matte itself.")
    check_same_length([clip, alpha], "clean plate")
    check_same_size([clip, alpha], "clean plate")
    seen = alpha if follow_light else None
    if given is not None and len(given) == len(clip) > 1:
        plate = convert(resize(given, clip.format.width, clip.format.height), clip.format.bits)
        whole = [Kept.known(clip.format)]
        return CleanPlate(
            PlateClip(clip, [plate], whole, seen, grow_px),
            PlateConfidence(clip, whole, plate.fingerprint),
            "The given plate, frame by frame.",
        )
    transforms = [np.eye(3)] * len(clip) if camera is None else _transforms(camera, len(clip))
    cuts = () if camera is None else camera.cuts
    shots = [range(*edge) for edge in pairwise([0, *cuts, len(clip)])]
    kept = [
        _kept(clip, alpha, context, shot, transforms, grow_px, given if shot.start == 0 else None)
        for shot in shots
    ]
    picture = PlateClip(clip, [], kept, seen, grow_px)
    confidence = PlateConfidence(clip, kept, picture.fingerprint)
    return CleanPlate(picture, confidence, _told(confidence))


def _transforms(camera: Camera, frames: int) -> list[Array]:
    if len(camera) != frames:
        raise ClipMismatchError(
            f"camera must have {frames} frames like the clip, got {len(camera)}. Solve the camera "
            "of the same, equally trimmed clip."
        )
    return [np.asarray(camera.matrix(index), float) for index in range(frames)]


def _kept(
    clip: Clip,
    alpha: Clip,
    context: Context,
    shot: range,
    transforms: Sequence[Array],
    grow_px: float,
    given: Clip | None,
) -> Kept:
    """Return the plate of one shot, from the store if it is there."""
    size = clip.format.width, clip.format.height
    canvas = make_canvas([transforms[index] for index in shot], size)
    key = fingerprint(
        "clean_plate/1", clip.fingerprint, alpha.fingerprint, shot.start, shot.stop, canvas.views,
        grow_px, None if given is None else given.fingerprint,
    )  # fmt: skip
    path = context.store.find(key, "plate.npz")
    if path is None:
        found = _found(clip, alpha, context, shot, canvas, grow_px, given)
        path = context.store.put(key, "plate.npz", lambda part: _write(part, found))
    with np.load(path, allow_pickle=False) as arrays:
        return Kept(shot, canvas, arrays["picture"], arrays["confidence"], key)


def _found(
    clip: Clip,
    alpha: Clip,
    context: Context,
    shot: range,
    canvas: Canvas,
    grow_px: float,
    given: Clip | None,
) -> Recovered:
    top = clip.format.max_value
    if given is not None and canvas.still:
        return _laid(_artists(given, clip, alpha, context), None)
    samples = _samples(clip, alpha, context, shot, grow_px)
    samples = even_exposure(samples, canvas, top)
    context.check()
    recovered = recover(samples, canvas, top)
    if given is None:
        return recovered
    picture, shown = _artists(given, clip, alpha, context)
    view, size = canvas.views[0], (canvas.width, canvas.height)
    picture = cv2.warpPerspective(picture, view, size, flags=cv2.INTER_CUBIC)
    shown = cv2.warpPerspective(shown, view, size, flags=cv2.INTER_LINEAR)
    return _laid((picture, shown), recovered)


def _samples(
    clip: Clip, alpha: Clip, context: Context, shot: range, grow_px: float
) -> list[Sample]:
    """Return frames spread evenly over a shot, as many as fit the memory."""
    fmt = clip.format
    each = fmt.width * fmt.height * (3 * np.dtype(fmt.dtype).itemsize + 1)
    count = max(1, min(SAMPLES, len(shot), SAMPLE_BYTES // each))
    places = [shot[(2 * n + 1) * len(shot) // (2 * count)] for n in range(count)]
    clip.prepare(1, context.check)
    samples = []
    for index in context.steps(places, count, STAGE, "Looking for the background"):
        frame = np.ascontiguousarray(clip.frame(index)[..., :3])
        seen = background_shown(alpha.frame(index), alpha.format.max_value, grow_px)
        samples.append(Sample(frame, seen, index - shot.start))
    clip.release()
    return samples


def background_shown(alpha: Array, top: float, grow_px: float) -> Array:
    """Return (H, W) uint8: 255 where the background shows, ``grow_px`` away from the subject."""
    shown = np.where(alpha > HIDDEN * top, np.uint8(0), np.uint8(255))
    if grow_px < 0.5:
        return shown
    distance = cv2.distanceTransform(shown, cv2.DIST_L2, 3)
    return np.where(distance > grow_px, np.uint8(255), np.uint8(0))


def _artists(given: Clip, clip: Clip, alpha: Clip, context: Context) -> tuple[Array, Array]:
    """Return the artist's plate as the first frame sees it, float32, and where it reaches."""
    width, height = clip.format.width, clip.format.height
    given = resize(given, width, height)
    count = min(GIVEN_SAMPLES, len(given))
    places = [(2 * n + 1) * len(given) // (2 * count) for n in range(count)]
    frames = [given.frame(index)[..., :3] for index in places]
    whole = np.median(frames, axis=0) if count > 2 else np.mean(frames, axis=0)
    picture = np.asarray(whole / given.format.max_value, np.float32)
    shown = np.full((height, width), 255, np.uint8)
    context.check()
    move = _registered(picture, clip, alpha)
    if move is None or np.array_equal(move, np.eye(3)):
        return picture, shown
    moved = cv2.warpPerspective(picture, move, (width, height), flags=cv2.INTER_CUBIC)
    return np.asarray(moved), np.asarray(cv2.warpPerspective(shown, move, (width, height)))


def _registered(picture: Array, clip: Clip, alpha: Clip) -> Array | None:
    """Return the homography from the artist's plate to the first frame, or None."""
    height, width = picture.shape[:2]
    scale = min(1.0, REGISTER_PX / width)
    size = round(width * scale), round(height * scale)
    first = clip.frame(0)[..., :3].astype(np.float32) / np.float32(clip.format.max_value)
    subject = cv2.resize(alpha.frame(0), size, interpolation=cv2.INTER_AREA)
    subject = np.where(subject > HIDDEN * alpha.format.max_value, np.uint8(255), np.uint8(0))
    subject = cv2.dilate(subject, np.ones((9, 9), np.uint8))
    now, then = _grey(first, size), _grey(picture, size)
    move = background_motion(now, then, subject)
    if move is None or not _better(now, then, subject == 0, move):
        return None
    down = scaling(scale)
    return np.asarray(np.linalg.inv(down) @ move @ down)


def _better(now: Array, then: Array, shown: Array, move: Array) -> bool:
    """Whether the plate is clearly nearer to the frame when it is moved."""
    moved = cv2.warpPerspective(then, move, then.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    before, after = (float(cv2.absdiff(now, one)[shown].mean()) for one in (then, moved))
    return after < BETTER * before


def _grey(picture: Array, size: tuple[int, int]) -> Array:
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    codes = np.clip(small * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(codes, cv2.COLOR_RGB2GRAY))


def _laid(given: tuple[Array, Array], under: Recovered | None) -> Recovered:
    """Return the artist's picture over what was recovered, or over what its edge suggests."""
    picture, shown = given
    known = np.asarray(shown == 255, np.float32)
    if under is None:
        filled = picture if known.all() else spread(picture, known)
        return Recovered(np.clip(filled, 0, 1), known)
    merged = np.where(known[..., None] > 0, picture, under.picture)
    return Recovered(np.clip(merged, 0, 1), np.maximum(known, under.confidence))


def _write(path: Path, found: Recovered) -> None:
    picture = np.asarray(found.picture * np.float32(65535) + np.float32(0.5)).astype(np.uint16)
    confidence = np.asarray(found.confidence * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    with path.open("wb") as stream:
        np.savez(stream, picture=picture, confidence=confidence)


def _told(confidence: Clip) -> str:
    """Return in words how much of the background was seen."""
    places = sorted({n * (len(confidence) - 1) // (TOLD_FRAMES - 1) for n in range(TOLD_FRAMES)})
    frames = [confidence.frame(index) for index in places]
    never = float(np.mean([(frame == 0).mean() for frame in frames]))
    unsure = float(np.mean([(frame < 128).mean() for frame in frames]))
    text = f"{100 * (1 - never):.0f} % of the background was seen, {100 * never:.0f} % is made up."
    if unsure - never > RESTLESS:
        text += " Much of it does not hold still. Connect Solve Camera where the camera moves."
    return text
