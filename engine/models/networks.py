"""Loads the libraries that run the networks, late and with a sentence where it cannot.

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
#: Libraries that are published under more than one name.
_PUBLISHED_AS = {
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-rocm"),
}


def can_run(model_id: str) -> bool:
    """Return whether the libraries that run a model are installed in versions that can."""
    return _obstacle(model_id) is None


def load_library(model_id: str, library: str = LIBRARY) -> Any:
    """Return an imported library, fit for a model.

    Args:
        model_id: of the manifest.
        library: which of those that the model requires.

    Raises:
        FinalError: if it is missing, too old or cannot be imported.
    """
    obstacle = _obstacle(model_id)
    if obstacle is not None:
        raise FinalError(obstacle)
    try:
        return importlib.import_module(library)
    except (ImportError, RuntimeError, OSError) as error:
        raise FinalError(
            f"{library} must be importable to run {manifest(model_id).title}, got: {error}. "
            "Repair or remove the package that the message names."
        ) from error


def _obstacle(model_id: str) -> str | None:
    known = manifest(model_id)
    for library, needed in known.requires.items():
        found = _version() if library == LIBRARY else _version_of(library)
        broken = BROKEN if library == LIBRARY else ()
        if found and found not in broken and _parts(found) >= _parts(needed):
            continue
        wanted = f'"{library}>={needed}' + "".join(f",!={one}" for one in broken) + '"'
        return (
            f"{library} must be version {needed} or later to run {known.title}, "
            f"got {found or 'none'}. Run pip install {wanted}."
        )
    return None


def _version() -> str | None:
    return _version_of(LIBRARY)


def _version_of(library: str) -> str | None:
    """Return the version of an installed library without importing it, or None."""
    if find_spec(library) is None:
        return None
    for name in _PUBLISHED_AS.get(library, (library,)):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _parts(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
