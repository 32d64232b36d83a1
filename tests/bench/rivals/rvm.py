"""The speed of RobustVideoMatting (Lin et al., WACV 2022), where the user has it.

Only its speed: that is the same with any weights, and none are fetched here. BACKLOT_RVM names a
TorchScript file of it, or a checkout of its repository, which is then built with random weights
(and needs torchvision). Its code is GPL-3, so none of it is here; to have none is the normal case.
"""

from __future__ import annotations

import os
import statistics
import time
import warnings
from pathlib import Path
from typing import Any

_VARIABLE = "BACKLOT_RVM"
#: The network looks at a picture of this size and refines at the full one, as its authors advise.
_LOOKS_AT_PX = 512
#: The first frames have no memory to work on, and warm everything up.
_WARM_FRAMES = 2
_FRAMES = 5


def available() -> bool:
    """Return whether BACKLOT_RVM names a file or a folder."""
    named = os.environ.get(_VARIABLE)
    return bool(named) and Path(str(named)).exists()


def milliseconds_a_frame(height: int, width: int) -> float | None:
    """Return the median time of a frame on the CPU in ms, or None without RVM.

    Args:
        height: of the frames, px.
        width: of the frames, px.
    """
    if not available():
        return None
    import torch

    network = _load(Path(os.environ[_VARIABLE]))
    frame = torch.rand((1, 3, height, width), generator=torch.Generator().manual_seed(0))
    ratio = min(1.0, _LOOKS_AT_PX / max(height, width))
    memory: list[Any] = [None] * 4
    taken = []
    with torch.no_grad():
        for _ in range(_WARM_FRAMES + _FRAMES):
            start = time.perf_counter()
            _, _, *memory = network(frame, *memory, ratio)
            taken.append(1e3 * (time.perf_counter() - start))
    return statistics.median(taken[_WARM_FRAMES:])


def _load(path: Path) -> Any:
    import torch

    if path.is_file():
        with warnings.catch_warnings():
            # torch warns of TorchScript, which is how RVM is published.
            warnings.simplefilter("ignore")
            return torch.jit.load(str(path), map_location="cpu").eval()
    return torch.hub.load(str(path), "mobilenetv3", source="local", pretrained=False).eval()
