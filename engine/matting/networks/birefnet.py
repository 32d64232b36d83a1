"""The main thing of each frame by BiRefNet, whatever it is and without a prompt.

After Zheng et al., "Bilateral Reference for High-Resolution Dichotomous Image Segmentation", CAAI
AIR 2024. The network is run from its ONNX file, by a session of our own: tools for single pictures
stretch each mask from its least to its largest value, which makes noise of a frame without a
subject, and flicker of a clip. What the network says is kept as it is.
"""

from __future__ import annotations

import numpy as np
import torch

from ...clip.clip import Array, Clip
from ...context import Context
from ...errors import FinalError
from ...models.library import find_model, model_mark, need_model
from ...models.manifest import manifest
from ...models.onnx import OnnxNetwork
from .each_frame import alpha_of_each_frame
from .pictures import IMAGENET, Size, normalised, resized

#: The best first.
MODEL_IDS = ("birefnet-general", "birefnet-general-lite")
_SIDE_PX = 1024


def subject_by_birefnet(clip: Clip, context: Context) -> Clip:
    """Return the alpha of the main thing in each frame, rendered to the store.

    Raises:
        FinalError: if the network or onnxruntime is not there.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    here = (one for one in MODEL_IDS if find_model(context, one) is not None)
    model_id = next(here, MODEL_IDS[-1])
    folder = need_model(context, model_id)
    network = OnnxNetwork(folder, model_id, context.device)
    side = network.square_px or _SIDE_PX
    size = Size(side, side)

    def answer(pixels: torch.Tensor) -> Array:
        odds = network.run(normalised(resized(pixels, size), IMAGENET).numpy())
        if odds.ndim != 4 or odds.shape[1] != 1:
            raise FinalError(
                f"{manifest(model_id).title} must answer with one map, got shape {odds.shape}. "
                f"Run `backlot models get {model_id}` into an empty folder."
            )
        return np.asarray(1.0 / (1.0 + np.exp(-odds[0, 0].astype(np.float64))), np.float32)

    mark = "birefnet/1", model_mark(context, folder, model_id)
    message = f"Cutting the subject out with {manifest(model_id).title}"
    return alpha_of_each_frame(clip, context, answer, size, mark, message)
