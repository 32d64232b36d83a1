"""What glass does to the light behind it: tint and transmission, and the reflection on top.

Seen through glass a known background B becomes I = T B + R in linear light, a factor and a sum a
channel (Porter and Duff's layers with a coloured matte; environment matting, Zongker et al. 1999,
without refraction). In small windows over the picture and its neighbours in time T and R are the
least squares line of I on B. Where the background has no texture to tell the two apart, T leans
on that of the whole glass.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_length, check_same_size, convert, map_frames
from ..color import linear_to_srgb
from .mixture import to_linear

#: Side of the windows as a share of the height, and frames to each side.
WINDOW, AROUND = 0.02, 1
#: Standard deviation of the background's light, 0 ... 1, from which a window tells by itself.
TELLS = 0.04
#: Alpha of the glass from which a pixel counts.
INSIDE = 0.5


@dataclass(frozen=True)
class Transparency:
    """A see-through thing, so that a new background can be put behind it.

    A composite of background B is ``transmission * B + reflection`` in linear light. Outside the
    glass the transmission is 1 and the reflection 0.

    Attributes:
        transmission: RGB of 16 bits, linear: what share of each colour passes.
        reflection: RGB, display values: the light that is added.
    """

    transmission: Clip
    reflection: Clip


def layered_transparency(clip: Clip, plate: Clip, glass: Clip) -> Transparency:
    """Return what the glass in ``clip`` does to the light behind it; lazy.

    Args:
        clip: RGB.
        plate: RGB, the clip's background without the glass, as each frame's camera sees it.
        glass: one channel: 1 where the glass is.

    Raises:
        ClipMismatchError: if the clips differ in size or length.
    """
    clips = [clip, plate, glass]
    check_same_length(clips, "layered transparency")
    check_same_size(clips, "layered transparency")
    layers = [convert(one, 8) for one in clips]
    seen, behind, where = layers
    for source in layers:
        source.keep(2 * AROUND + 2)
    last = len(clip) - 1

    def parted(index: int) -> tuple[Array, Array, Array]:
        near = sorted({min(max(index + step, 0), last) for step in range(-AROUND, AROUND + 1)})
        views = [(seen.frame(i)[..., :3], behind.frame(i)[..., :3], where.frame(i)) for i in near]
        return fit_glass(views, near.index(index))

    def transmitted(index: int, *frames: Array) -> Array:
        passed, _, inside = parted(index)
        share = 1 + (passed - 1) * inside
        return np.asarray(np.clip(share, 0, 1) * 65535 + 0.5).astype(np.uint16)

    def reflected(index: int, *frames: Array) -> Array:
        _, added, inside = parted(index)
        light = linear_to_srgb(np.clip(added * inside, 0, 1))
        return np.asarray(light * 65535 + 0.5).astype(np.uint16)

    return Transparency(
        map_frames(transmitted, layers, "glass_transmission/1", channels=3, bits=16),
        map_frames(reflected, layers, "glass_reflection/1", channels=3, bits=16),
    )


def fit_glass(frames: list[tuple[Array, Array, Array]], now: int) -> tuple[Array, Array, Array]:
    """Return transmission and reflection (H, W, 3) and the glass (H, W, 1), float32, 0 ... 1.

    Args:
        frames: neighbours in time: each the picture, its background (H, W, 3) uint8, and the
            glass (H, W) uint8.
        now: which of them is asked for.
    """
    height = frames[now][2].shape[0]
    side = 2 * max(1, round(WINDOW * height / 2)) + 1
    sums: list[Array] = []
    for picture, plate, glass in frames:
        weight = np.repeat(np.asarray(glass >= 255 * INSIDE, np.float32)[..., None], 3, 2)
        light = to_linear(picture.astype(np.float32)) * np.float32(1 / 255)
        behind = to_linear(plate.astype(np.float32)) * np.float32(1 / 255)
        parts = (weight, weight * behind, weight * light, weight * behind * behind,
                 weight * behind * light)  # fmt: skip
        sums.append(np.stack([cv2.blur(part, (side, side)) for part in parts]))
    total = np.asarray(np.sum(sums, axis=0), np.float32)
    count = np.maximum(total[0], np.float32(1e-6))
    mean_b, mean_i = total[1] / count, total[2] / count
    variance = np.maximum(total[3] / count - mean_b * mean_b, 0)
    shared = total[4] / count - mean_b * mean_i
    whole = _of_all(variance, shared, total[0])
    hold = np.float32(TELLS**2)
    passed = np.clip((shared + hold * whole) / (variance + hold), 0, 1)
    # What is added cannot be less than nothing: then less passes.
    passed = np.minimum(passed, mean_i / np.maximum(mean_b, np.float32(1e-3)))
    added = np.maximum(mean_i - passed * mean_b, 0)
    alpha = frames[now][2].astype(np.float32)[..., None] * np.float32(1 / 255)
    return np.asarray(passed, np.float32), np.asarray(added, np.float32), alpha


def _of_all(variance: Array, shared: Array, weight: Array) -> Array:
    """Return the transmission (3,) that all windows agree on, 0 ... 1."""
    power = (variance * weight).sum((0, 1))
    product = (shared * weight).sum((0, 1))
    share = np.where(power > 1e-6, product / np.maximum(power, 1e-9), 0.9)
    return np.clip(share, 0, 1).astype(np.float32)
