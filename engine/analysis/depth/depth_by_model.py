"""The depth of a clip by a network: rendered to the store, then brought together over time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from ...clip.clip import Array, Clip, with_audio
from ...clip.render import render
from ...context import Context
from ...fingerprint import fingerprint
from ..camera.motion import CameraMotion
from ..reduced import Size
from .depth_align import Affine, align_over_time, aligned_clip
from .depth_anything import DepthNetwork, RawDepthClip
from .depth_info import DepthInfo, GroundPlane
from .depth_map import DepthMap
from .depth_separation import separation
from .relief import map_size

#: Confidence in the order of near and far.
_SURE = 0.9
_WEIGHTS, _CONFIG = "model.safetensors", "config.json"
#: Frames that are asked for the subject's depth.
_ASKED = 9
_SUBJECT = 0.9


def depth_by_model(
    clip: Clip,
    context: Context,
    folder: Path,
    info: DepthInfo,
    camera: CameraMotion,
    *,
    matte: Clip | None = None,
) -> DepthMap:
    """Return the depth map that the network in ``folder`` gives, without pumping.

    Args:
        clip: the source.
        context: store, progress, cancel, device.
        folder: config.json and model.safetensors.
        info: what is known without the network; its horizon is kept, and its ground but for the
            height, which is read from the map.
        camera: the solved camera.
        matte: one channel, 1 is the subject.

    Raises:
        FinalError: if the network cannot be loaded.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    marks = [
        context.store.file_mark(folder / name)
        for name in (_WEIGHTS, _CONFIG)
        if (folder / name).is_file()
    ]
    network = DepthNetwork(folder, context.device)
    raw = RawDepthClip(clip, network, fingerprint("depth-anything/1", marks))
    return depth_from_raw(raw, clip, context, info, camera, matte=matte)


def depth_from_raw(
    raw: Clip,
    clip: Clip,
    context: Context,
    info: DepthInfo,
    camera: CameraMotion,
    *,
    matte: Clip | None = None,
) -> DepthMap:
    """Return the depth map of a clip of maps, each right up to a scale and a shift of its own.

    Args:
        raw: one channel, 16 bit, near is large; rendered to the store.
        clip: the source, as long as ``raw``.
        context: store, progress and cancel.
        info: what is known without these maps.
        camera: the solved camera.
        matte: one channel, 1 is the subject.
    """
    kept = render(raw, context, "analysis", "Estimating depth")
    full = Size(clip.format.width, clip.format.height)
    small = _Small(kept, matte, map_size(full))
    mark = None if matte is None else matte.fingerprint
    key = fingerprint("align-depth/1", kept.fingerprint, camera.to_json(), mark)
    rows = context.store.record(
        key, lambda: [list(one) for one in align_over_time(kept, camera, full, small.frame)]
    )
    aligned = aligned_clip(kept, [Affine(*row) for row in rows], full)
    nearness = with_audio(aligned, clip.audio)
    return DepthMap(nearness, _described(nearness, matte, info, map_size(full)))


class _Small:
    """Frames of the maps and of the matte, reduced."""

    def __init__(self, raw: Clip, matte: Clip | None, size: Size) -> None:
        self._raw, self._matte, self._size = raw, matte, size

    def frame(self, index: int) -> tuple[Array, Array | None]:
        """Return a map (h, w) float32 and its matte (h, w) in 0 ... 1, or None."""
        return _unit(self._raw, index, self._size), (
            None if self._matte is None else _unit(self._matte, index, self._size)
        )


def _unit(clip: Clip, index: int, size: Size) -> Array:
    small = cv2.resize(clip.frame(index), tuple(size), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) * np.float32(1.0 / clip.format.max_value)


def _scaled(ground: GroundPlane, nearness: Clip, size: Size) -> GroundPlane:
    """Return the ground at a height that agrees with the first frame's lower border."""
    lowest = float(np.median(_unit(nearness, 0, size)[-2:]))
    ray = (0.0, -0.5 * nearness.format.height / ground.focal_px, -1.0)
    facing = -float(np.dot(ground.normal, ray))
    if lowest <= 0.0 or facing <= 0.0:
        return ground
    return ground._replace(height=facing / lowest)


def _described(nearness: Clip, matte: Clip | None, info: DepthInfo, size: Size) -> DepthInfo:
    """Return the info with the subject's nearness and the plane that parts, read from the map."""
    frames = np.unique(np.linspace(0, len(nearness) - 1, _ASKED).astype(int))
    before, behind = [], []
    for frame in frames:
        values = _unit(nearness, int(frame), size)
        subject = np.zeros(values.shape, bool)
        if matte is not None:
            subject = _unit(matte, int(frame), size) > _SUBJECT
        before.append(values[subject])
        behind.append(values[~subject])
    near, rest = np.concatenate(before), np.concatenate(behind)
    notes = ("Depth is by a network: nearness may be off by a constant.",)
    middle = float(np.median(near)) if near.size else None
    return replace(
        info,
        method="model",
        confidence=_SURE,
        ground=None if info.ground is None else _scaled(info.ground, nearness, size),
        subject=middle,
        separation=separation(rest, middle),
        notes=notes,
    )
