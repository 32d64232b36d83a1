"""The alpha that a background removal model of ComfyUI gives each frame.

ComfyUI loads such models itself (BiRefNet, "Load Background Removal Model") and hands them over as
objects that encode pictures; any object that does so serves. What its other networks find, SAM 3's
tracks for one, arrives as a MASK and needs no adapter.
"""

from __future__ import annotations

import threading
import uuid
from typing import Any

import numpy as np
import torch

from ...clip.clip import Array, Clip
from ...clip.operations import map_frames
from ...clip.render import render
from ...context import Context
from ...errors import InputError
from ...fingerprint import fingerprint
from .pictures import ALPHA_BITS, alpha_codes, planes

STAGE = "matting"
#: What people call such a model.
CORE_TITLE = "ComfyUI's background removal model"
#: Values of the weights that identify them.
_SAMPLED = 4096


def alpha_from_core_model(model: Any, clip: Clip, context: Context) -> Clip:
    """Return the alpha of the subject in each frame, rendered to the store at the clip's size.

    Args:
        model: its ``encode_image`` turns IMAGE (1, H, W, 3) float32 into MASK (1, H, W), 1 is the
            subject.
        clip: RGB.
        context: store, progress, cancel.

    Raises:
        InputError: if the model cannot encode pictures, or its masks have another size.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    if not callable(getattr(model, "encode_image", None)):
        raise InputError(
            "the background removal model must have encode_image, got "
            f"{type(model).__name__}. Connect ComfyUI's Load Background Removal Model."
        )
    fmt, alone = clip.format, threading.Lock()

    def seen(_: int, frame: Array) -> Array:
        image = planes(frame, fmt).permute(0, 2, 3, 1).contiguous()
        with alone, torch.inference_mode():
            mask = model.encode_image(image)
        plane = mask.detach().float().cpu().numpy().squeeze()
        if plane.shape != (fmt.height, fmt.width):
            raise InputError(
                f"the background removal model must give masks of {fmt.width}x{fmt.height} pixels, "
                f"got shape {tuple(mask.shape)}. Use ComfyUI's Remove Background and connect its "
                "mask."
            )
        return alpha_codes(plane)

    asked = map_frames(
        seen, [clip], "core-model/1", model_fingerprint(model), channels=1, bits=ALPHA_BITS
    )
    return render(asked, context, STAGE, "Cutting the subject out with ComfyUI's model")


def model_fingerprint(model: Any) -> str:
    """Return what identifies a model's weights: its kind, their shapes and some of their values.

    A model that shows no weights is a new one each time: nothing that is kept may be another's.
    """
    network = getattr(model, "model", None)
    if not isinstance(network, torch.nn.Module):
        return fingerprint("core-weights/1", type(model).__name__, uuid.uuid4().hex)
    states = network.state_dict()
    parts: list[list[Any]] = []
    for name, value in states.items():
        flat = value.detach().reshape(-1)
        step = max(1, flat.numel() * len(states) // _SAMPLED)
        values = None if flat.is_meta else np.asarray(flat[::step].float().cpu().numpy())
        parts.append([name, list(value.shape), values])
    return fingerprint("core-weights/1", type(model).__name__, parts)
