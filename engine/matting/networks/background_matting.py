"""People cut out against a clean plate by BackgroundMattingV2, frame by frame.

After Lin et al., "Real-Time High-Resolution Background Matting", CVPR 2021. Only the archive that
its authors publish is run. It compares each frame with the plate at a reduced size, and looks again
at full size where it erred; how far it is reduced follows its authors' rule. The plate must show
the same view: a camera that moves needs a plate that moves with it.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import torch

from ...clip.clip import Array, Clip
from ...clip.operations import check_same_size, map_frames
from ...clip.render import render
from ...context import Context
from ...errors import ClipMismatchError
from ...models.library import model_mark, need_model
from ...models.torchscript import load_torchscript
from .pictures import ALPHA_BITS, alpha_codes, planes

MODEL_ID = "background-matting-v2"
STAGE = "matting"
#: Longer side of the picture that is compared with the plate: a quarter of HD, an eighth of 4K.
LOOKS_AT_PX = 512
_SCALES = (1.0, 0.5, 0.25, 0.125)
#: Pixels that are looked at again: of HD and below, and of what is larger.
_AGAIN_PX, _AGAIN_LARGE_PX, _LARGE_PX = 80_000, 320_000, 2048 * 1152
#: Both sides are multiples of this.
_WHOLE = 4


def backbone_scale(width: int, height: int) -> float:
    """Return how far a picture is reduced to be compared."""
    long = max(width, height)
    return next((one for one in _SCALES if long * one <= LOOKS_AT_PX), _SCALES[-1])


def people_by_plate(clip: Clip, context: Context, plate: Clip) -> Clip:
    """Return the alpha of the people in each frame, rendered to the store at the clip's size.

    Args:
        clip: RGB.
        context: store, progress, cancel, device, model folders.
        plate: the same view without them, as large as the clip; as long, or of one frame.

    Raises:
        ClipMismatchError: if the plate has another size or length.
        FinalError: if the network is not there, or not the file that was published.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    check_same_size([clip, plate], "background matting")
    if len(plate) not in (1, len(clip)):
        raise ClipMismatchError(
            f"the clean plate must be one picture or {len(clip)} frames long as the clip is, got "
            f"{len(plate)} frames. Trim it, or give a still."
        )
    mark = model_mark(context, need_model(context, MODEL_ID), MODEL_ID)
    network = BackgroundMatting(context)

    def seen(index: int, frame: Array) -> Array:
        behind = plate.frame(min(index, len(plate) - 1))
        return alpha_codes(network.alpha(planes(frame, clip.format), planes(behind, plate.format)))

    asked = map_frames(
        seen, [clip], "background-matting/1", plate.fingerprint, mark, channels=1, bits=ALPHA_BITS
    )
    return render(asked, context, STAGE, "Cutting people out with BackgroundMattingV2")


class BackgroundMatting:
    """The published archive, loaded when first asked."""

    def __init__(self, context: Context) -> None:
        """Use the archive in the context's model folders, on its device."""
        self._context = context
        self._module: Any = None
        self._lock = threading.Lock()

    def alpha(self, pixels: torch.Tensor, plate: torch.Tensor) -> Array:
        """Return the alpha (H, W) float32 of two (1, 3, H, W) RGB in 0 ... 1."""
        height, width = pixels.shape[2:]
        source, behind = (whole(one).to(self._context.device) for one in (pixels, plate))
        with self._lock, torch.inference_mode():
            if self._module is None:
                self._module = load_torchscript(self._context, MODEL_ID)
            self._set(source.shape[3], source.shape[2])
            alpha = self._module(source, behind)[0]
        return np.asarray(alpha[0, 0, :height, :width].float().cpu().numpy())

    def _set(self, width: int, height: int) -> None:
        again = _AGAIN_LARGE_PX if width * height > _LARGE_PX else _AGAIN_PX
        self._module.backbone_scale = backbone_scale(width, height)
        self._module.refine_mode = "sampling"
        # More than there are pixels cannot be chosen.
        self._module.refine_sample_pixels = min(again, width * height)


def whole(pixels: torch.Tensor) -> torch.Tensor:
    """Return a picture with its last row and column repeated up to whole fours."""
    down, across = (-side % _WHOLE for side in pixels.shape[2:])
    return torch.nn.functional.pad(pixels, (0, across, 0, down), mode="replicate")
