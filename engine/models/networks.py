"""Loads the library that runs the networks, late and with a sentence where it cannot.

transformers takes seconds to import, and an installed but broken torchvision or torchaudio breaks
its model classes: neither may hinder who uses no network.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from importlib.util import find_spec
from typing import Any

from ..errors import FinalError
from .manifest import manifest

LIBRARY = "transformers"
#: Released with a fault that later ones do not have.
BROKEN = ("5.0.0",)


def can_run(model_id: str) -> bool:
    """Return whether the library that runs a model is installed in a version that can."""
    return _obstacle(model_id) is None


def load_library(model_id: str) -> Any:
    """Return the imported transformers library, fit for a model.

    Raises:
        FinalError: if it is missing, too old or cannot be imported.
    """
    obstacle = _obstacle(model_id)
    if obstacle is not None:
        raise FinalError(obstacle)
    try:
        return importlib.import_module(LIBRARY)
    except (ImportError, RuntimeError, OSError) as error:
        raise FinalError(
            f"{LIBRARY} must be importable to run {manifest(model_id).title}, got: {error}. "
            "Repair or remove the package that the message names."
        ) from error


def _obstacle(model_id: str) -> str | None:
    known = manifest(model_id)
    needed = known.requires.get(LIBRARY)
    found = _version()
    if needed is None or (found and found not in BROKEN and _parts(found) >= _parts(needed)):
        return None
    wanted = f'"{LIBRARY}>={needed}' + "".join(f",!={one}" for one in BROKEN) + '"'
    return (
        f"{LIBRARY} must be version {needed} or later to run {known.title}, got {found or 'none'}. "
        f"Run pip install {wanted}."
    )


def _version() -> str | None:
    if find_spec(LIBRARY) is None:
        return None
    try:
        return importlib.metadata.version(LIBRARY)
    except importlib.metadata.PackageNotFoundError:
        return None


def _parts(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
