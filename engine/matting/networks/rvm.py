"""People cut out by RobustVideoMatting, which needs no prompt and carries four recurrent states.

After Lin et al., "Robust High-Resolution Video Matting with Temporal Guidance", WACV 2022.

The network and its weights are under the GPL: they are not part of this pack, and only the archive
that its authors publish is run. It looks at the picture at a reduced size and refines at the full
one. How far it is reduced follows its authors: to 512 pixels, and to 768 where people are shown
from head to foot, whose faces and hands are small. A new shot starts without memory.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch

from ...clip.clip import Array, Clip
from ...clip.render import Scan, render_scan
from ...context import Context
from ...fingerprint import fingerprint
from ...models.library import model_mark, need_model
from ...models.torchscript import load_torchscript
from ..cuts import begins_shot
from .pictures import ALPHA_BITS, alpha_codes, planes

MODEL_ID = "rvm-mobilenetv3"
STAGE = "matting"
#: Longer side of the picture that the network looks at: of people, and of whole bodies.
LOOKS_AT_PX, LOOKS_AT_BODY_PX = 512, 768
#: Frames that are asked how people are shown.
_ASKED_FRAMES = 3
#: How much higher than wide a whole body is, and share of the picture below its feet.
_BODY, _FLOOR = 1.5, 0.01
_STATES = ("r1", "r2", "r3", "r4")
State = dict[str, Array]


def downsample_ratio(width: int, height: int, looks_at_px: int = LOOKS_AT_PX) -> float:
    """Return how far a picture is reduced for the network to look at."""
    return min(looks_at_px / max(width, height), 1.0)


def shows_body(alpha: Array) -> bool:
    """Return whether the largest part of alpha (H, W) 0 ... 1 is a person from head to foot."""
    count, _, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.5).astype(np.uint8))
    if count < 2:
        return False
    _, y, wide, high, _ = stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())]
    floor = alpha.shape[0] * (1 - _FLOOR)
    return bool(high > _BODY * wide and y + high < floor)


class Rvm:
    """The published archive, loaded when first asked."""

    def __init__(self, context: Context) -> None:
        """Use the archive in the context's model folders, on its device."""
        self._context = context
        self._module: Any = None
        self._lock = threading.Lock()

    def alpha(
        self, pixels: torch.Tensor, state: State, looks_at_px: int = LOOKS_AT_PX
    ) -> tuple[Array, State]:
        """Return the alpha (H, W) float32 of (1, 3, H, W) RGB in 0 ... 1, and the next state.

        Args:
            pixels: on the CPU.
            state: after the frame before; empty at a beginning.
            looks_at_px: the longer side of what it looks at.
        """
        module, device = self._loaded(), self._context.device
        memory = [
            torch.from_numpy(state[name]).to(device) if name in state else None for name in _STATES
        ]
        ratio = downsample_ratio(pixels.shape[3], pixels.shape[2], looks_at_px)
        with torch.inference_mode():
            _, alpha, *after = module(pixels.to(device), *memory, ratio)
        kept = {
            name: np.asarray(value.float().cpu().numpy())
            for name, value in zip(_STATES, after, strict=True)
        }
        return np.asarray(alpha[0, 0].float().cpu().numpy()), kept

    def _loaded(self) -> Any:
        with self._lock:
            if self._module is None:
                self._module = load_torchscript(self._context, MODEL_ID)
            return self._module


class Seen(NamedTuple):
    """A frame as the network sees it, and whether a shot begins with it."""

    pixels: torch.Tensor
    begins: bool


class RvmScan(Scan):
    """The alpha of all people, at the clip's size."""

    def __init__(
        self,
        source: Clip,
        network: Rvm,
        mark: str,
        looks_at_px: int = LOOKS_AT_PX,
    ) -> None:
        """Prepare.

        Args:
            source: RGB.
            network: who is asked.
            mark: identifies its weights.
            looks_at_px: the longer side of what the network looks at.
        """
        self.source = source
        self.format = replace(source.format, channels=1, bits=ALPHA_BITS)
        self.fingerprint = fingerprint("rvm/2", source.fingerprint, mark, looks_at_px)
        self.audio = source.audio
        self._network, self._looks_at_px = network, looks_at_px
        source.keep(8)  # a frame that may begin a shot is looked at with those around it

    def look(self, index: int) -> Seen:
        """Return frame ``index`` as the network sees it."""
        pixels = planes(self.source.frame(index), self.source.format)
        return Seen(pixels, begins_shot(self.source, index))

    def start(self) -> State:
        """Return no memory."""
        return {}

    def step(self, index: int, seen: Seen, state: State) -> tuple[Array, State]:
        """Return the codes of frame ``index`` and what is remembered after it."""
        memory = {} if seen.begins else state
        alpha, after = self._network.alpha(seen.pixels, memory, self._looks_at_px)
        return alpha_codes(alpha), after


def people_by_rvm(clip: Clip, context: Context) -> Clip:
    """Return the alpha of all people in a clip, rendered to the store.

    Args:
        clip: RGB.
        context: store, progress, cancel, device, model folders.

    Raises:
        FinalError: if the network is not there, or not the file that was published.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    mark = model_mark(context, need_model(context, MODEL_ID), MODEL_ID)
    network = Rvm(context)
    scan = RvmScan(clip, network, mark, _looks_at(clip, context, network, mark))
    return render_scan(scan, context, STAGE, "Cutting people out with RobustVideoMatting")


def _looks_at(clip: Clip, context: Context, network: Rvm, mark: str) -> int:
    """Return the longer side of what the network should look at; the answer is kept."""

    def ask() -> int:
        places = np.unique(np.linspace(0, len(clip) - 1, _ASKED_FRAMES).astype(int))
        bodies = 0
        for place in places:
            context.check()
            alpha, _ = network.alpha(planes(clip.frame(int(place)), clip.format), {})
            bodies += shows_body(alpha)
        return LOOKS_AT_BODY_PX if 2 * bodies > len(places) else LOOKS_AT_PX

    key = fingerprint("rvm-looks-at/1", clip.fingerprint, mark)
    return int(context.store.record(key, ask))
