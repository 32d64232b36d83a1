"""A matte by difference from a clean plate: lazy, frame by frame.

Where the plate is known alpha is measured against it (see plate_alpha.py); where it is not, the
coarse matte stands, and the two are blended between.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_length, check_same_size, convert, map_frames
from ..errors import InputError
from .matte import Matte
from .plate_alpha import alpha_from_plate

ALPHA_BITS = 10
#: Confidence of the plate below which the coarse matte stands, and from which the plate does.
UNKNOWN, KNOWN = 0.25, 0.6


def difference_matte(
    clip: Clip, plate: Clip, *, coarse: Clip | None = None, confidence: Clip | None = None
) -> Matte:
    """Return the matte of what differs from the plate.

    Args:
        clip: RGB.
        plate: RGB, of the same size and length, as each frame's camera sees it.
        coarse: one channel: roughly where the subject is; None takes all that differs.
        confidence: one channel: how surely the plate is known; None is everywhere.

    Raises:
        ClipMismatchError: if the clips differ in size or length.
        InputError: if the plate is not known everywhere and there is no coarse matte.
    """
    if confidence is not None and coarse is None:
        raise InputError(
            "a coarse matte must be given where the plate is not known everywhere, got none. "
            "Connect Segment Subject, or leave confidence open."
        )
    clips = [clip, plate, *(one for one in (coarse, confidence) if one is not None)]
    check_same_length(clips, "difference matte")
    check_same_size(clips, "difference matte")

    def measured(_: int, frame: Array, empty: Array, *mattes: Array) -> Array:
        layers = [matte.astype(np.float32) * np.float32(1 / 255) for matte in mattes]
        about = layers[0] if coarse is not None else None
        seen, behind = (np.ascontiguousarray(one[..., :3]) for one in (frame, empty))
        alpha = alpha_from_plate(seen, behind, about)
        if about is not None and confidence is not None:
            share = (cv2.blur(layers[-1], (5, 5)) - UNKNOWN) / (KNOWN - UNKNOWN)
            share = np.clip(share, 0, 1)
            alpha = alpha * share + about * (1 - share)
        levels = np.float32((1 << ALPHA_BITS) - 1)
        return np.asarray(alpha * levels + np.float32(0.5)).astype(np.uint16)

    eight = [convert(one, 8) for one in clips]
    given = coarse is not None, confidence is not None
    alpha = map_frames(measured, eight, "difference_matte/1", given, channels=1, bits=ALPHA_BITS)
    return Matte(alpha, None, "difference")
