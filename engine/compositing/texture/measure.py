"""What a clip's camera adds to a picture, measured on a few frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain, product
from typing import Any

import cv2
import numpy as np

from ...clip.clip import Array, Clip
from ...clip.pull import pull
from ...context import Context
from ...fingerprint import fingerprint
from ..light import decode
from .grain import BANDS, BLOCK_PX, TO_YCC, Grain, measure_grain
from .sharpness import colour_blurs, colour_softness, edges_of, pairings, sharpest

#: Places that are looked at, and how many frames after a key frame: the first ones are often mere
#: copies of it. A coder treats its frames unlike, so there are two.
SAMPLES, AFTER_KEY = 3, (4, 7)
#: Motion from frame to frame from which on a known camera moves, and a picture of which it is not
#: known, pixels: texture that moves little does not look like noise.
MOVES_PX, MOVES_FAST_PX = 0.3, 1.0
#: Smaller pictures tell nothing.
LEAST_SIDE_PX = 4 * BLOCK_PX
#: A block whose mean alpha is above this shows the subject.
SUBJECT = 0.02


@dataclass(frozen=True)
class Texture:
    """What a clip's camera adds.

    Attributes:
        grain: None where it cannot be told.
        blur_px: of the sharpest edges; None where there are too few.
        colour_px: by what blur, across and down, colour is softer than luma; None where too few
            edges are coloured.
    """

    grain: Grain | None
    blur_px: float | None
    colour_px: tuple[float, float] | None


def texture_of(clip: Clip, alpha: Clip | None, context: Context, *, moves: bool = False) -> Texture:
    """Return a clip's texture outside the matte, from a few frames; kept in the store.

    Args:
        clip: RGB.
        alpha: the matte, as long as the clip; or None.
        context: keeps what was found.
        moves: the camera is known to move; it is looked for too.
    """
    marks = [clip.fingerprint, "" if alpha is None else alpha.fingerprint]
    found = context.store.record(
        fingerprint("texture/4", *marks, moves),
        lambda: _to_json(_measured(clip, alpha, context, moves)),
    )
    return _from_json(found)


def _measured(clip: Clip, alpha: Clip | None, context: Context, moves: bool) -> Texture:
    if min(clip.format.width, clip.format.height) < LEAST_SIDE_PX:
        return Texture(None, None, None)
    firsts = _places(clip)
    pairs = _pairs(clip, firsts, context)
    where = _outside(clip, alpha, firsts, context)
    bits = clip.format.bits
    told = [_edges(one, bits, part) for (one, _), part in
            list(zip(pairs, where, strict=True))[:: len(AFTER_KEY)]]  # fmt: skip
    blurs, across, down, columns, rows = (
        np.concatenate(parts) for parts in zip(*told, strict=True)
    )
    if any((one != other).any() for one, other in pairs):
        moves = moves or _moves(pairs, bits)
        grain = measure_grain(pairs, where, bits, moves=moves)
    else:
        grain = _none()
    return Texture(grain, sharpest(blurs), colour_softness((across, down), (columns, rows)))


def _edges(frame: Array, bits: int, part: Array) -> tuple[Array, ...]:
    """Return the blurs of a frame's edges, how much softer colour is there, and its pairings."""
    ycc = cv2.transform(decode(frame, bits), TO_YCC)
    where = cv2.resize(part.view(np.uint8), ycc.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
    edges = edges_of(ycc[..., 0].copy(), where)
    return edges.blurs_px, *colour_blurs(ycc, edges), *pairings(ycc, where)


def _places(clip: Clip) -> list[int]:
    """Return a few frames all over the clip, close after those where decoding begins."""
    last = max(0, len(clip) - 2)
    places = set()
    for after in (min(after, last // 2) for after in AFTER_KEY):
        for at in np.linspace(after, last, SAMPLES).round().astype(int).tolist():
            places.add(min(at, clip.key_frame(at) + after))
    return sorted(places)


def _pairs(clip: Clip, firsts: list[int], context: Context) -> list[tuple[Array, Array]]:
    """Return native RGB frames, each with the next one."""
    last = len(clip) - 1
    places = list(chain.from_iterable((at, min(at + 1, last)) for at in firsts))
    frames = [frame[..., :3] for frame in
              pull(clip, places, workers=context.workers, check=context.check)]  # fmt: skip
    return list(zip(frames[::2], frames[1::2], strict=True))


def _outside(clip: Clip, alpha: Clip | None, places: list[int], context: Context) -> list[Array]:
    """Return which blocks (H // BLOCK_PX, W // BLOCK_PX) of frames lie off the subject."""
    size = (clip.format.width // BLOCK_PX, clip.format.height // BLOCK_PX)
    if alpha is None:
        return [np.ones(size[::-1], bool)] * len(places)
    limit = SUBJECT * alpha.format.max_value
    return [_off(frame, size, limit) for frame in
            pull(alpha, places, workers=context.workers, check=context.check)]  # fmt: skip


def _off(alpha: Array, size: tuple[int, int], limit: float) -> Array:
    mean = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    near = cv2.dilate((mean > limit).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(near == 0)


def _moves(pairs: list[tuple[Array, Array]], bits: int) -> bool:
    """Return whether most of the pictures' corners move."""
    return bool(np.median([shifts(*pair, bits) for pair in pairs]) > MOVES_FAST_PX)


def shifts(one: Array, other: Array, bits: int) -> list[float]:
    """Return how far a picture's four corners move to the next, pixels (phase correlation)."""
    half, after = (cv2.resize(decode(frame[..., 1], bits), None, fx=0.5, fy=0.5,
                              interpolation=cv2.INTER_AREA) for frame in (one, other))  # fmt: skip
    height, width = half.shape
    # OpenCV is half a pixel off where its transform's side is odd; powers of two are taken as such.
    side = 1 << (min(height, width) * 3 // 4).bit_length() - 1
    window = cv2.createHanningWindow((side, side), cv2.CV_32F)
    found = []
    for top, left in product((0, height - side), (0, width - side)):
        at = slice(top, top + side), slice(left, left + side)
        shift, _ = cv2.phaseCorrelate(half[at].copy(), after[at].copy(), window)
        found.append(2 * math.hypot(*shift))
    return found


def _none() -> Grain:
    return Grain(np.zeros((3, BANDS), np.float32), np.ones((3, BLOCK_PX, BLOCK_PX), np.float32))


def _to_json(texture: Texture) -> dict[str, Any]:
    grain = texture.grain
    return {
        "blur_px": texture.blur_px,
        "colour_px": texture.colour_px,
        "sigma": None if grain is None else grain.sigma.tolist(),
        "spectrum": None if grain is None else grain.spectrum.tolist(),
    }


def _from_json(found: dict[str, Any]) -> Texture:
    grain = None
    if found["sigma"] is not None:
        sigma, spectrum = (np.array(found[name], np.float32) for name in ("sigma", "spectrum"))
        grain = Grain(sigma, spectrum)
    colour = found["colour_px"]
    return Texture(grain, found["blur_px"], None if colour is None else (colour[0], colour[1]))
