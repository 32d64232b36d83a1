"""Runs networks that are published in the ONNX format, by onnxruntime."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FinalError
from .manifest import manifest
from .networks import load_library


class OnnxNetwork:
    """A network of one picture in and one map out, loaded when it is first asked."""

    def __init__(self, folder: Path, model_id: str, device: str) -> None:
        """Use the model in ``folder`` on a torch device name; nothing is loaded yet."""
        self._path = folder / manifest(model_id).files[0].path
        self._model_id, self._device = model_id, device
        self._session: Any = None
        self._lock = threading.Lock()

    @property
    def square_px(self) -> int | None:
        """Side of the pictures it takes, or None if it takes any size."""
        side = self._loaded().get_inputs()[0].shape[2]
        return side if isinstance(side, int) else None

    def run(self, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the first output for (1, 3, H, W) float32; safe to be called in threads.

        Raises:
            FinalError: if the network cannot be loaded or refuses the picture.
        """
        session = self._loaded()
        name = session.get_inputs()[0].name
        try:
            return np.asarray(session.run(None, {name: pixels})[0])
        except Exception as error:
            raise FinalError(
                f"{self._path} must take a picture of {pixels.shape[3]}x{pixels.shape[2]} pixels "
                f"as {manifest(self._model_id).title} does, got: {error}. "
                f"{self._remedy()}"
            ) from error

    def _loaded(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = self._load()
            return self._session

    def _load(self) -> Any:
        library = load_library(self._model_id, "onnxruntime")
        try:
            return library.InferenceSession(str(self._path), providers=self._providers(library))
        except Exception as error:
            raise FinalError(
                f"{self._path} must be {manifest(self._model_id).title} in the ONNX format, "
                f"got a file that cannot be loaded ({error}). {self._remedy()}"
            ) from error

    def _providers(self, library: Any) -> list[str]:
        there = library.get_available_providers()
        wanted = ["CUDAExecutionProvider"] if self._device.startswith("cuda") else []
        return [*(one for one in wanted if one in there), "CPUExecutionProvider"]

    def _remedy(self) -> str:
        return f"Remove it and run `backlot models get {self._model_id}`."
