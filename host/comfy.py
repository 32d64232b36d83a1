"""The host inside ComfyUI: its folders, progress bar, cancel button and device.

``headless`` has the same functions. Only this file and the workflow runner import ComfyUI.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import folder_paths  # type: ignore[import-not-found]
import torch
from comfy.cli_args import args  # type: ignore[import-not-found]

from ..engine.context import Progress
from ..engine.errors import Cancelled
from . import headless

if "comfy.model_management" not in sys.modules:
    # ComfyUI's main did not run, so nobody has chosen a device before the next import does.
    args.cpu = not (torch.cuda.is_available() or torch.backends.mps.is_available())

from comfy import model_management  # type: ignore[import-not-found]
from comfy.utils import ProgressBar  # type: ignore[import-not-found]
from comfy_execution.utils import get_executing_context  # type: ignore[import-not-found]

#: What ComfyUI's model paths call the pack's models.
MODELS_KIND = "backlot"


class Interrupted(Cancelled, model_management.InterruptProcessingException):  # type: ignore[misc]
    """Cancelled, for the engine and for ComfyUI alike.

    ComfyUI tells an interrupted node from a failed one by its own exception, which the engine
    must not know.
    """


def input_dir() -> Path:
    """Return the folder that inputs are looked up in."""
    return Path(folder_paths.get_input_directory())


def find_sample(path: Path) -> Path:
    """Return ``path``: in ComfyUI, inputs lie in its input folder."""
    return path


def output_dir() -> Path:
    """Return the folder that results go to."""
    return Path(folder_paths.get_output_directory())


def temp_dir() -> Path:
    """Return the folder for what need not survive a restart."""
    return Path(folder_paths.get_temp_directory())


def user_dir() -> Path:
    """Return the folder for what must survive a restart."""
    return Path(folder_paths.get_user_directory())


def model_folders() -> tuple[Path, ...]:
    """Return the folders that models lie in; downloads go to the first.

    They are ``backlot`` in ComfyUI's models folder, what extra_model_paths.yaml adds under that
    name, and where the command line puts models when it runs without ComfyUI.
    """
    folders = [Path(folder_paths.models_dir) / MODELS_KIND]
    if MODELS_KIND in folder_paths.folder_names_and_paths:
        folders += map(Path, folder_paths.get_folder_paths(MODELS_KIND))
    return tuple(dict.fromkeys([*folders, *headless.model_folders()]))


def device() -> str:
    """Return the torch device to compute on."""
    return str(model_management.get_torch_device())


def progress() -> Progress:
    """Return a sink that moves the bar of the node that runs now, from any thread."""
    executing = get_executing_context()
    bar = ProgressBar(1, node_id=executing.node_id if executing else None)

    def report(stage: str, done: int, total: int, message: str) -> None:
        cancel()
        bar.update_absolute(done, total)

    return report


def cancel() -> None:
    """Raise Interrupted if the user pressed cancel."""
    if model_management.processing_interrupted():
        raise Interrupted("stopped on request; the next run continues where this one ended.")


def cancel_check() -> Callable[[], bool]:
    """Return a check that raises, since ComfyUI wants its own exception."""

    def check() -> bool:
        cancel()
        return False

    return check


def metadata_wanted() -> bool:
    """Return whether workflows are to be embedded in what is saved."""
    return not args.disable_metadata
