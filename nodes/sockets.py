"""The pack's socket types, each once, and what travels on them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import torch

from .. import host
from ..engine.clip.clip import Array, Clip
from ..engine.clip.operations import map_frames, resize
from ..engine.errors import InputError
from ..engine.matting.matte import Matte
from ..engine.matting.prompts import MaskPrompt
from ..host import io

MatteType = io.Custom("BACKLOT_MATTE")
CameraType = io.Custom("BACKLOT_CAMERA")
LightingType = io.Custom("BACKLOT_LIGHTING")
TrackingType = io.Custom("BACKLOT_TRACKING")
AnalysisType = io.Custom("BACKLOT_ANALYSIS")
DepthType = io.Custom("BACKLOT_DEPTH")
SceneType = io.Custom("BACKLOT_SCENE")
ReportType = io.Custom("BACKLOT_QA_REPORT")

#: Frames per second given to an IMAGE batch that meets no video to take the rate from.
IMAGES_FPS = Fraction(24)


def clip_input(name: str, tooltip: str, *, optional: bool = False) -> Any:
    """Return an input that takes a VIDEO from any node or an IMAGE batch."""
    return io.MultiType.Input(name, [io.Video, io.Image], optional=optional, tooltip=tooltip)


def matte_input(name: str, tooltip: str, *, optional: bool = False) -> Any:
    """Return an input that takes a matte or ComfyUI's MASK."""
    return io.MultiType.Input(name, [MatteType, io.Mask], optional=optional, tooltip=tooltip)


def preview_input() -> Any:
    """Return the widget that chooses the frame a node shows."""
    return io.Int.Input(
        "preview_frame",
        default=0,
        min=0,
        max=10_000_000,
        optional=True,
        tooltip="Frame shown on this node, counted from 0; past the end is the last frame. "
        "It costs one frame, not the clip.",
    )


def horizon_inputs() -> list[Any]:
    """Return the inputs that tell where the plate's horizon is."""
    return [
        DepthType.Input(
            "depth",
            optional=True,
            tooltip="The plate's depth, from Estimate Depth: its horizon in every frame.",
        ),
        io.Float.Input(
            "horizon",
            default=-1.0,
            min=-1.0,
            max=1.5,
            step=0.01,
            optional=True,
            tooltip="Height of the plate's horizon: 0 is the top of the picture, 1 the bottom; "
            "-1 finds it.",
        ),
    ]


def clip_from(value: Any, fps: Fraction = IMAGES_FPS) -> Clip:
    """Return the clip of a VIDEO or an IMAGE batch (which gets ``fps``)."""
    return host.clip_of(value, fps)


def matte_from(value: Any, like: Clip) -> Matte:
    """Return the matte of a BACKLOT_MATTE or a MASK, at the size and length of ``like``.

    Raises:
        InputError: if a MASK batch has neither one frame nor as many as ``like``.
    """
    if isinstance(value, Matte):
        return replace(value, alpha=_sized(value.alpha, like))
    if isinstance(value, torch.Tensor):
        return Matte(_sized(host.matte_clip_of(value, like.format), like))
    raise InputError(
        f"matte must be a Backlot matte or a MASK, got {type(value).__name__}. "
        "Connect Segment Subject, Refine Matte or any node with a MASK output."
    )


def masks_from(value: Any, like: Clip, frame: int) -> tuple[MaskPrompt, ...]:
    """Return the prompt that a MASK holds: its only one, or that of ``frame``.

    Raises:
        InputError: if it has neither one frame nor as many as ``like``, is empty on ``frame``, or
            there is no such frame.
    """
    if value is None:
        return ()
    masks = value if value.ndim == 3 else value[None]
    count = len(like)
    if len(masks) not in (1, count):
        raise InputError(
            f"mask must have 1 frame or {count} like the clip, got {len(masks)}. "
            "Connect a mask of one frame."
        )
    if frame >= count:
        raise InputError(
            f"mask_frame must be less than the clip's {count} frames, got {frame}. "
            "Frames are counted from 0."
        )
    drawn = masks[0 if len(masks) == 1 else frame].detach().cpu().float().numpy()
    alpha = cv2.resize(drawn, (like.format.width, like.format.height))
    if not (alpha > 0.5).any():
        raise InputError(
            f"mask must show the subject on frame {frame}, got an empty one. Draw on it in the "
            "mask editor, or disconnect it."
        )
    return (MaskPrompt(frame, alpha),)


def alpha_from(value: Any, like: Clip) -> Clip | None:
    """Return the alpha of an optional matte or MASK, as :func:`matte_from`; None for none."""
    return None if value is None else matte_from(value, like).alpha


def _sized(alpha: Clip, like: Clip) -> Clip:
    if len(alpha) != len(like):
        raise InputError(
            f"matte must have {len(like)} frames like the clip, got {len(alpha)}. "
            "Make the matte from the same, equally trimmed clip."
        )
    return resize(alpha, like.format.width, like.format.height)


def depth_pictures_from(value: Any, like: Clip) -> Clip:
    """Return the clip of depth pictures that lie on a VIDEO, IMAGE or MASK socket."""
    if isinstance(value, torch.Tensor) and value.ndim < 4:
        return host.matte_clip_of(value, like.format)
    return clip_from(value, like.format.fps)


def picture_from(image: Any) -> Array:
    """Return the first picture of an IMAGE batch as (H, W, 3) uint8 RGB."""
    first = image[0, ..., :3].detach().cpu().float().numpy()
    return np.asarray(np.rint(np.clip(first, 0.0, 1.0) * 255.0), np.uint8)


def matte_view(alpha: Clip) -> Clip:
    """Return a matte as a grey RGB clip of 8 bits, to look at or save."""
    scale = 255.0 / alpha.format.max_value

    def shown(_: int, frame: Array) -> Array:
        grey = np.rint(frame * np.float32(scale)).astype(np.uint8)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))

    return map_frames(shown, [alpha], "matte-view/1", channels=3, bits=8)
