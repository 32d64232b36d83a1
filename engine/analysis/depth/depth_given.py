"""Depth that somebody else has estimated: pictures of it, such as core depth nodes make."""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array, Clip
from ...clip.operations import map_frames, still
from ...errors import InputError
from .depth_info import DepthInfo, Horizon
from .depth_map import BITS, TOP, DepthMap
from .depth_separation import parted
from .horizon import find_height

#: Frames that are looked at for the plane that parts foreground and background.
_ASKED = 5


def depth_of_pictures(pictures: Clip, like: Clip, *, invert: bool = False) -> DepthMap:
    """Return the depth map that pictures show.

    Args:
        pictures: an IMAGE or MASK batch as a clip: grey, or the same in every channel; bright is
            near. One picture stands for every frame.
        like: the clip they belong to; gives size, rate and sound.
        invert: bright is far.

    Raises:
        InputError: if there are neither one picture nor as many as ``like`` has frames.
    """
    if len(pictures) not in (1, len(like)):
        raise InputError(
            f"depth must have one picture or {len(like)} like the clip, got {len(pictures)}. "
            "Make the depth from the same, equally trimmed clip."
        )
    if len(pictures) == 1:
        pictures = still(pictures.frame(0), like.format)
    size = like.format.width, like.format.height
    scale = np.float32(1.0 / pictures.format.max_value)

    def nearness(_: int, __: Array, frame: Array) -> Array:
        grey = frame if frame.ndim == 2 else frame[..., :3].mean(axis=2, dtype=np.float32)
        unit = cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) * scale
        unit = 1.0 - unit if invert else unit
        return np.asarray(np.rint(unit.clip(0.0, 1.0) * np.float32(TOP)), np.uint16)

    clip = map_frames(nearness, [like, pictures], "given-depth/1", invert, channels=1, bits=BITS)
    return DepthMap(clip, _described(clip))


def _described(nearness: Clip) -> DepthInfo:
    guess = find_height(None)
    height = nearness.format.height
    horizon = Horizon(guess.at * height - 0.5, 0.0)
    frames = np.unique(np.linspace(0, len(nearness) - 1, _ASKED).astype(int))
    values = np.concatenate(
        [nearness.frame(int(at))[::4, ::4].ravel().astype(np.float32) / TOP for at in frames]
    )
    return DepthInfo(
        method="given",
        confidence=1.0,
        horizon=horizon,
        horizon_confidence=0.0,
        horizons=(horizon,) * len(nearness),
        ground=None,
        subject=None,
        separation=parted(values),
        notes=("Depth was given: horizon and ground are not looked for.",),
    )
