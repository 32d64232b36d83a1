"""People cut out frame by frame by MODNet, without a prompt.

After Ke et al., "MODNet: Real-Time Trimap-Free Portrait Matting via Objective Decomposition", AAAI
2022. The network is run from its ONNX file. Pictures are scaled as its authors do it: the shorter
side to 512 pixels, both to whole 32. It has no memory: what it sees in a frame it may not see in
the next.
"""

from __future__ import annotations

import numpy as np
import torch

from ...clip.clip import Array, Clip
from ...context import Context
from ...models.library import model_mark, need_model
from ...models.onnx import OnnxNetwork
from .each_frame import alpha_of_each_frame
from .pictures import CENTRED, Size, normalised, resized

MODEL_ID = "modnet-photographic"
_SIDE_PX, _WHOLE = 512, 32


def input_size(width: int, height: int) -> Size:
    """Return the size in which a picture of ``width`` x ``height`` is shown to the network."""
    short, long = min(width, height), max(width, height)
    if long < _SIDE_PX or short > _SIDE_PX:
        if width >= height:
            width, height = int(width / height * _SIDE_PX), _SIDE_PX
        else:
            width, height = _SIDE_PX, int(height / width * _SIDE_PX)
    return Size(*(max(side - side % _WHOLE, _WHOLE) for side in (width, height)))


def people_by_modnet(clip: Clip, context: Context) -> Clip:
    """Return the alpha of the people in each frame, rendered to the store.

    Raises:
        FinalError: if the network or onnxruntime is not there.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    folder = need_model(context, MODEL_ID)
    network = OnnxNetwork(folder, MODEL_ID, context.device)
    side = network.square_px
    size = Size(side, side) if side else input_size(clip.format.width, clip.format.height)

    def answer(pixels: torch.Tensor) -> Array:
        return np.asarray(network.run(prepared(pixels, size).numpy())[0, 0])

    mark = "modnet/1", model_mark(context, folder, MODEL_ID)
    return alpha_of_each_frame(clip, context, answer, size, mark, "Cutting people out with MODNet")


def prepared(pixels: torch.Tensor, size: Size) -> torch.Tensor:
    """Return (1, 3, h, w) float32 in -1 ... 1."""
    return normalised(resized(pixels, size, "area"), CENTRED)
