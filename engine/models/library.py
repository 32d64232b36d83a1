"""Finds a model's files on this machine, or says in one sentence what to do."""

from __future__ import annotations

from pathlib import Path

from ..context import Context
from ..errors import FinalError
from ..fingerprint import fingerprint
from .manifest import ModelManifest, manifest


def find_model(context: Context, model_id: str) -> Path | None:
    """Return the folder of a model whose files are all there, or None.

    The folder is laid out as Hugging Face does it: config.json, model.safetensors and, for a model
    that reads text, its tokenizer's files. Sizes are not compared: who has put another precision
    there meant it, and downloads get their final name only when they are complete.

    Raises:
        FinalError: if the pack knows no model of that id.
    """
    known = manifest(model_id)
    folders = (folder / known.folder for folder in context.model_folders)
    return next((folder for folder in folders if not missing_files(folder, known)), None)


def need_model(context: Context, model_id: str) -> Path:
    """Return the folder of a model; see :func:`find_model`.

    Raises:
        FinalError: if it is not there: what to download, from where, to where.
    """
    found = find_model(context, model_id)
    if found is not None:
        return found
    known = manifest(model_id)
    files = ", ".join(file.path for file in known.files)
    raise FinalError(
        f"{known.title} must be installed for {known.purpose}, got none of it or only a part. "
        f"Run `backlot models get {known.id}`, or download {files} from {known.page} into "
        f"{_target(context, known)}."
    )


def model_mark(context: Context, folder: Path, model_id: str) -> str:
    """Return what identifies the files of a model in ``folder``, for fingerprints."""
    paths = (folder / file.path for file in manifest(model_id).files)
    return fingerprint(
        "model/1",
        model_id,
        [[path.name, context.store.file_mark(path)] for path in paths if path.is_file()],
    )


def missing_files(folder: Path, known: ModelManifest) -> list[str]:
    """Return the paths of a model's files that are not in ``folder``, or empty."""
    paths = ((file.path, folder / file.path) for file in known.files)
    return [name for name, path in paths if not path.is_file() or path.stat().st_size == 0]


def download_folder(context: Context, model_id: str) -> Path:
    """Return the folder that a download of the model goes to: in the first of the model folders.

    Raises:
        FinalError: if the host has named no folder.
    """
    if not context.model_folders:
        raise FinalError(
            "model folders must be set before a model is downloaded, got none. "
            "Set BACKLOT_MODELS to a folder."
        )
    return context.model_folders[0] / manifest(model_id).folder


def _target(context: Context, known: ModelManifest) -> Path:
    first = context.model_folders[0] if context.model_folders else Path("models")
    return first / known.folder
