"""Networks that look at one frame at a time: each frame's alpha, rendered to the store."""

from __future__ import annotations

import threading
from collections.abc import Callable

import torch

from ...clip.clip import Array, Clip
from ...clip.operations import map_frames
from ...clip.render import render
from ...context import Context
from .pictures import ALPHA_BITS, Size, alpha_codes, enlarged, planes

STAGE = "matting"


def alpha_of_each_frame(
    clip: Clip,
    context: Context,
    answer: Callable[[torch.Tensor], Array],
    size: Size,
    mark: tuple[str, ...],
    message: str,
) -> Clip:
    """Return the alpha that a network gives each frame, at the clip's size.

    Args:
        clip: RGB.
        context: store, progress, cancel.
        answer: alpha (h, w) 0 ... 1 of (1, 3, H, W) RGB in 0 ... 1.
        size: of its answers; they are kept in it and enlarged when asked for.
        mark: operation with version, and the weights' mark.
        message: for progress.

    Raises:
        Cancelled: if the host asked to stop; finished segments stay.
    """
    alone = threading.Lock()
    fmt = clip.format

    def seen(_: int, frame: Array) -> Array:
        pixels = planes(frame, fmt)
        with alone:  # the network itself uses every core
            return alpha_codes(answer(pixels))

    operation, *rest = mark
    asked = map_frames(seen, [clip], operation, *rest, channels=1, bits=ALPHA_BITS, size=size)
    return enlarged(render(asked, context, STAGE, message), fmt)
