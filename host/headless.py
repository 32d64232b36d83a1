"""The host without ComfyUI: folders, progress, cancel and device from the running session.

``comfy`` has the same functions.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ..engine.context import Progress, no_progress


@dataclass(frozen=True)
class Session:
    """What a headless run was started with.

    Attributes:
        input: where names of inputs that are not paths are looked up.
        output: where results go; None is ``output`` in the current folder (in ComfyUI's own
            executor: its output folder).
        progress: told of every step.
        is_cancelled: asked before every step.
    """

    input: Path = field(default_factory=Path.cwd)
    output: Path | None = None
    progress: Progress = no_progress
    is_cancelled: Callable[[], bool] = lambda: False


#: The pack's own small clip and background picture.
SAMPLE = Path(__file__).parents[1] / "sample"

_session: ContextVar[Session | None] = ContextVar("backlot_session", default=None)


@contextmanager
def running(session: Session) -> Iterator[None]:
    """Make ``session`` the one that nodes see."""
    token = _session.set(session)
    try:
        yield
    finally:
        _session.reset(token)


def _current() -> Session:
    return _session.get() or Session()


def input_dir() -> Path:
    """Return the folder that inputs are looked up in."""
    return _current().input


def find_sample(path: Path) -> Path:
    """Return ``path``, or the bundled sample of that name when there is no such file."""
    bundled = SAMPLE / path.name
    return bundled if bundled.is_file() and not path.exists() else path


def output_dir() -> Path:
    """Return the folder that results go to."""
    return _current().output or Path.cwd() / "output"


def temp_dir() -> Path:
    """Return the folder for what need not survive the run."""
    return Path(tempfile.gettempdir()) / "backlot"


def user_dir() -> Path:
    """Return the folder for what must survive: the system's cache folder of this user."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base)


def model_folders() -> tuple[Path, ...]:
    """Return the folders that models lie in; downloads go to the first."""
    return (user_dir() / "backlot" / "models",)


def device() -> str:
    """Return the torch device to compute on."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def progress() -> Progress:
    """Return where progress goes."""
    return _current().progress


def cancel_check() -> Callable[[], bool]:
    """Return the check of the session that runs now, for use in any thread."""
    return _current().is_cancelled


def metadata_wanted() -> bool:
    """Return whether workflows are to be embedded in what is saved."""
    return True
