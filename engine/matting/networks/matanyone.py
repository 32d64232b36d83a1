"""The matte of a masked person by MatAnyone, where the artist has installed it.

After Yang et al., "MatAnyone: Stable Video Matting with Consistent Memory Propagation", CVPR 2025.
Its licence (S-Lab 1.0) forbids commercial use, and it is on no package index: so neither code nor
weights are part of this pack or fetched by it, and it is used only when it is asked for by name.
What is called of it here is what its own script for videos calls: a processor that is given the
first frame with a mask, the first frame again ten times, and then frame after frame.

Its memory cannot be written down: a run that was killed finds its finished segments again, but has
to go through their frames once more to remember.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from ...clip.clip import Array, Clip
from ...clip.render import Scan, render_scan
from ...context import Context
from ...errors import FinalError
from ...fingerprint import fingerprint
from .pictures import ALPHA_BITS, Size, alpha_codes, enlarged, planes, resized

LIBRARY = "matanyone"
FOLDER, WEIGHTS, CONFIG = "matanyone", "matanyone.pth", "config.json"
STAGE = "matting"
#: Shorter side above which frames are reduced for it, pixels.
MOST_PX = 1080
#: How often it is shown the first frame again, and how wide gaps in the mask are closed, pixels;
#: odd, or the mask would move.
WARM_UP, CLOSED_PX = 10, 11
State = dict[str, Array]


def find_weights(context: Context) -> Path | None:
    """Return the folder of weights: as its authors publish them, or in Hugging Face's layout."""
    folders = (folder / FOLDER for folder in context.model_folders)
    return next(
        (one for one in folders if (one / WEIGHTS).is_file() or (one / CONFIG).is_file()), None
    )


def is_installed(context: Context) -> bool:
    """Return whether library and weights are there; nothing is imported."""
    return find_weights(context) is not None and find_spec(LIBRARY) is not None


def person_by_matanyone(clip: Clip, context: Context, mask: Array) -> Clip:
    """Return the alpha of the person that is masked on the first frame, rendered to the store.

    Args:
        clip: RGB.
        context: store, progress, cancel, device, model folders.
        mask: (H, W) float32 in 0 ... 1, as large as the clip.

    Raises:
        FinalError: if library or weights are missing, or it cannot be loaded.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    folder = find_weights(context)
    if folder is None or find_spec(LIBRARY) is None:
        place = (context.model_folders or (Path("models"),))[0] / FOLDER
        raise FinalError(
            "MatAnyone must be installed by yourself, as its licence forbids commercial use, got "
            f"{'no library' if folder else 'no weights'}. Run pip install "
            f"git+https://github.com/pq-yang/MatAnyone and put {WEIGHTS} into {place}."
        )
    files = sorted(path for path in folder.iterdir() if path.is_file())
    mark = fingerprint("matanyone/1", [context.store.file_mark(path) for path in files])
    scan = MatAnyoneScan(clip, mask, mark, lambda: load_processor(folder, context), context.check)
    alpha = render_scan(scan, context, STAGE, "Following the person with MatAnyone")
    return enlarged(alpha, clip.format)


def load_processor(folder: Path, context: Context) -> Any:
    """Return a processor with an empty memory.

    Raises:
        FinalError: if the library cannot be imported or its weights not be loaded.
    """
    try:
        core = importlib.import_module(f"{LIBRARY}.inference.inference_core").InferenceCore
        network = _network(folder, context.device)
        known = inspect.signature(core).parameters
        more = {"device": context.device} if "device" in known else {}
        return core(network, cfg=network.cfg, **more)
    except Exception as error:
        raise FinalError(
            f"MatAnyone must load from {folder} with its installed library, got: {error}. "
            "Try its own script first, and install it again where that fails, too."
        ) from error


def _network(folder: Path, device: str) -> Any:
    if (folder / CONFIG).is_file():
        kind = importlib.import_module(f"{LIBRARY}.model.matanyone").MatAnyone
        return kind.from_pretrained(str(folder)).to(device).eval()
    with suppress(ImportError):
        # It composes its settings with hydra, which refuses to do so twice.
        importlib.import_module("hydra.core.global_hydra").GlobalHydra.instance().clear()
    load = importlib.import_module(f"{LIBRARY}.utils.get_default_model").get_matanyone_model
    return load(str(folder / WEIGHTS), device)


class MatAnyoneScan(Scan):
    """The alpha of a person known in frame 0."""

    def __init__(
        self,
        source: Clip,
        mask: Array,
        mark: str,
        load: Callable[[], Any],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare.

        Args:
            source: RGB.
            mask: (H, W) float32, the person in frame 0.
            mark: identifies the weights.
            load: returns a processor with an empty memory.
            check: asked before each frame that is gone through again; raises to stop.
        """
        fmt = source.format
        shrink = min(1.0, MOST_PX / min(fmt.width, fmt.height))
        self._size = Size(round(fmt.width * shrink), round(fmt.height * shrink))
        self.source = source
        self.format = replace(
            fmt, width=self._size.width, height=self._size.height, channels=1, bits=ALPHA_BITS
        )
        self.fingerprint = fingerprint("matanyone-scan/1", source.fingerprint, mask, mark)
        self.audio = source.audio
        self._mask, self._load, self._check = mask, load, check
        self._processor: Any = None
        self._remembers = -1  # the frame that the processor saw last

    def look(self, index: int) -> torch.Tensor:
        """Return frame ``index`` as the network sees it, (3, h, w) in 0 ... 1."""
        return resized(planes(self.source.frame(index), self.source.format), self._size)[0]

    def start(self) -> State:
        """Return nothing: the memory is the processor's."""
        return {}

    def step(self, index: int, seen: torch.Tensor, state: State) -> tuple[Array, State]:
        """Return the codes of frame ``index``."""
        if index and self._remembers != index - 1:
            for before in range(index):
                self._check()
                self._answer(before, self.look(before))
        alpha = self._answer(index, seen)
        return alpha_codes(alpha), {"frame": np.array(index)}

    def _answer(self, index: int, pixels: torch.Tensor) -> Array:
        with torch.inference_mode():
            said = self._first(pixels) if index == 0 else self._step(pixels)
            alpha = self._processor.output_prob_to_mask(said).float().cpu().numpy()
        self._remembers = index
        return np.asarray(alpha.reshape(self._size.height, self._size.width))

    def _first(self, pixels: torch.Tensor) -> Any:
        self._processor = self._load()
        mask = torch.from_numpy(closed(self._mask, self._size))
        self._step(pixels, mask.to(self._device), objects=[1])
        said = self._step(pixels, first_frame_pred=True)
        for _ in range(WARM_UP):
            said = self._step(pixels, first_frame_pred=True)
        return said

    def _step(self, pixels: torch.Tensor, *given: Any, **how: Any) -> Any:
        return self._processor.step(pixels.to(self._device), *given, **how)

    @property
    def _device(self) -> Any:
        return getattr(self._processor, "device", "cpu")


def closed(mask: Array, size: Size) -> Array:
    """Return a mask as MatAnyone wants it: (h, w) float32, 0 or 255, small gaps closed."""
    small = cv2.resize(np.asarray(mask, np.float32), tuple(size), interpolation=cv2.INTER_LINEAR)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (CLOSED_PX, CLOSED_PX))
    solid = cv2.morphologyEx((small >= 0.5).astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    return solid.astype(np.float32) * np.float32(255.0)
