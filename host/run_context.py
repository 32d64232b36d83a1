"""The engine's context, made of where we run."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from ..engine.clip.store import Store
from ..engine.context import Context
from .folders import user_dir
from .where import here

#: Frames are computed in at least 2 threads, and more than 4 fight over memory bandwidth.
MIN_WORKERS, MAX_WORKERS = 2, 4


def store_dir() -> Path:
    """Return the store's folder: BACKLOT_STORE, or ``backlot/store`` in the user folder."""
    chosen = os.environ.get("BACKLOT_STORE")
    return Path(chosen).expanduser() if chosen else user_dir() / "backlot" / "store"


def store() -> Store:
    """Return the store that nodes work in; one object a folder."""
    return _open_store(store_dir())


@lru_cache(maxsize=4)
def _open_store(folder: Path) -> Store:
    return Store(folder)


def model_folders() -> tuple[Path, ...]:
    """Return the folders that models lie in: those of BACKLOT_MODELS, else the host's own.

    BACKLOT_MODELS may name several folders, separated as in PATH; downloads go to the first.
    """
    chosen = os.environ.get("BACKLOT_MODELS", "")
    folders = [Path(name).expanduser() for name in chosen.split(os.pathsep) if name]
    return tuple(folders) or here.model_folders()


def context() -> Context:
    """Return the context for the node that runs now. Call it once an execution."""
    workers = min(MAX_WORKERS, max(MIN_WORKERS, os.cpu_count() or MIN_WORKERS))
    return Context(
        store=store(),
        progress=here.progress(),
        is_cancelled=here.cancel_check(),
        workers=workers,
        device=here.device(),
        model_folders=model_folders(),
    )
