"""A few frames of a clip, reduced, that stand for the whole of it."""

from __future__ import annotations

import numpy as np

from ...clip.average import area_average
from ...clip.clip import Array, Clip
from ...clip.pull import pull
from ...context import Context
from ..light import decode

#: Frames of a clip that are looked at.
SAMPLES = 10
#: Longest side of the looked-at frames, in pixels.
SAMPLE_PX = 240
#: Alpha from which on a pixel is the subject's alone.
OPAQUE = 0.98


def sample_pixels(clip: Clip, alpha: Clip | None, context: Context) -> Array:
    """Return (N, 3) float64 linear pixels of samples spread over a clip, where it is opaque."""
    found = []
    for picture, opaque in sample_frames(clip, alpha, context, count=SAMPLES, side_px=SAMPLE_PX):
        found.append(picture[opaque > OPAQUE])
    return np.concatenate(found).astype(np.float64)


def sample_frames(
    clip: Clip, alpha: Clip | None, context: Context, *, count: int, side_px: int
) -> list[tuple[Array, Array]]:
    """Return linear frames spread over a clip with their mattes, reduced.

    Args:
        clip: RGB.
        alpha: matte of the same size and length; None for 1 everywhere.
        context: threads and cancel.
        count: frames at most; fewer where key frames are few.
        side_px: longest side of what is returned, at most.

    Returns:
        (H, W, 3) float32 linear light and (H, W) float32, 0 ... 1, a frame.
    """
    spread = np.linspace(0, len(clip) - 1, min(count, len(clip))).round().astype(int).tolist()
    places = sorted({clip.near_key(at) for at in spread})
    found: list[tuple[Array, Array]] = []
    frames = pull(clip, places, workers=context.workers, check=context.check)
    for index, frame in zip(places, frames, strict=True):
        linear = decode(_reduced(frame[..., :3], side_px), clip.format.bits, linear=True)
        if alpha is None:
            opaque = np.ones(linear.shape[:2], np.float32)
        else:
            matte = _reduced(alpha.frame(index), side_px)
            opaque = matte.astype(np.float32) / np.float32(alpha.format.max_value)
        found.append((linear, opaque))
    return found


def _reduced(frame: Array, side_px: int) -> Array:
    scale = min(1.0, side_px / max(frame.shape[:2]))
    size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
    return area_average(frame, size)
