"""Loads networks that are published as TorchScript archives, and no other archives.

An archive holds code next to its weights. So only the very file that the publisher released is
run: its SHA-256 is known, and what is hashed is what is loaded.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import Any

import torch

from ..context import Context
from ..errors import FinalError
from .library import need_model
from .manifest import manifest


def load_torchscript(context: Context, model_id: str) -> Any:
    """Return a model's script module in evaluation mode on the context's device.

    Raises:
        FinalError: if the model is not there, or is not the file that was published.
    """
    known = manifest(model_id)
    file = known.files[0]
    path = need_model(context, model_id) / file.path
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        raise FinalError(
            f"{path} must be {known.title} as it is published, with SHA-256 {file.sha256}, got "
            f"{digest}. Such a file holds code, so no other is run: remove it and run "
            f"`backlot models get {model_id}`."
        )
    load: Any = torch.jit.load  # it says no types
    with warnings.catch_warnings():
        # torch warns of TorchScript, which is how these networks are published.
        warnings.simplefilter("ignore")
        try:
            module = load(io.BytesIO(content), map_location=context.device)
        except (RuntimeError, ValueError) as error:
            raise FinalError(
                f"{known.title} must load on {context.device} with torch {torch.__version__}, got: "
                f"{error}. Try the device cpu, or another version of torch."
            ) from error
    return module.eval()
