"""What ``backlot models`` does: lists the models that steps can use, and fetches them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from ..engine.context import Context, Progress
from ..engine.models.download import download_model
from ..engine.models.library import find_model
from ..engine.models.manifest import ModelManifest, manifest, model_ids
from .run_context import model_folders, store


def listed() -> Iterator[str]:
    """Yield the lines of the list: every model, and where it is."""
    context = Context(store=store(), model_folders=model_folders())
    known = [manifest(model_id) for model_id in model_ids()]
    rows = [(one.id, one.licence, _size(one), _place(context, one), one.purpose) for one in known]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, licence, size, place, purpose in rows:
        yield f"{name:{widths[0]}}  {licence:{widths[1]}}  {size:>{widths[2]}}  for {purpose}"
        yield f"{'':{widths[0]}}  {place}"


def _size(known: ModelManifest) -> str:
    size = known.size_bytes
    return "size unknown" if size is None else f"{size / 1e6:.0f} MB"


def _place(context: Context, known: ModelManifest) -> str:
    found = find_model(context, known.id)
    return f"in {found}" if found else f"not here; backlot models get {known.id}"


def fetch(wanted: Iterable[str], progress: Progress, cancelled: threading.Event) -> Iterator[str]:
    """Fetch models and yield a line for each.

    Raises:
        FinalError: if a model is unknown, before anything is fetched, or not as published.
        RetryableError: if the connection fails.
        Cancelled: on request.
    """
    context = Context(
        store=store(),
        progress=progress,
        is_cancelled=cancelled.is_set,
        model_folders=model_folders(),
    )
    for known in [manifest(model_id) for model_id in wanted]:
        found = find_model(context, known.id) or download_model(context, known.id)
        yield f"{known.id} is in {found}. Its licence is {known.licence}, see {known.page}."
