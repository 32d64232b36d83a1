"""What the pack knows of a network: its files, where they are published, licence and folder.

One JSON file a model in ``models_manifest``. Sizes and checksums are given where the publisher's
are known; a file without a checksum is checked against what its server says while it is fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import FinalError

MANIFESTS = Path(__file__).parents[2] / "models_manifest"

_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: How files that hold weights end.
WEIGHTS = (".safetensors", ".torchscript", ".pth", ".onnx")
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_KEYS = {"id", "title", "purpose", "licence", "page", "folder", "requires", "files"}
_FILE_KEYS = {"path", "url", "size_bytes", "sha256"}


@dataclass(frozen=True)
class ModelFile:
    """One file of a model.

    Attributes:
        path: below the model's folder, with forward slashes.
        url: where it is published.
        size_bytes: None if the publisher's figure is not known.
        sha256: 64 lower-case hex digits, or None likewise.
    """

    path: str
    url: str
    size_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class ModelManifest:
    """One model.

    Attributes:
        id: lower-case, the manifest's file name.
        title: what people call it.
        purpose: what the pack uses it for, to follow "for".
        licence: of the weights, as SPDX writes it.
        page: where it is published.
        folder: its folder's name in each of the model folders.
        requires: library -> lowest version that can load it.
        files: all that must be there.
    """

    id: str
    title: str
    purpose: str
    licence: str
    page: str
    folder: str
    requires: Mapping[str, str]
    files: tuple[ModelFile, ...]

    @property
    def size_bytes(self) -> int | None:
        """Sum of the known sizes; None if the size of the weights themselves is not known."""
        known = [file.size_bytes for file in self.files if file.size_bytes is not None]
        weights = [file for file in self.files if file.path.endswith(WEIGHTS)]
        if not known or any(file.size_bytes is None for file in weights):
            return None
        return sum(known)


def model_ids() -> tuple[str, ...]:
    """Return the ids of all models that the pack knows."""
    return tuple(sorted(path.stem for path in MANIFESTS.glob("*.json")))


def manifest(model_id: str) -> ModelManifest:
    """Return what is known of a model.

    Raises:
        FinalError: if there is no such model, or its manifest is wrong.
    """
    if model_id not in model_ids():
        raise FinalError(
            f"model must be one of {', '.join(model_ids())}, got {model_id}. Correct the name."
        )
    return read_manifest(MANIFESTS / f"{model_id}.json")


@lru_cache(maxsize=64)
def read_manifest(path: Path) -> ModelManifest:
    """Return the manifest in a file, checked.

    Raises:
        FinalError: if it is not a manifest; the message names the file and the entry.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FinalError(
            f"{path.name} must be a model's manifest in JSON, got a file that cannot be read "
            f"({error}). Install the pack again."
        ) from error
    return _checked(content, path)


def _checked(content: Any, path: Path) -> ModelManifest:
    entries = _object(content, _KEYS, path, "the manifest")
    texts = {key: _text(entries, key, path) for key in _KEYS - {"requires", "files"}}
    _demand(_ID.fullmatch(texts["id"]), path, "id", "lower-case words", texts["id"])
    _demand(texts["id"] == path.stem, path, "id", f"the file's name {path.stem}", texts["id"])
    _demand(_is_inside(texts["folder"]), path, "folder", "a relative path", texts["folder"])
    _demand(_is_web(texts["page"]), path, "page", "an https address", texts["page"])
    requires = _object(entries["requires"], None, path, "requires")
    for library, version in requires.items():
        fine = isinstance(version, str) and _VERSION.fullmatch(version)
        _demand(fine, path, f"requires {library}", "a version", version)
    files = entries["files"]
    _demand(isinstance(files, list) and files, path, "files", "a list of files", files)
    found = tuple(_file(file, path) for file in files)
    names = [file.path for file in found]
    _demand(len(set(names)) == len(names), path, "files", "different paths", names)
    return ModelManifest(requires=dict(requires), files=found, **texts)


def _file(content: Any, path: Path) -> ModelFile:
    entries = _object(content, None, path, "a file")
    _demand(set(entries) <= _FILE_KEYS, path, "a file", f"made of {sorted(_FILE_KEYS)}", content)
    name, url = _text(entries, "path", path), _text(entries, "url", path)
    size, digest = entries.get("size_bytes"), entries.get("sha256")
    _demand(_is_inside(name), path, "a file's path", "a relative path", name)
    _demand(_is_web(url), path, f"the url of {name}", "an https address", url)
    whole = isinstance(size, int) and not isinstance(size, bool) and size > 0
    _demand(size is None or whole, path, f"the size of {name}", "a number above 0", size)
    hexadecimal = isinstance(digest, str) and _SHA256.fullmatch(digest)
    _demand(digest is None or hexadecimal, path, f"the sha256 of {name}", "64 hex digits", digest)
    return ModelFile(name, url, size, digest)


def _object(content: Any, keys: set[str] | None, path: Path, what: str) -> dict[str, Any]:
    if not isinstance(content, dict) or (keys is not None and set(content) != keys):
        expected = "an object" if keys is None else f"an object of {', '.join(sorted(keys))}"
        _demand(False, path, what, expected, content)
    found: dict[str, Any] = content
    return found


def _text(entries: dict[str, Any], key: str, path: Path) -> str:
    value = entries.get(key)
    _demand(isinstance(value, str) and value.strip(), path, key, "a text", value)
    return str(value)


def _is_inside(name: str) -> bool:
    """Return whether a path stays below the folder it is joined to, on any system."""
    parts = PurePosixPath(name).parts
    return bool(parts) and ".." not in parts and not re.search(r"^/|[\\:]", name)


def _is_web(url: str) -> bool:
    return url.startswith("https://")


def _demand(fine: Any, path: Path, what: str, expected: str, got: Any) -> None:
    if not fine:
        raise FinalError(
            f"{what} in {path.name} must be {expected}, got {got!r}. Install the pack again."
        )
